/** The cart: packs per game, kept on the phone. */

import {games, usable} from "./page";
import {onOtherTab, read, write} from "./store";

const listeners = new Set();

/**
 * Name and price are kept for pages that do not know the game.
 *
 * @returns {Map<number, {packs: number, name: string, price: number}>}
 */
export function getCart() {
    const kept = read("cart", {});
    return new Map(
        Object.entries(kept)
            .map(([id, line]) => [Number(id), line])
            .filter(
                ([id, line]) =>
                    id > 0 && Number.isInteger(line?.packs) && line.packs > 0,
            ),
    );
}

function keep(cart) {
    write("cart", Object.fromEntries(cart));
    notify();
}

export function getPacks(gameId) {
    return getCart().get(gameId)?.packs || 0;
}

/** Sets the packs of a game, within what is in stock; returns what was set. */
export function setPacks(gameId, packs) {
    const cart = getCart();
    const game = games.get(gameId);
    const most = game?.open ? game.left : 0;
    const wanted = Math.max(0, Math.min(Math.trunc(packs) || 0, most));
    if (wanted) {
        cart.set(gameId, {packs: wanted, name: game.name, price: game.price});
    } else {
        cart.delete(gameId);
    }
    keep(cart);
    return wanted;
}

export function removeGame(gameId) {
    const cart = getCart();
    cart.delete(gameId);
    keep(cart);
}

export function emptyCart() {
    keep(new Map());
}

/** Games, packs, yuan and what the order leaves of the balance. */
export function getSums() {
    const sums = {games: 0, packs: 0, total: 0, rest: usable};
    for (const [id, line] of getCart()) {
        sums.games += 1;
        sums.packs += line.packs;
        sums.total += line.packs * (games.get(id)?.price ?? line.price ?? 0);
    }
    sums.rest = usable - sums.total;
    return sums;
}

export function onCart(listener) {
    listeners.add(listener);
    listener();
}

function notify() {
    for (const listener of listeners) {
        listener();
    }
}

onOtherTab(notify);
window.addEventListener("pageshow", (event) => {
    if (event.persisted) {
        notify(); // back button: the page may show an older cart
    }
});
