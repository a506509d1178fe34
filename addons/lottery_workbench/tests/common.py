"""Calls as the web client makes them, by named users."""

from odoo.tests import HttpCase
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from odoo.addons.lottery_base.tests.common import BranchFixture


class WebClientMixin:
    """``self.rpc("lottery.home", "get_page", user=…)`` over ``/web/dataset/call_kw``."""

    def rpc(self, model, method, *args, user, **kwargs):
        if getattr(self, "_rpc_user", None) != user.login:
            self.authenticate(user.login, user.login + "-Passw0rd!")
            self._rpc_user = user.login
        self.env.flush_all()
        result = self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": list(args), "kwargs": kwargs},
        )
        self.env.invalidate_all()
        return result

    def assertRefused(self, *args, name="UserError", **kwargs):
        """The call is answered by an Odoo error of this name."""
        with (
            mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"),
            mute_logger("odoo.addons.base.models.ir_model"),
            self.assertRaises(JsonRpcException) as caught,
        ):
            self.rpc(*args, **kwargs)
        self.assertIn(name, str(caught.exception))
        self.env.invalidate_all()

    def seen(self, model, records, user):
        """Ids of ``records`` a list of the web client shows to ``user``."""
        found = self.rpc(
            model,
            "web_search_read",
            user=user,
            domain=[["id", "in", records.ids]],
            specification={"id": {}},
        )
        return [row["id"] for row in found["records"]]


class WorkbenchCase(WebClientMixin, BranchFixture, HttpCase):
    """Users of two sibling prefectures and one county; all read English."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_branches()
        create = cls._create_user
        english = {"lang": "en_US"}
        cls.env["res.lang"]._activate_lang("en_US")
        cls.leader = create("t_leader", cls.centre, "centre_leader", **english)
        cls.admin_north = create("t_admin_n", cls.north, "branch_admin", **english)
        cls.admin_south = create("t_admin_s", cls.south, "branch_admin", **english)
        cls.desk = create("t_desk", cls.north, "order_desk", **english)
        cls.keeper = create("t_keeper", cls.north, "warehouse_keeper", **english)
        cls.county_desk = create("t_desk_c", cls.north_county, "order_desk", **english)
        cls.desk_south = create("t_desk_s", cls.south, "order_desk", **english)
        cls.desk_role = cls.env.ref("lottery_base.res_users_role_order_desk")

    def notes_of(self, user, code):
        """Notifications of a template that ``user`` got in the app."""
        return self.env["lottery.notification"].search(
            [
                ("user_id", "=", user.id),
                ("template_id.code", "=", code),
                ("channel", "=", "in_app"),
            ]
        )
