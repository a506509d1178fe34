import json
from datetime import timedelta
from xmlrpc.client import Fault

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import BranchFixture


@tagged("post_install", "-at_install", "security")
class TestIntegrator(BranchFixture, HttpCase):
    """PF-INT-02: API users have keys with scope and expiry, and the same rules."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_branches()
        cls.user = cls._create_user(
            "t_api", cls.north, "integrator", "branch_admin", lang="en_US"
        )
        cls.key = cls._generate_key()

    @classmethod
    def _generate_key(cls, scope="rpc", days=30):
        return (
            cls.env["res.users.apikeys"]
            .with_user(cls.user)
            ._generate(scope, "test", fields.Datetime.now() + timedelta(days=days))
        )

    def _call(self, method, *args, key=None):
        return self.xmlrpc_object.execute_kw(
            self.env.cr.dbname,
            self.user.id,
            key or self.key,
            "lottery.branch",
            method,
            args,
        )

    def _post(self, method, key=None, **body):
        return self.url_open(
            f"/json/2/lottery.branch/{method}",
            data=json.dumps(body),
            headers={
                "Authorization": f"Bearer {key or self.key}",
                "Content-Type": "application/json",
                "X-Odoo-Database": self.env.cr.dbname,
            },
        )

    def test_same_records_by_both_doors(self):
        names = {"Prefecture North", "County North 1"}
        found = self._call("search_read", [], ["name"])
        self.assertEqual({row["name"] for row in found}, names)
        response = self._post("search_read", domain=[], fields=["name"])
        self.assertEqual({row["name"] for row in response.json()}, names)

    def test_same_rules_by_both_doors(self):
        """PF-SEC-02: writing over there fails, here it works."""
        with mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"):
            with self.assertRaises(Fault):
                self._call("write", self.south.ids, {"phone": "1"})
            response = self._post("write", ids=self.south.ids, vals={"phone": "1"})
        self.assertEqual(response.status_code, 403)
        self.assertTrue(self._call("write", self.north.ids, {"phone": "110"}))
        response = self._post("write", ids=self.north_county.ids, vals={"phone": "119"})
        self.assertEqual(response.status_code, 200)
        self.assertEqual((self.north.phone, self.north_county.phone), ("110", "119"))
        self.assertFalse(self.south.phone)

    def test_private_methods_are_no_door(self):
        with mute_logger("odoo.http"), self.assertRaises(Fault):
            self._call("_check_unused", self.north.ids)

    def test_wrong_scope_and_expired(self):
        """PF-INT-02: a key for another purpose or past its day opens nothing."""
        expired = self._generate_key()
        self.env.cr.execute(
            "UPDATE res_users_apikeys SET expiration_date = now() - interval '1 day'"
            " WHERE index = %s",
            [expired[:8]],
        )
        for key in (self._generate_key(scope="mobile"), expired, "0" * 40):
            with mute_logger("odoo.http", "odoo.addons.base.models.res_users"):
                with self.assertRaises(Fault):
                    self._call("search_count", [], key=key)
                self.assertEqual(
                    self._post("search_count", key, domain=[]).status_code, 401
                )

    def test_longest_life(self):
        """PF-INT-02: an integrator's key lives 90 days at most."""
        self.user.write(
            {"group_ids": [(3, self.ref("lottery_base.group_branch_admin"))]}
        )
        with self.assertRaises(ValidationError):
            self._generate_key(days=400)
