from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.lottery_base.tests.common import WebClientDoor

from .common import AccessFixture

SILENT = ("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")


@tagged("post_install", "-at_install", "security")
class TestEscalation(AccessFixture, WebClientDoor, HttpCase):
    """PF-SEC-01: settings are the administrator's, within what they have themselves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_access()
        cls.branch_admin = cls._create_user("t_branch_admin", cls.north, "branch_admin")

    def test_unit_administrator_changes_no_setting(self):
        line = self._get_line(self.keeper_role)
        menu = self.keeper_role.access_menu_ids[0]
        entry = self._get_object()
        group = self.env.ref("lottery_base.group_admin")
        self.authenticate("t_branch_admin", "t_branch_admin-Passw0rd!")
        attempts = [
            ("lottery.access.operation", "write", [line.id], {"scope": "all"}),
            ("lottery.access.menu", "write", [menu.id], {"menu_right": "allow"}),
            (
                "lottery.access.object",
                "write",
                [entry.id],
                {"default_access": "private"},
            ),
            ("res.users.role", "write", [self.keeper_role.id], {"name": "x"}),
            ("res.users.role", "create", {"name": "x"}),
            ("res.users.role", "unlink", [self.keeper_role.id]),
            ("res.users.role", "action_reset", [self.keeper_role.id]),
            (
                "res.users.role.line",
                "create",
                {"role_id": self.keeper_role.id, "user_id": self.branch_admin.id},
            ),
            (
                "res.groups",
                "write",
                [group.id],
                {"user_ids": [[4, self.branch_admin.id]]},
            ),
        ]
        with mute_logger("odoo.http", *SILENT):
            for context in ({}, {"su": True, "install_mode": True, "uid": 1}):
                for model, method, *args in attempts:
                    with self.subTest(model=model, method=method):
                        with self._refused():
                            self._call(model, method, *args, context=context)
        line.invalidate_recordset()
        self.assertFalse(line.scope)
        self.assertFalse(self.branch_admin.has_group("lottery_base.group_admin"))
        self.assertTrue(self.keeper_role.exists())

    def test_administrator_makes_a_role_without_code(self):
        """From nothing to a working role, through the web client's own calls."""
        auditor = self._create_user("t_auditor", self.north)
        staff = self.env.ref("lottery_base.group_user")
        self.authenticate("t_access_admin", "t_access_admin-Passw0rd!")
        [role_id] = self._call(
            "res.users.role",
            "create",
            [
                {
                    "name": "Auditor",
                    "comment": "Reads, changes nothing",
                    "implied_ids": [[6, 0, staff.ids]],
                    "line_ids": [[0, 0, {"user_id": auditor.id}]],
                }
            ],
        )
        role = self.env["res.users.role"].browse(role_id)
        line = self._get_line(role, "lottery.journal")
        self._call(
            "res.users.role",
            "web_save",
            [role_id],
            {
                "operation_ids": [
                    [1, line.id, {"read_right": "allow", "scope": "unit"}],
                ]
            },
            specification={"name": {}},
        )
        self.env.invalidate_all()
        self.assertIn(role.group_id, auditor.all_group_ids)
        self.assertTrue(
            self.env["lottery.journal"].with_user(auditor).has_access("read")
        )

    def test_administrator_gives_no_more_than_they_have(self):
        system = self.env.ref("base.group_system")
        role = self.reader_role
        attempts = [
            {"implied_ids": [[4, system.id]]},
            {"implied_ids": [[6, 0, system.ids]]},
            {"implied_ids": [[0, 0, {"name": "x", "implied_ids": [[4, system.id]]}]]},
            {"implied_ids": [[1, system.id, {"user_ids": [[4, self.admin.id]]}]]},
            {"user_ids": [[4, self.admin.id]]},
            {"group_id": system.id},
            {"model_access": [[0, 0, {"name": "x", "perm_read": True}]]},
            {"rule_groups": [[5]]},
            {"menu_access": [[5]]},
            {"line_ids": [[0, 0, {"user_id": self.admin.id, "role_id": 1}]]},
            {"line_ids": [[4, 1]]},
            {"operation_ids": [[0, 0, {"scope": "all"}]]},
            {"operation_ids": [[2, self._get_line(role).id]]},
            {"operation_ids": [[1, self._get_line(role).id, {"acl_id": False}]]},
            {
                "operation_ids": [
                    [1, self._get_line(self.keeper_role).id, {"scope": "all"}]
                ]
            },
        ]
        self.authenticate("t_access_admin", "t_access_admin-Passw0rd!")
        with mute_logger("odoo.http", *SILENT):
            for values in attempts:
                with (
                    self.subTest(values=values),
                    self._refused(),
                ):
                    self._call("res.users.role", "write", [role.id], values)
                with (
                    self.subTest(values=values),
                    self._refused(),
                ):
                    self._call("res.users.role", "create", [{"name": "x", **values}])
        self.assertFalse(self.admin.has_group("base.group_system"))

    def test_role_of_the_system_is_not_handed_out(self):
        """A role somebody else made of more cannot be given to oneself."""
        strong = self._create_role("Strong", "base.group_system")
        with self.assertRaisesRegex(AccessError, "groups you do not have"):
            strong.with_user(self.admin).write(
                {"line_ids": [Command.create({"user_id": self.admin.id})]}
            )

    def test_users_out_of_sight(self):
        local = self._create_user("t_local_admin", self.north, "admin")
        with self.assertRaisesRegex(AccessError, "colleagues you see"):
            self.reader_role.with_user(local).write(
                {"line_ids": [Command.create({"user_id": self.outsider.id})]}
            )

    def test_system_administrator_is_free(self):
        system = self._create_user("t_system", self.centre, "base.group_system")
        self.reader_role.with_user(system).implied_ids |= self.env.ref(
            "base.group_system"
        )
        self.assertIn(
            self.env.ref("base.group_system"), self.reader_role.all_implied_ids
        )
