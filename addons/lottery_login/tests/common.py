import json

from odoo.tests import HttpCase

from odoo.addons.lottery_base.tests.common import BranchFixture
from odoo.addons.lottery_journal.models import lottery_log_login
from odoo.addons.lottery_journal.tests.test_log_login import LoginDoors

GOOD = "Tulip-Harbour-42"
BETTER = "Velvet/Orbit-97-Q"
SILENT = (
    "odoo.http",
    "odoo.addons.base.models.res_users",
    "odoo.addons.auth_totp.models.res_users",
    "odoo.addons.rpc",
)


class LoginCase(BranchFixture, LoginDoors, HttpCase):
    """A member of staff, an owner without password, the group's login rules."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_branches()
        # hashing is what takes time here, and is not what is tested
        cls.env["ir.config_parameter"].set_param("password.hashing.rounds", "1")
        cls.user = cls._create_user("t_staff", cls.north, "order_desk", password=GOOD)
        cls.admin = cls._create_user("t_chief", cls.centre, "admin", password=GOOD)
        cls.policy = cls.env.ref("lottery_login.lottery_login_policy")
        cls.rule = cls.env["lottery.login.group"].create(
            {"group_id": cls.env.ref("lottery_base.group_order_desk").id}
        )
        cls.attempts = cls.env["lottery.login.attempt"]

    def setUp(self):
        super().setUp()
        lottery_log_login._seen.clear()
        self.forget_log()

    def is_logged_in(self):
        response = self.url_open("/odoo", allow_redirects=False)
        return response.status_code == 200

    def call(self, model, method, *args, **kwargs):
        """Call as the web client does; return ``(result, the error's text)``."""
        return self.post_json(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    def post_json(self, url, params):
        body = {"jsonrpc": "2.0", "method": "call", "params": params, "id": 1}
        answer = self.url_open(
            url, data=json.dumps(body), headers={"Content-Type": "application/json"}
        ).json()
        error = answer.get("error")
        return answer.get("result"), error and error["data"]["message"]

    def read_text(self, response):
        return response.text.replace("&#39;", "'")
