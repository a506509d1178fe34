/**
 * Proof of work for a page that asks for a one-time code (route /lottery/otp/proof).
 *
 *     const keeper = new ProofKeeper();
 *     keeper.prepare();                 // while the person is still typing
 *     const proof = await keeper.take() // a solution, each one once
 */

const WORKER_URL = "/lottery_message/static/src/proof/proof_worker.js?1";
// The server takes a solution for ten minutes.
const FRESH_MS = 9 * 60 * 1000;

/** Call a JSON-RPC route; rejects with an Error whose `data` is the server's. */
export async function callJson(url, params = {}) {
    const response = await fetch(url, {
        method: "POST",
        headers: {"Content-Type": "application/json"},
        body: JSON.stringify({jsonrpc: "2.0", method: "call", params, id: Date.now()}),
    });
    if (!response.ok) {
        throw new Error(`HTTP ${response.status}`);
    }
    const answer = await response.json();
    if (answer.error) {
        const error = new Error(answer.error.data?.message || answer.error.message);
        error.data = answer.error.data;
        throw error;
    }
    return answer.result;
}

export function solve(challenge) {
    return new Promise((resolve, reject) => {
        const worker = new Worker(WORKER_URL);
        worker.onmessage = ({data}) => {
            worker.terminate();
            if (data.number === null) {
                reject(new Error("no solution"));
                return;
            }
            const {algorithm, challenge: hash, salt, signature} = challenge;
            const payload = {
                algorithm,
                challenge: hash,
                number: data.number,
                salt,
                signature,
            };
            resolve(btoa(JSON.stringify(payload)));
        };
        worker.onerror = (event) => {
            worker.terminate();
            reject(new Error(event.message));
        };
        worker.postMessage(challenge);
    });
}

export class ProofKeeper {
    constructor() {
        this.pending = null;
        this.since = 0;
    }

    prepare() {
        this.since = Date.now();
        this.pending = callJson("/lottery/otp/proof").then(solve);
        // Whoever takes it sees the failure; a page that never asks must not log one.
        this.pending.catch(() => {});
    }

    async take() {
        if (!this.pending || Date.now() - this.since > FRESH_MS) {
            this.prepare();
        }
        const pending = this.pending;
        this.pending = null;
        return pending;
    }
}
