/** Small things every page uses: texts, money, icons, the toast. */

function readJson(id, fallback) {
    const holder = document.getElementById(id);
    return holder ? JSON.parse(holder.textContent) : fallback;
}

const texts = readJson("lt-texts", {});
const list = readJson("lt-games", []);

/** Games the page knows, by id. */
export const games = new Map(list.map((game) => [game.id, game]));

export const usable = Number(document.body.dataset.usable || 0);

export function text(name, values = {}) {
    return (texts[name] || name).replace(/%\((\w+)\)s/g, (_all, key) => values[key]);
}

export function money(amount) {
    const rounded = Math.round(amount * 100) / 100;
    const digits = Number.isInteger(rounded) ? 0 : 2;
    const figure = Math.abs(rounded).toLocaleString("en-US", {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
    });
    return `${rounded < 0 ? "−" : ""}¥${figure}`;
}

export function icon(name) {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    svg.setAttribute("class", "lt-icon");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS(space, "use");
    use.setAttribute("href", `/instant_ticket/static/img/portal_icons.svg?v=1#${name}`);
    svg.append(use);
    return svg;
}

/** Builds an element: `make("b", {class: "x"}, "text", child)`. */
export function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (value !== null && value !== undefined && value !== false) {
            element.setAttribute(name, value === true ? "" : value);
        }
    }
    element.append(...children);
    return element;
}

let toastTimer;

export function toast(message) {
    const holder = document.getElementById("lt-toast");
    if (!holder) {
        return;
    }
    holder.textContent = message;
    holder.classList.add("is-on");
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => holder.classList.remove("is-on"), 2600);
}

export function setHidden(element, hidden) {
    if (element) {
        element.hidden = hidden;
    }
}
