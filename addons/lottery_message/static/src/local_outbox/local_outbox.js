import {Component, onWillStart, onWillUnmount, useState} from "@odoo/owl";
import {deserializeDateTime, formatDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

export const LOCAL_NOTIFICATION = "lottery.sms.local";

const CHANNELS = [
    {model: "lottery.sms.message", icon: "fa-mobile", name: _t("SMS")},
    {model: "lottery.wechat.account", icon: "fa-weixin", name: _t("WeChat")},
];

/** The messages of local providers, newest first, live: a phone for developers. */
export class LocalOutbox extends Component {
    static template = "lottery_message.LocalOutbox";
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.state = useState({messages: [], loaded: false});
        // Administrators are subscribed to their group's channel by the server.
        const bus = useService("bus_service");
        const refresh = () => this.load();
        bus.subscribe(LOCAL_NOTIFICATION, refresh);
        onWillUnmount(() => bus.unsubscribe(LOCAL_NOTIFICATION, refresh));
        onWillStart(() => this.load());
    }

    async load() {
        const lists = await Promise.all(
            CHANNELS.map(async ({model, icon, name}) => {
                const rows = await this.orm.call(model, "get_local_outbox", []);
                return rows.map((row) => ({...row, key: icon + row.id, icon, name}));
            }),
        );
        this.state.messages = lists.flat().sort((a, b) => b.at.localeCompare(a.at));
        this.state.loaded = true;
    }

    formatTime(value) {
        return formatDateTime(deserializeDateTime(value));
    }

    findCode(body) {
        return (body.match(/\b\d{6}\b/) || [null])[0];
    }

    async copy(code) {
        await navigator.clipboard.writeText(code);
        this.notification.add(_t("Copied"), {type: "success"});
    }
}

registry.category("actions").add("lottery_message.local_outbox", LocalOutbox);
