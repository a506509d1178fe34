import {Component, onMounted, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {deserializeDateTime, formatDate, deserializeDate} from "@web/core/l10n/dates";
import {formatFloat, formatInteger} from "@web/views/fields/formatters";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {AnnouncementDialog} from "../announcement/announcement_dialog";
import {ArrangeDialog} from "./arrange_dialog";
import {HomeChart} from "./home_chart";
import {RemindDialog} from "./remind_dialog";

const {DateTime} = luxon;

/** The first page of a working day (工作台, PF-WRK-03); one call brings all of it. */
export class Home extends Component {
    static template = "lottery_workbench.Home";
    static components = {HomeChart};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.menu = useService("menu");
        this.state = useState({data: null, failed: false});
        onMounted(() => this.load());
    }

    async load() {
        try {
            this.state.data = await this.orm.call("lottery.home", "get_page", []);
            this.state.failed = false;
        } catch (error) {
            this.state.failed = true;
            throw error;
        }
    }

    // === WORDS === //

    get greeting() {
        const hour = DateTime.now().hour;
        if (hour < 11) {
            return _t("Good morning, %s", user.name);
        }
        return hour < 18
            ? _t("Good afternoon, %s", user.name)
            : _t("Good evening, %s", user.name);
    }

    get today() {
        return DateTime.now().setLocale(user.lang).toLocaleString(DateTime.DATE_HUGE);
    }

    /** A dash where nothing was measured; zero is a figure. */
    value(card) {
        if (card.value === null || card.value === false) {
            return "—";
        }
        return Number.isInteger(card.value)
            ? formatInteger(card.value)
            : formatFloat(card.value);
    }

    tone(card) {
        const quiet = !card.value && ["bad", "wait"].includes(card.tone);
        return quiet ? "lt-tone-off" : `lt-tone-${card.tone}`;
    }

    day(activity) {
        return activity.today
            ? _t("Today")
            : formatDate(deserializeDate(activity.deadline));
    }

    time(event) {
        return event.allday
            ? _t("All day")
            : deserializeDateTime(event.start).toFormat("HH:mm");
    }

    published(row) {
        return formatDate(deserializeDateTime(row.published_at));
    }

    // === SHORTCUTS === //

    get shortcuts() {
        return this.state.data.menus
            .map((id) => this.menu.getMenu(id))
            .filter((menu) => menu?.actionID)
            .map((menu) => ({id: menu.id, name: menu.name, app: this.appName(menu)}));
    }

    appName(menu) {
        return this.menu.getMenu(menu.appID)?.name || "";
    }

    openMenu(id) {
        this.menu.selectMenu(id);
    }

    // === WAYS TO RECORDS === //

    async open(code, key = null) {
        this.action.doAction(
            await this.orm.call("lottery.home", "open_item", [code], {key}),
        );
    }

    openActivity({model, res_id: resId}) {
        if (!model) {
            this.action.doAction("mail.mail_activity_action_my");
            return;
        }
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: resId,
            views: [[false, "form"]],
        });
    }

    openEvent(id) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "calendar.event",
            res_id: id || false,
            name: _t("Calendar entry"),
            views: [[false, "form"]],
        });
    }

    openAnnouncement(row) {
        this.dialog.add(AnnouncementDialog, {
            announcementId: row.id,
            onRead: () => {
                row.read = true;
            },
        });
    }

    remind() {
        this.dialog.add(RemindDialog, {onSaved: () => this.load()});
    }

    // === ARRANGING === //

    arrange() {
        this.dialog.add(ArrangeDialog, {
            title: _t("Arrange this page"),
            rows: this.state.data.choices.map(({code, title, shown}) => ({
                key: code,
                title,
                shown,
            })),
            save: async (rows) => {
                const items = rows.map(({key, shown}) => ({code: key, shown}));
                await this.orm.call("lottery.home", "set_items", [items]);
                await this.load();
            },
            reset: async () => {
                await this.orm.call("lottery.home", "reset", []);
                await this.load();
            },
        });
    }

    chooseShortcuts() {
        const chosen = this.state.data.menus;
        const menus = this.menu
            .getAll()
            .filter(
                (menu) => menu.actionID && !menu.children.length && menu.id !== "root",
            )
            .map((menu) => ({
                key: menu.id,
                title: `${this.appName(menu)} / ${menu.name}`,
                shown: chosen.includes(menu.id),
            }));
        const place = ({key, shown}) => (shown ? chosen.indexOf(key) : Infinity);
        menus.sort(
            (one, other) =>
                place(one) - place(other) || one.title.localeCompare(other.title),
        );
        this.dialog.add(ArrangeDialog, {
            title: _t("Choose shortcuts"),
            rows: menus,
            searchable: true,
            save: async (rows) => {
                const ids = rows.filter((row) => row.shown).map((row) => row.key);
                await this.orm.call("lottery.home", "set_menus", [ids]);
                await this.load();
            },
        });
    }
}

registry.category("actions").add("lottery_workbench.home", Home);
