import {Component, onWillStart, useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useService} from "@web/core/utils/hooks";

const MODEL = "lottery.notification.mute";

export const toTime = (hours) => {
    const minutes = Math.round(hours * 60);
    const pad = (number) => String(number).padStart(2, "0");
    return `${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
};
export const toHours = (time) => {
    const [hours, minutes] = time.split(":").map(Number);
    return hours + minutes / 60;
};

/** What reaches the user on which way, and when it is quiet. Each click is saved. */
export class NotificationPreferences extends Component {
    static template = "lottery_message.NotificationPreferences";
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.state = useState({channels: [], groups: [], quiet: {}, saved: false});
        this.toTime = toTime;
        onWillStart(() => this.load());
    }

    async load() {
        Object.assign(this.state, await this.orm.call(MODEL, "get_preferences", []));
    }

    /** Save, then show what the server holds now, also when it refused. */
    async save(method, args) {
        this.state.saved = false;
        try {
            await this.orm.call(MODEL, method, args);
            this.state.saved = true;
        } finally {
            await this.load();
        }
    }

    toggle(template, channel, ev) {
        return this.save("set_preference", [template, channel, ev.target.checked]);
    }

    setQuiet(changes) {
        const {mode, from, to} = {...this.state.quiet, ...changes};
        return this.save("set_quiet_hours", [mode, from, to]);
    }

    setTime(name, ev) {
        if (ev.target.value) {
            this.setQuiet({[name]: toHours(ev.target.value)});
        }
    }
}

registry
    .category("actions")
    .add("lottery_message.notification_preferences", NotificationPreferences);
