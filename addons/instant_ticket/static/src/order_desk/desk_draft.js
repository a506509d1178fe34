import {browser} from "@web/core/browser/browser";
import {user} from "@web/core/user";

const KEPT_MS = 12 * 3600 * 1000;

/** Idempotency key; `crypto.randomUUID` is missing without HTTPS. */
export function makeKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The call in hand, kept on this computer: leaving the page by mistake loses nothing. */
export class DeskDraft {
    get name() {
        return `instant_ticket.order_desk.${user.userId}`;
    }

    load() {
        try {
            const draft = JSON.parse(browser.localStorage.getItem(this.name));
            return draft && Date.now() - draft.startedAt < KEPT_MS ? draft : null;
        } catch {
            return null;
        }
    }

    save(draft) {
        browser.localStorage.setItem(this.name, JSON.stringify(draft));
    }

    clear() {
        browser.localStorage.removeItem(this.name);
    }
}
