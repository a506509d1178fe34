import {Component, useState} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";
import {_t} from "@web/core/l10n/translation";
import {useAutofocus, useService} from "@web/core/utils/hooks";

const {DateTime} = luxon;

/** "Remind me": a to-do of one's own for a day. */
export class RemindDialog extends Component {
    static template = "lottery_workbench.RemindDialog";
    static components = {Dialog};
    static props = {close: Function, onSaved: Function};

    setup() {
        this.orm = useService("orm");
        useAutofocus({refName: "summary"});
        this.state = useState({
            summary: "",
            day: DateTime.now().plus({days: 1}).toISODate(),
            error: "",
        });
    }

    async save() {
        if (!this.state.summary.trim()) {
            this.state.error = _t("Say what to remind you of.");
            return;
        }
        await this.orm.call("lottery.home", "remind_me", [
            this.state.summary,
            this.state.day,
        ]);
        this.props.close();
        this.props.onSaved();
    }
}
