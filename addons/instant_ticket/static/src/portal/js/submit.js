/**
 * Sending the cart as an order, once.
 *
 * The request is kept on the phone with its key before it leaves and forgotten when it
 * was answered. Whatever happens between - a double tap, a lost line, a reload, an empty
 * battery - the same key goes out again, and the server answers a known key with the
 * order it already placed.
 */

import {emptyCart, getCart} from "./cart";
import {call, LoggedOut, NoAnswer, pause} from "./net";
import {read, write} from "./store";

const RETRIES = [700, 2000, 5000]; // milliseconds before each further try

export function getPending() {
    return read("pending", null);
}

export function dropPending() {
    write("pending", null);
}

/** Random and made here: `crypto.randomUUID` is missing without HTTPS. */
function makeKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return `p-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

function makePending(note) {
    const lines = [...getCart()].map(([game, line]) => ({game, packs: line.packs}));
    const pending = {key: makeKey(), lines, note: note || null};
    write("pending", pending);
    return pending;
}

/**
 * Sends the order that is waiting, or the cart as a new one.
 *
 * @param {string} note
 * @param {() => void} onWaiting called before each further try
 * @returns {Promise<object>} the server's answer, see `/my/tickets/order`
 * @throws {NoAnswer|LoggedOut|Error} the request is kept and can be sent again
 */
export async function send(note, onWaiting) {
    const pending = getPending() || makePending(note);
    const params = {outlet: Number(document.body.dataset.outlet), ...pending};
    for (let tries = 0; ; tries++) {
        try {
            const answer = await call("/my/tickets/order", params);
            settle(answer);
            return answer;
        } catch (error) {
            if (!(error instanceof NoAnswer) || tries >= RETRIES.length) {
                throw error;
            }
            onWaiting();
            await pause(RETRIES[tries]);
        }
    }
}

function settle(answer) {
    dropPending();
    if (answer.ok) {
        emptyCart();
    }
}

/**
 * Asks whether an order that was sent before arrived.
 *
 * @returns {Promise<object|null>} `{name, url}` of the order, null if it did not arrive
 */
export async function find() {
    const pending = getPending();
    const answer = await call("/my/tickets/order/find", {key: pending.key});
    if (!answer.found) {
        return null;
    }
    settle({ok: true});
    return answer;
}

export {LoggedOut};
