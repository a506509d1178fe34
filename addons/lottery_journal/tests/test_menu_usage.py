from odoo.tests import HttpCase, tagged

from odoo.addons.lottery_base.tests.common import BranchFixture

# Opens a menu by clicking, then hides the page: the batch has to have left by itself.
SCRIPT = """
void (async () => {
    const until = async (test) => {
        for (;;) {
            const found = test();
            if (found) {
                return found;
            }
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
    };
    const sent = [];
    const beacon = navigator.sendBeacon.bind(navigator);
    navigator.sendBeacon = (url, body) => {
        sent.push([url, body]);
        return beacon(url, body);
    };
    const link = await until(() =>
        document.querySelector("[data-menu-xmlid='lottery_journal.lottery_journal_menu']")
    );
    link.click();
    await until(() => document.querySelector("th[data-name='event_name']"));
    if (sent.length) {
        throw new Error("a click must not send anything");
    }
    Object.defineProperty(document, "visibilityState", { value: "hidden" });
    document.dispatchEvent(new Event("visibilitychange"));
    if (sent.length !== 1) {
        throw new Error(`${sent.length} batches`);
    }
    const { params } = JSON.parse(await sent[0][1].text());
    if (!params.visits.some(([, opens]) => opens === 1)) {
        throw new Error(JSON.stringify(params));
    }
    const answer = await fetch(sent[0][0], {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: sent[0][1],
    });
    if (!(await answer.json()).result) {
        throw new Error("refused");
    }
    console.log("test successful");
})();
"""


@tagged("post_install", "-at_install")
class TestMenuUsage(BranchFixture, HttpCase):
    """PF-AUD-01: how often menus are opened, how long they are used."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_branches()
        cls.user = cls._create_user(
            "t_menu", cls.centre, "centre_leader", "branch_admin"
        )
        cls.log = cls.env["lottery.log.menu"]
        cls.menu = cls.env.ref("lottery_journal.lottery_journal_menu")

    def _send(self, visits):
        return self.make_jsonrpc_request("/lottery/log/menu", {"visits": visits})

    def _read_log(self):
        self.env.invalidate_all()
        return self.log.search([("user_id", "=", self.user.id)], order="id")

    def test_batch(self):
        other = self.env.ref("lottery_base.lottery_branch_menu")
        self.authenticate("t_menu", "t_menu-Passw0rd!")
        self._send([[self.menu.id, 2, 31], [other.id, 1, 999999], [0, 1, 1]])
        first, second = self._read_log()
        self.assertEqual(
            (first.menu_id, first.opens, first.seconds), (self.menu, 2, 31)
        )
        self.assertEqual((first.branch_id, second.seconds), (self.centre, 3600))
        groups = self.log.with_user(self.user)._read_group(
            [("user_id", "=", self.user.id)], ["menu_id"], ["opens:sum", "seconds:sum"]
        )
        self.assertIn((self.menu, 2, 31), groups)

    def test_nonsense_is_left_out(self):
        self.authenticate("t_menu", "t_menu-Passw0rd!")
        for visits in (
            "x",
            [["1", 1, 1]],
            [[self.menu.id, -1, 5]],
            [[self.menu.id, True, 5]],
            [[2**40, 1, 1]],
            [[self.menu.id]],
            [None],
        ):
            self.assertTrue(self._send(visits))
        self.assertFalse(self._read_log())

    def test_one_statement(self):
        user = self.user
        self.log.with_user(user)._log_visits([[self.menu.id, 1, 1]], None)
        with self.assertQueryCount(1):
            self.log.with_user(user)._log_visits(
                [[self.menu.id, 1, 1]] * 40, "127.0.0.1"
            )

    def test_owner_is_not_watched(self):
        portal = self._create_user("t_portal", self.north, "base.group_portal")
        self.authenticate("t_portal", "t_portal-Passw0rd!")
        self._send([[self.menu.id, 1, 1]])
        self.assertFalse(self.log.search([("user_id", "=", portal.id)]))

    def test_browser(self):
        self.browser_js(
            "/odoo/action-lottery_journal.lottery_journal_verification_action",
            SCRIPT,
            login="t_menu",
        )
        clicked = self._read_log().filtered(lambda entry: entry.menu_id == self.menu)
        self.assertTrue(clicked)
        self.assertEqual(clicked[0].opens, 1)
