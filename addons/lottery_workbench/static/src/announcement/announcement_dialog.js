import {Component, markup, onWillStart, useState} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";
import {deserializeDateTime, formatDateTime} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {session} from "@web/session";
import {useService} from "@web/core/utils/hooks";

/** One announcement to read; opening it is noted, confirming it too (PF-WRK-01). */
export class AnnouncementDialog extends Component {
    static template = "lottery_workbench.AnnouncementDialog";
    static components = {Dialog};
    static props = {
        close: Function,
        announcementId: Number,
        onRead: {type: Function, optional: true},
    };

    setup() {
        this.orm = useService("orm");
        this.state = useState({data: null, busy: false});
        onWillStart(async () => {
            this.state.data = await this.orm.call(
                "lottery.announcement",
                "read_announcement",
                [this.props.announcementId],
            );
            this.props.onRead?.();
        });
    }

    get body() {
        return markup(this.state.data.body || "");
    }

    get time() {
        return formatDateTime(deserializeDateTime(this.state.data.published_at), {
            showSeconds: false,
        });
    }

    async confirm() {
        this.state.busy = true;
        await this.orm.call("lottery.announcement", "action_confirm", [
            [this.state.data.id],
        ]);
        this.props.close();
    }
}

/** What must be confirmed opens by itself, one after the other, until it is. */
export const toConfirmService = {
    dependencies: ["dialog"],
    start(env, {dialog}) {
        const waiting = [...(session.lottery_to_confirm || [])];
        const next = () => {
            const announcementId = waiting.shift();
            if (announcementId) {
                dialog.add(AnnouncementDialog, {announcementId}, {onClose: next});
            }
        };
        // not before the first page is there: opening it closes all dialogs
        env.bus.addEventListener("ACTION_MANAGER:UI-UPDATED", next, {once: true});
    },
};

registry.category("services").add("lottery_to_confirm", toConfirmService);
