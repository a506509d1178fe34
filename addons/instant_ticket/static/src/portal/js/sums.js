/** Totals of the cart: bar above the tabs, box in the cart, number on the tab. */

import {getSums, onCart} from "./cart";
import {money, setHidden, text} from "./page";

function fill(name, value) {
    for (const holder of document.querySelectorAll(`[data-sum="${name}"]`)) {
        if (holder.textContent !== value) {
            holder.textContent = value;
        }
    }
}

function refresh() {
    const sums = getSums();
    const short = sums.rest < 0;
    const bar = document.getElementById("lt-cartbar");
    const dot = document.getElementById("lt-cart-dot");
    fill("total", money(sums.total));
    fill("count", text("cart_line", {games: sums.games, packs: sums.packs}));
    fill("rest", money(sums.rest));
    for (const holder of document.querySelectorAll('[data-sum="short"]')) {
        holder.textContent = short
            ? text("more_money", {amount: money(-sums.rest)})
            : "";
        holder.hidden = !short;
    }
    setHidden(document.querySelector('[data-sum="rest-line"]'), short);
    document.querySelector(".lt-sums-rest")?.classList.toggle("is-short", short);
    setHidden(bar, sums.packs === 0);
    document.body.classList.toggle(
        "has-cartbar",
        Boolean(sums.packs && (bar || document.getElementById("lt-submitbar"))),
    );
    if (dot) {
        dot.textContent = Math.min(sums.packs, 999);
        dot.hidden = sums.packs === 0;
    }
}

export function startSums() {
    onCart(refresh);
}
