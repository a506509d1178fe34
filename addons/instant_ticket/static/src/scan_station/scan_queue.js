import {browser} from "@web/core/browser/browser";
import {ConnectionLostError} from "@web/core/network/rpc";

const RETRY_DELAYS = [500, 1000, 2000, 5000];

/**
 * Scans on their way to the server, in the order they were made.
 *
 * A scanner is faster than a round trip, and a hall has dead spots: each scan is written
 * to the browser's storage before it is sent, sent one at a time, and sent again with the
 * same key until the server has answered. A reload goes on where it stopped.
 */
export class ScanQueue {
    /**
     * @param {string} storageKey one queue per user and screen
     * @param {(item: Object) => Promise<Object>} send
     * @param {(item: Object, answer: Object) => void} onAnswer
     * @param {(item: Object, error: Error) => void} onRefused the server said no for good
     * @param {() => void} onChange pending count or connection changed
     */
    constructor({storageKey, send, onAnswer, onRefused, onChange}) {
        this.storageKey = storageKey;
        this.send = send;
        this.onAnswer = onAnswer;
        this.onRefused = onRefused;
        this.onChange = onChange;
        this.offline = false;
        this.running = null;
        this.stopped = false;
        this.items = this.load();
    }

    get pending() {
        return this.items.length;
    }

    load() {
        try {
            const items = JSON.parse(browser.localStorage.getItem(this.storageKey));
            return Array.isArray(items) ? items : [];
        } catch {
            return [];
        }
    }

    save() {
        browser.localStorage.setItem(this.storageKey, JSON.stringify(this.items));
    }

    /** Append a scan; resolves when everything waiting has been answered. */
    push(item) {
        this.items.push({...item, key: crypto.randomUUID()});
        this.save();
        this.onChange();
        return this.flush();
    }

    flush() {
        if (!this.running) {
            this.running = this.run().finally(() => (this.running = null));
        }
        return this.running;
    }

    async run() {
        let failures = 0;
        while (this.items.length && !this.stopped) {
            const item = this.items[0];
            let answer = null;
            let refusal = null;
            try {
                answer = await this.send(item);
            } catch (error) {
                if (error instanceof ConnectionLostError) {
                    this.setOffline(true);
                    const delay =
                        RETRY_DELAYS[Math.min(failures++, RETRY_DELAYS.length - 1)];
                    await new Promise((resolve) => browser.setTimeout(resolve, delay));
                    continue;
                }
                refusal = error;
            }
            failures = 0;
            this.items.shift();
            this.save();
            this.setOffline(false);
            if (refusal) {
                this.onRefused(item, refusal);
            } else {
                this.onAnswer(item, answer);
            }
            this.onChange();
        }
    }

    setOffline(offline) {
        if (this.offline !== offline) {
            this.offline = offline;
            this.onChange();
        }
    }

    stop() {
        this.stopped = true;
    }
}
