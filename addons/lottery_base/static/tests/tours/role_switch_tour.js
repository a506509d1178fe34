import {registry} from "@web/core/registry";

const APPS = ".o_navbar_apps_menu button";
const ORGANISATION = "[data-menu-xmlid='lottery_base.lottery_root_menu']";

/** Choose the role at `place` of the list: roles by their order, then all of them. */
function choose(place) {
    return [
        {trigger: ".lt-role-switch button", run: "click"},
        {trigger: `.lt-role:eq(${place})`, run: "click", expectUnloadPage: true},
        {trigger: APPS, run: "click"},
    ];
}

/** The role in use decides which apps there are (PF-USR-02). */
registry.category("web_tour.tours").add("lottery_role_switch", {
    url: "/odoo",
    steps: () => [
        {trigger: ".lt-role-switch[data-role='all']"},
        ...choose(1),
        {trigger: ".o-dropdown--menu .o_app"},
        {
            trigger: `body:not(:has(${ORGANISATION})) .lt-role-switch:not([data-role='all'])`,
        },
        {trigger: APPS, run: "click"},
        ...choose(0),
        {trigger: ORGANISATION},
    ],
});
