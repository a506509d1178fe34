from odoo.tests import HttpCase, tagged

from .common import AccessFixture

CHANGE = """
    const find = (selector) =>
        new Promise((resolve, reject) => {
            let tries = 300;
            const look = () => {
                const found = document.querySelector(selector);
                if (found) resolve(found);
                else if (--tries) setTimeout(look, 50);
                else reject(new Error(`no ${selector}`));
            };
            look();
        });
    (async () => {
        const button = await find(
            ".o_lottery_right_grid td[name=write_right] .o_lottery_right_yes"
        );
        if (document.querySelector(".o_lottery_right_set")) {
            throw new Error("nothing is set yet");
        }
        button.click();
        await find(".o_lottery_right_grid .o_lottery_right_set.o_lottery_right_no");
        (await find(".o_form_button_save")).click();
        await find(".o_form_status_indicator_buttons.invisible");
        console.log("test successful");
    })().catch((error) => console.error(error.message));
"""


@tagged("post_install", "-at_install")
class TestRoleScreen(AccessFixture, HttpCase):
    """PF-SEC-01: the administrator sets a role with a click."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_access()
        login = "t_screen_admin"
        cls._create_user(login, cls.centre, "admin", password=login)

    def test_click_and_save(self):
        self.browser_js(
            f"/odoo/action-lottery_access.res_users_role_action/{self.keeper_role.id}",
            CHANGE,
            login="t_screen_admin",
        )
        self.keeper_role.invalidate_recordset()
        denied = self.keeper_role.operation_ids.filtered(
            lambda line: line.write_right == "deny"
        )
        self.assertEqual(len(denied), 1)
        self.assertIn("write", denied.base_rights.split(","))
