import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";

export const FLUSH_INTERVAL = 60000;
const URL = "/lottery/log/menu";

/**
 * Counts how often menus are opened and how long their pages are looked at
 * (PF-AUD-01). Nothing is sent on a click: a batch goes once a minute and when the
 * page is hidden, by the browser itself beside what the user does.
 */
export class MenuUsage {
    constructor(menus, now = () => Date.now()) {
        this.menus = menus;
        this.now = now;
        this.visits = new Map(); // menu id -> { opens, milliseconds }
        this.current = null;
        this.since = null; // null while nobody looks
    }

    /** The page of `menuId` is shown now; counted as opened unless it was before. */
    show(menuId, opened) {
        if (menuId === this.current && !opened) {
            return;
        }
        this.pause();
        this.current = menuId;
        this.getVisit(menuId).opens++;
        this.resume();
    }

    getVisit(menuId) {
        if (!this.visits.has(menuId)) {
            this.visits.set(menuId, {opens: 0, milliseconds: 0});
        }
        return this.visits.get(menuId);
    }

    pause() {
        if (this.current !== null && this.since !== null) {
            this.getVisit(this.current).milliseconds += this.now() - this.since;
        }
        this.since = null;
    }

    resume() {
        if (this.since === null) {
            this.since = this.now();
        }
    }

    /** @returns {Array} `[menu id, times opened, seconds]` since the last call */
    take() {
        const looking = this.since !== null;
        this.pause();
        const batch = [];
        for (const [menuId, visit] of this.visits) {
            const seconds = Math.round(visit.milliseconds / 1000);
            if (visit.opens || seconds) {
                batch.push([menuId, visit.opens, seconds]);
            }
        }
        this.visits.clear();
        if (looking) {
            this.resume();
        }
        return batch;
    }

    /** Return the menu an action belongs to: the clicked one, else one of the app. */
    findMenu(actionId, clicked, appId) {
        if (clicked && this.menus.getMenu(clicked)?.actionID === actionId) {
            return clicked;
        }
        const found = this.menus.getAll().filter((menu) => menu.actionID === actionId);
        const menu = found.find(({appID}) => appID === appId) || found[0];
        return menu && menu.id;
    }
}

export const menuUsageService = {
    dependencies: ["menu", "action"],
    start(env, {menu, action}) {
        const usage = new MenuUsage(menu);
        let clicked = null;
        const selectMenu = menu.selectMenu;
        menu.selectMenu = function (target) {
            clicked = typeof target === "number" ? target : target.id;
            return selectMenu.call(this, target);
        };
        env.bus.addEventListener("ACTION_MANAGER:UI-UPDATED", () => {
            const actionId = action.currentController?.action?.id;
            const menuId = usage.findMenu(actionId, clicked, menu.getCurrentApp()?.id);
            if (menuId) {
                usage.show(menuId, clicked === menuId);
            }
            clicked = null;
        });
        const flush = () => {
            const visits = usage.take();
            if (visits.length) {
                const call = {jsonrpc: "2.0", method: "call", params: {visits}};
                const body = new Blob([JSON.stringify(call)], {
                    type: "application/json",
                });
                browser.navigator.sendBeacon(URL, body);
            }
        };
        browser.setInterval(flush, FLUSH_INTERVAL);
        document.addEventListener("visibilitychange", () => {
            if (document.visibilityState === "hidden") {
                usage.pause();
                flush();
            } else {
                usage.resume();
            }
        });
        return {usage, flush};
    },
};

registry.category("services").add("lottery_menu_usage", menuUsageService);
