/** Steppers in packs, wherever they stand. */

import {getPacks, onCart, setPacks} from "./cart";
import {games, icon, make, text, toast} from "./page";

let locked = false;

/** While an order is on its way the cart must not change under it. */
export function lockSteppers(value) {
    locked = value;
    document.querySelectorAll(".lt-stepper").forEach(refresh);
}

export function makeStepper(gameId) {
    const stepper = make(
        "div",
        {class: "lt-stepper", "data-game": gameId, role: "group"},
        make(
            "button",
            {type: "button", class: "lt-step lt-step-less", "data-step": -1},
            icon("minus"),
        ),
        make("input", {
            class: "lt-step-count",
            type: "text",
            inputmode: "numeric",
            pattern: "[0-9]*",
            maxlength: 4,
            autocomplete: "off",
        }),
        make(
            "button",
            {type: "button", class: "lt-step lt-step-more", "data-step": 1},
            icon("plus"),
        ),
    );
    refresh(stepper);
    return stepper;
}

function refresh(stepper) {
    const id = Number(stepper.dataset.game);
    const game = games.get(id);
    const packs = getPacks(id);
    const [less, more] = stepper.querySelectorAll("[data-step]");
    const count = stepper.querySelector(".lt-step-count");
    const name = game?.name || stepper.getAttribute("aria-label") || "";
    stepper.hidden = !game;
    stepper.setAttribute("aria-label", text("packs_of", {game: name}));
    less.setAttribute("aria-label", text("less", {game: name}));
    more.setAttribute("aria-label", text("more", {game: name}));
    count.setAttribute("aria-label", text("packs_of", {game: name}));
    stepper.classList.toggle("is-zero", packs === 0);
    stepper.closest(".lt-game")?.classList.toggle("in-cart", packs > 0);
    if (document.activeElement !== count) {
        count.value = packs;
    }
    less.disabled = locked;
    count.disabled = locked;
    more.disabled = locked || !game || packs >= game.left;
}

function change(stepper, wanted) {
    const id = Number(stepper.dataset.game);
    const game = games.get(id);
    const packs = setPacks(id, wanted);
    if (packs < wanted) {
        toast(text("only_left", {packs: game?.left ?? 0}));
    } else if (packs === 0) {
        toast(text("removed", {game: game?.name || ""}));
    }
}

export function startSteppers() {
    document.addEventListener("click", (event) => {
        const button = event.target.closest("[data-step]");
        const stepper = button?.closest(".lt-stepper");
        if (!stepper || locked) {
            return;
        }
        const id = Number(stepper.dataset.game);
        change(stepper, getPacks(id) + Number(button.dataset.step));
        if (getPacks(id) === 0 || button.disabled) {
            // the pressed button went away: the focus moves to its neighbour
            stepper
                .querySelector(".lt-step-more:not(:disabled), .lt-step-less")
                ?.focus();
        }
    });
    document.addEventListener("change", (event) => {
        const stepper =
            event.target.matches(".lt-step-count") &&
            event.target.closest(".lt-stepper");
        if (stepper) {
            const digits = event.target.value.replace(/\D/g, "");
            change(stepper, Number(digits || 0));
            event.target.value = getPacks(Number(stepper.dataset.game));
        }
    });
    document.addEventListener("focusin", (event) => {
        if (event.target.matches(".lt-step-count")) {
            event.target.select();
        }
    });
    document.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && event.target.matches(".lt-step-count")) {
            event.target.blur();
        }
    });
    onCart(() => document.querySelectorAll(".lt-stepper").forEach(refresh));
}
