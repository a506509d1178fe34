/** The cart: lines, what is wrong with them, the one button. */

import {getCart, getPacks, getSums, onCart, removeGame, setPacks} from "./cart";
import {games, icon, make, money, setHidden, text, toast} from "./page";
import {lockSteppers, makeStepper} from "./stepper";
import {dropPending, find, getPending, LoggedOut, send} from "./submit";

const lines = new Map(); // game id -> element
const problems = new Map(); // game id -> packs left when the order was refused
let busy = false;

export function startCartPage() {
    takeRepeated();
    document.getElementById("lt-lines").replaceChildren();
    onCart(refresh);
    document.getElementById("lt-submit").addEventListener("click", submit);
    document.querySelector('[data-pending="send"]').addEventListener("click", submit);
    document.querySelector('[data-pending="drop"]').addEventListener("click", () => {
        dropPending();
        showPending();
        refresh();
    });
    if (getPending()) {
        lookForPending();
    }
}

/** Puts the lines of an earlier order into the cart, once. */
function takeRepeated() {
    const raw = document.getElementById("lt-cart").dataset.repeat;
    if (!raw || raw === "{}") {
        return;
    }
    history.replaceState(null, "", "/my/tickets/cart"); // a reload adds nothing
    let all = true;
    for (const [id, packs] of Object.entries(JSON.parse(raw))) {
        all =
            setPacks(Number(id), Math.max(packs, getPacks(Number(id)))) >= packs && all;
    }
    if (!all) {
        toast(text("capped"));
    }
}

// ---- lines

function refresh() {
    const cart = getCart();
    const list = document.getElementById("lt-lines");
    for (const [id, element] of lines) {
        if (!cart.has(id)) {
            element.remove();
            lines.delete(id);
            problems.delete(id);
        }
    }
    for (const [id, line] of cart) {
        if (!lines.has(id)) {
            lines.set(id, makeLine(id, line));
            list.append(lines.get(id));
        }
        refreshLine(id, line);
    }
    const empty = cart.size === 0;
    setHidden(document.getElementById("lt-cart-empty"), !empty);
    setHidden(document.getElementById("lt-cart-side"), empty);
    setHidden(document.getElementById("lt-submitbar"), empty);
    if (empty) {
        showRefusal(null);
    }
    refreshButton();
}

function makeLine(id, line) {
    const game = games.get(id);
    const name = game?.name || line.name;
    const drop = make(
        "button",
        {
            type: "button",
            class: "lt-line-drop",
            "aria-label": `${text("remove")}: ${name}`,
        },
        icon("trash"),
    );
    drop.addEventListener("click", () => {
        if (!busy && !getPending()) {
            removeGame(id);
            toast(text("removed", {game: name}));
            document.getElementById("main").focus();
        }
    });
    const picture = make("img", {
        src: game?.image || "",
        alt: "",
        width: 72,
        height: 72,
    });
    return make(
        "li",
        {
            class: `lt-card lt-line lt-face-${Math.trunc(game?.face || 0)}`,
            "data-game": id,
        },
        make(
            "a",
            {href: `/my/tickets/game/${id}`, tabindex: -1, "aria-hidden": "true"},
            picture,
        ),
        make(
            "div",
            {class: "lt-line-words"},
            make("b", {}, name),
            make("small", {}, game ? `${money(game.price)} / ${text("pack")}` : ""),
        ),
        make(
            "div",
            {class: "lt-line-buy"},
            make("span", {class: "lt-line-sum"}),
            make("span", {class: "lt-line-end"}, game ? makeStepper(id) : "", drop),
        ),
    );
}

function refreshLine(id, line) {
    const element = lines.get(id);
    const game = games.get(id);
    element.querySelector(".lt-line-sum").textContent = game
        ? money(game.price * line.packs)
        : "–";
    const left = Math.min(problems.get(id) ?? Infinity, game?.open ? game.left : 0);
    element.querySelector(".lt-line-problem")?.remove();
    element.classList.toggle("is-bad", line.packs > left);
    if (line.packs > left) {
        element.append(makeProblem(id, left, Boolean(game)));
    }
}

/** What is short, beside the line, with the way out. */
function makeProblem(id, left, known) {
    const words =
        left > 0
            ? text("only_left", {packs: left})
            : text(known ? "sold_out" : "not_on_sale");
    const fix = make(
        "button",
        {type: "button", class: "lt-button lt-button-small"},
        left > 0 ? text("take_left", {packs: left}) : text("remove"),
    );
    fix.addEventListener("click", () => {
        problems.delete(id);
        if (left > 0) {
            setPacks(id, left);
        } else {
            removeGame(id);
        }
        if (!document.querySelector(".lt-line.is-bad")) {
            showRefusal(null);
            document.getElementById("lt-submit").focus();
        }
    });
    return make("div", {class: "lt-line-problem"}, make("span", {}, words), fix);
}

// ---- submit

function refreshButton() {
    const button = document.getElementById("lt-submit");
    const impossible =
        button.dataset.closed ||
        getSums().rest < 0 ||
        document.querySelector(".lt-line.is-bad");
    button.disabled = busy || Boolean(impossible);
    button.classList.toggle("is-busy", busy);
}

function setBusy(value) {
    busy = value;
    lockSteppers(value || Boolean(getPending()));
    refreshButton();
}

async function submit() {
    if (busy) {
        return;
    }
    setBusy(true);
    showRefusal(null);
    showPending();
    try {
        const answer = await send(document.getElementById("lt-note").value.trim(), () =>
            showPending("no_answer"),
        );
        if (answer.ok) {
            toast(text("placed", {name: answer.name}));
            location.assign(answer.url);
            return; // stays busy until the order's page is there
        }
        showPending();
        refuse(answer);
    } catch (error) {
        recover(error);
    }
    setBusy(false);
}

function recover(error) {
    if (error instanceof LoggedOut) {
        toast(text("log_in"));
        location.assign("/owner/login?redirect=/my/tickets/cart");
    } else {
        showPending(
            error.name === "ServerError" ? "server_error" : "still_no_answer",
            true,
        );
    }
}

/** Shows why nothing was ordered; what was typed stays. */
function refuse(answer) {
    if (answer.code === "outlet_changed" || answer.code === "no_outlet") {
        location.assign("/my/tickets");
        return;
    }
    const details = answer.details || {};
    for (const entry of details.games || []) {
        const id = typeof entry === "object" ? entry.game_id : entry;
        const left = typeof entry === "object" ? Math.max(entry.available, 0) : 0;
        const game = games.get(id);
        if (game) {
            game.left = left;
        }
        problems.set(id, left);
    }
    refresh();
    showRefusal(answer.message);
}

function showRefusal(message) {
    const notice = document.getElementById("lt-refusal");
    notice.hidden = !message;
    notice.querySelector(".lt-notice-text").textContent = message || "";
    if (message) {
        notice.focus();
        notice.scrollIntoView({block: "center"});
    }
}

// ---- an order sent before

async function lookForPending() {
    setBusy(true);
    showPending("checking");
    try {
        const order = await find();
        if (order) {
            location.assign(order.url);
            return;
        }
        showPending("not_arrived", true, true);
    } catch (error) {
        recover(error);
    }
    setBusy(false);
}

function showPending(name, mayResend = false, mayDrop = false) {
    const notice = document.getElementById("lt-pending");
    notice.hidden = !name;
    notice.querySelector(".lt-notice-text").textContent = name ? text(name) : "";
    notice.querySelector('[data-pending="send"]').hidden = !mayResend;
    notice.querySelector('[data-pending="drop"]').hidden = !mayDrop;
    lockSteppers(busy || Boolean(getPending()));
}
