import {Component} from "@odoo/owl";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {redirect} from "@web/core/utils/urls";
import {useService} from "@web/core/utils/hooks";
import {browser} from "@web/core/browser/browser";
import {session} from "@web/session";

/** Choice of the role in use, for those who have several (PF-USR-02). */
export class RoleSwitch extends Component {
    static template = "lottery_base.RoleSwitch";
    static components = {Dropdown, DropdownItem};
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.current = session.lottery_role.current;
        this.choices = [
            ...session.lottery_role.roles,
            {id: false, name: _t("All Roles")},
        ];
    }

    get label() {
        return this.choices.find((role) => role.id === this.current)?.name;
    }

    async choose(role) {
        if (role.id === this.current) {
            return;
        }
        await this.orm.call("res.users", "action_switch_role", [role.id]);
        // the open page may not exist for the new role
        redirect("/odoo");
    }
}

/** Other tabs and devices learn that menus and rights have changed. */
export const roleSwitchService = {
    dependencies: ["bus_service", "notification"],
    start(_env, {bus_service: bus, notification}) {
        bus.subscribe("lottery_role_switched", ({id, name}) => {
            if (id === session.lottery_role?.current) {
                return;
            }
            notification.add(_t("You now work as: %s", name), {
                type: "warning",
                sticky: true,
                buttons: [
                    {
                        name: _t("Reload"),
                        primary: true,
                        onClick: () => browser.location.reload(),
                    },
                ],
            });
        });
    },
};

registry.category("services").add("lottery_role_switch", roleSwitchService);
if (session.lottery_role?.roles.length > 1) {
    registry
        .category("systray")
        .add("lottery_base.RoleSwitch", {Component: RoleSwitch}, {sequence: 5});
}
