/** One order: live state, forms that go out once, photos, the parcel's label. */

import {get, LoggedOut} from "./net";
import {make, text, toast} from "./page";
import {canScan, scan} from "./scanner";

const FIRST = 1500; // milliseconds
const SLOWEST = 20000;

export function startOrderPage() {
    startForms();
    startScan();
    const order = document.getElementById("lt-order");
    if (order.dataset.live) {
        watch();
    }
}

// ---- live state

function watch() {
    let wait = FIRST;
    let timer;

    async function look() {
        const order = document.getElementById("lt-order");
        try {
            const state = await (await get(order.dataset.url)).json();
            if (state.mark !== order.dataset.mark) {
                await replace(state);
                wait = FIRST;
            }
            if (!state.live) {
                return;
            }
        } catch (error) {
            if (error instanceof LoggedOut) {
                return;
            }
        }
        wait = Math.min(wait * 1.4, SLOWEST);
        plan();
    }

    function plan() {
        clearTimeout(timer);
        if (document.visibilityState === "visible") {
            timer = setTimeout(look, wait);
        }
    }

    document.addEventListener("visibilitychange", () => {
        wait = FIRST;
        plan();
    });
    plan();
}

/** Takes the new page's content; what somebody is typing is left alone. */
async function replace(state) {
    const page = await (await get(location.pathname)).text();
    const fresh = new DOMParser()
        .parseFromString(page, "text/html")
        .getElementById("lt-order");
    if (!fresh) {
        return;
    }
    const order = document.getElementById("lt-order");
    const typing =
        order.querySelector("details[open]") || order.querySelector("form :focus");
    if (typing) {
        order.querySelector(".lt-hero").replaceWith(fresh.querySelector(".lt-hero"));
        order.dataset.mark = fresh.dataset.mark;
    } else {
        order.replaceWith(fresh);
        startScan();
    }
    document.getElementById("lt-live-words").textContent = text("changed", {
        state: state.title,
    });
}

// ---- forms

function startForms() {
    document.addEventListener("submit", (event) => {
        const form = event.target.closest("form[data-once]");
        if (!form) {
            return;
        }
        if (form.dataset.sent) {
            event.preventDefault();
            return;
        }
        form.dataset.sent = "1";
        // after the browser read which button was pressed
        setTimeout(() =>
            form.querySelectorAll("button").forEach((b) => (b.disabled = true)),
        );
    });
    window.addEventListener("pageshow", () => {
        for (const form of document.querySelectorAll("form[data-sent]")) {
            delete form.dataset.sent;
            form.querySelectorAll("button").forEach(
                (button) => (button.disabled = false),
            );
        }
    });
    document.addEventListener("change", (event) => {
        if (event.target.matches('form[data-claim] input[type="file"]')) {
            showPhotos(event.target);
        }
    });
}

function showPhotos(input) {
    const form = input.closest("form");
    const most = Number(form.dataset.maxPhotos);
    const files = [...input.files];
    const tooMany = files.length > most;
    const holder = form.querySelector("[data-thumbs]");
    holder.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
    holder.replaceChildren(
        ...files
            .slice(0, most)
            .map((file) =>
                make("img", {src: URL.createObjectURL(file), alt: file.name}),
            ),
    );
    form.querySelector("[data-photos]").textContent = tooMany
        ? text("too_many_photos", {photos: most})
        : text("photos", {photos: files.length});
    if (tooMany) {
        input.value = "";
        holder.replaceChildren();
    }
}

// ---- label of the parcel

function startScan() {
    const button = document.querySelector("form[data-receive] [data-scan]");
    if (!button || !canScan()) {
        return;
    }
    button.hidden = false;
    button.addEventListener("click", async () => {
        try {
            const code = await scan();
            if (code) {
                button.form.elements.code.value = code;
                button.form.requestSubmit();
            }
        } catch (error) {
            toast(error.message);
        }
    });
}
