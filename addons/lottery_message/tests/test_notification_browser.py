from odoo.tests import HttpCase, tagged
from odoo.tests.common import JsonRpcException

from .common import OtpFixture
from .test_notification import NotificationFixture

# What happens elsewhere arrives over the bus: nothing here is reloaded.
SCRIPT = """
void (async () => {
    const until = async (what, test) => {
        for (let round = 0; round < 400; round++) {
            const found = test();
            if (found) {
                return found;
            }
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        throw new Error(what);
    };
    const find = (selector) => document.querySelector(selector);
    const count = () => find(".o_lottery_bell_count")?.textContent || "";
    const elsewhere = (method, args) =>
        fetch(`/web/dataset/call_kw/lottery.notification/${method}`, {
            method: "POST",
            headers: {"Content-Type": "application/json"},
            body: JSON.stringify({
                jsonrpc: "2.0",
                params: {model: "lottery.notification", method, args, kwargs: {}},
            }),
        })
            .then((response) => response.json())
            .then((answer) => answer.result);
    await until("unread", () => count() === "2");
    await until("ticker", () => find(".o_lottery_ticker_text")?.textContent.includes("due"));
    // As another tab or machine of the same user does it.
    await elsewhere("action_read", [[await elsewhere("get_bell", []).then((b) => b.alerts[0].id)]]);
    await until("ticker gone", () => !find(".o_lottery_ticker"));
    await until("counted", () => count() === "1");
    find(".o_lottery_bell").click();
    await until("list", () => document.querySelectorAll(".o_lottery_bell_item").length === 2);
    find(".o_lottery_bell_all").click();
    await until("all read", () => count() === "");
    console.log("test successful");
})();
"""


@tagged("post_install", "-at_install")
class TestNotificationBrowser(NotificationFixture, OtpFixture, HttpCase):
    """PF-NTF-01: bell and ticker, live in every tab; the web client's own calls."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_branches()
        cls._set_up_otp()
        cls._set_up_notifications()
        cls.template.urgent = True

    def _call(self, method, *args, model="lottery.notification"):
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": list(args), "kwargs": {}},
        )

    def test_bell_and_ticker_follow_what_happens_elsewhere(self):
        self._notify(self.reader)
        self.template.urgent = False
        self._notify(self.reader)
        self.browser_js(
            "/odoo/notifications",
            SCRIPT,
            ready="!!document.querySelector('.o_lottery_bell')",
            login="ntf_reader",
            timeout=120,
        )
        rows = (
            self.env["lottery.notification"]
            .sudo()
            .search([("user_id", "=", self.reader.id)])
        )
        rows.invalidate_recordset()
        self.assertEqual(set(rows.mapped("state")), {"read"})

    def test_calls_of_the_web_client(self):
        """Own rows only, whatever is asked for; no door into sending."""
        theirs, mine = self._notify(self.other), self._notify(self.reader)
        self.authenticate("ntf_reader", "ntf_reader-Passw0rd!")
        bell = self._call("get_bell")
        self.assertEqual([item["id"] for item in bell["items"]], mine.ids)
        found = self._call("search_read", [["id", "in", (theirs | mine).ids]], ["body"])
        self.assertEqual([row["id"] for row in found], mine.ids)
        self._call("action_read_all")
        self.env.invalidate_all()
        self.assertEqual((mine.state, theirs.state), ("read", "sent"))
        for method, arguments, model in (
            ("read", [theirs.ids, ["subject"]], "lottery.notification"),
            ("action_open_record", [theirs.ids], "lottery.notification"),
            ("_notify", ["test.due", self.both.ids], "lottery.notification"),
            ("write", [mine.ids, {"subject": "x"}], "lottery.notification"),
            ("search_read", [[], ["subject"]], "lottery.notification.delivery"),
            (
                "write",
                [self.template.ids, {"body": "x"}],
                "lottery.notification.template",
            ),
            (
                "create",
                [{"user_id": self.other.id, "channel": "sms"}],
                "lottery.notification.mute",
            ),
        ):
            with (
                self.subTest(method=method, model=model),
                self.assertRaises(JsonRpcException),
            ):
                self._call(method, *arguments, model=model)
        self._call(
            "set_preference",
            self.template.id,
            "in_app",
            False,
            model="lottery.notification.mute",
        )
        self.assertFalse(self._notify(self.reader))
