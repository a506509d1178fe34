from odoo.tests import HttpCase, tagged

from .common import PHONE, OtpFixture

SCRIPT = """
void (async () => {
    const until = async (test) => {
        while (!test()) {
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
    };
    const texts = () =>
        Array.from(document.querySelectorAll(".o_lottery_outbox_message"), (el) => el.textContent);
    await until(() => texts().length === 1);
    if (!texts()[0].includes("246810") || !texts()[0].includes("+8615400000001")) {
        throw new Error(texts()[0]);
    }
    console.log("test successful");
})();
"""


@tagged("post_install", "-at_install")
class TestLocalOutbox(OtpFixture, HttpCase):
    """PF-NTF-02: a local outbox that shows messages in the web client."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_branches()
        cls._set_up_otp()
        cls._create_user("outbox_admin", cls.centre, "admin", password="outbox_admin")

    def test_message_is_shown(self):
        self.env["lottery.sms.message"]._send(
            PHONE % 1, "您的验证码为 246810", purpose="login", sensitive=True
        )
        self.browser_js(
            "/odoo/sms-outbox",
            SCRIPT,
            ready="!!document.querySelector('.o_lottery_outbox')",
            login="outbox_admin",
        )
