import {deserializeDateTime, toLocaleDateTimeString} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {browser} from "@web/core/browser/browser";
import {reactive} from "@odoo/owl";
import {registry} from "@web/core/registry";

const MODEL = "lottery.notification";
export const RING = "lottery.notification";

/**
 * What the bell and the ticker show, the same in every place of the page. The server
 * rings over the bus when something changes; what it is, is fetched with the user's own
 * rights.
 */
export const notificationService = {
    dependencies: ["action", "bus_service", "orm"],
    start(env, {action, bus_service: bus, orm}) {
        const state = reactive({unread: 0, items: [], alerts: [], loaded: false});
        let timer = null;
        let last = 0;

        const load = async () => {
            const number = ++last;
            const data = await orm.silent.call(MODEL, "get_bell", []);
            if (number === last) {
                Object.assign(state, data, {loaded: true});
            }
        };
        const call = async (method, args) => {
            await orm.call(MODEL, method, args);
            await load();
        };
        bus.subscribe(RING, ({spread}) => {
            // An announcement to thousands must not have them all ask at once.
            browser.clearTimeout(timer);
            timer = browser.setTimeout(load, Math.random() * 1000 * spread);
        });
        bus.addEventListener("BUS:RECONNECT", load);
        load();
        return {
            state,
            load,
            read: (ids) => call("action_read", [ids]),
            readAll: () => call("action_read_all", []),
            async open(item) {
                if (item.has_record) {
                    const next = await orm.call(MODEL, "action_open_record", [
                        [item.id],
                    ]);
                    await action.doAction(next);
                } else {
                    await orm.call(MODEL, "action_read", [[item.id]]);
                }
                await load();
            },
            openCentre: () =>
                action.doAction("lottery_message.lottery_notification_action", {
                    clearBreadcrumbs: true,
                }),
            openPreferences: () =>
                action.doAction(
                    "lottery_message.lottery_notification_preferences_action",
                ),
            formatTime: (value) => toLocaleDateTimeString(deserializeDateTime(value)),
        };
    },
};

registry.category("services").add("lottery_notification", notificationService);
registry.category("user_menuitems").add("lottery_notification_preferences", (env) => ({
    type: "item",
    id: "lottery_notification_preferences",
    description: _t("Notification Preferences"),
    callback: () => env.services.lottery_notification.openPreferences(),
    sequence: 55,
}));
