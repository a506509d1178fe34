/**
 * What the phone keeps, per outlet: the cart, an order that was sent and not yet
 * answered, campaigns already seen. Survives reloads, lost lines and a dead battery.
 */

const memory = new Map(); // when the browser refuses to store anything
const prefix = `lt:${document.body.dataset.outlet || 0}:`;

export function read(name, fallback) {
    try {
        const raw = localStorage.getItem(prefix + name);
        return raw === null ? (memory.get(name) ?? fallback) : JSON.parse(raw);
    } catch {
        return memory.get(name) ?? fallback;
    }
}

export function write(name, value) {
    memory.set(name, value);
    try {
        if (value === null) {
            localStorage.removeItem(prefix + name);
            memory.delete(name);
        } else {
            localStorage.setItem(prefix + name, JSON.stringify(value));
        }
    } catch {
        // Full or forbidden: the copy in memory serves this page.
    }
}

/** Calls `callback` when another tab changed what is kept. */
export function onOtherTab(callback) {
    window.addEventListener("storage", (event) => {
        if (event.key === null || event.key.startsWith(prefix)) {
            memory.clear();
            callback();
        }
    });
}
