import {Component, useState} from "@odoo/owl";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {sprintf} from "@web/core/utils/strings";
import {useDiscussSystray} from "@mail/utils/common/hooks";
import {useDropdownState} from "@web/core/dropdown/dropdown_hooks";
import {useService} from "@web/core/utils/hooks";

const SHOWN = 99;
export const ICONS = {
    alert: "fa-exclamation-triangle",
    task: "fa-check-square-o",
    business: "fa-file-text-o",
    notice: "fa-bullhorn",
};

/** The bell: unread notifications of the user, live. */
export class NotificationBell extends Component {
    static template = "lottery_message.NotificationBell";
    static components = {Dropdown};
    static props = [];

    setup() {
        this.centre = useService("lottery_notification");
        this.state = useState(this.centre.state);
        this.systray = useDiscussSystray();
        this.dropdown = useDropdownState();
    }

    get count() {
        return this.state.unread > SHOWN ? `${SHOWN}+` : `${this.state.unread}`;
    }

    get label() {
        return this.state.unread
            ? sprintf(_t("Notifications, %s unread"), this.count)
            : _t("Notifications");
    }

    icon(item) {
        return ICONS[item.category] || ICONS.business;
    }

    open(item) {
        this.dropdown.close();
        return this.centre.open(item);
    }

    openPreferences() {
        this.dropdown.close();
        return this.centre.openPreferences();
    }

    openCentre() {
        this.dropdown.close();
        return this.centre.openCentre();
    }
}

registry
    .category("systray")
    .add("lottery_message.bell", {Component: NotificationBell}, {sequence: 22});
