from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, JsonRpcException, TransactionCase, tagged
from odoo.tools import mute_logger

from ..models.res_users_role_switch import ResUsers
from .common import BranchFixture, WebClientDoor

ADMIN = "lottery_base.group_branch_admin"
SPECIALIST = "lottery_base.group_specialist"


class RoleFixture(BranchFixture):
    @classmethod
    def _set_up_roles(cls):
        cls._set_up_branches()
        cls.admin_role = cls.env.ref("lottery_base.res_users_role_branch_admin")
        cls.specialist_role = cls.env.ref("lottery_base.res_users_role_specialist")
        cls.keeper_role = cls.env.ref("lottery_base.res_users_role_warehouse_keeper")
        cls.user = cls._create_user(
            "t_two_roles",
            cls.north,
            lang="en_US",
            role_line_ids=[
                Command.create({"role_id": role.id})
                for role in (cls.admin_role, cls.specialist_role)
            ],
        )


@tagged("post_install", "-at_install")
class TestRoleSwitch(RoleFixture, TransactionCase):
    """PF-USR-02: one role at a time, or all of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_roles()

    def _switch(self, role):
        self.env["res.users"].with_user(self.user).action_switch_role(role.id)

    def _groups(self):
        return [self.user.has_group(ADMIN), self.user.has_group(SPECIALIST)]

    def test_groups_follow(self):
        """PF-USR-02: access follows the role in use, through every door."""
        self.assertEqual(self._groups(), [True, True])
        self._switch(self.specialist_role)
        self.assertEqual(self._groups(), [False, True])
        with self.assertRaises(AccessError):
            self.north.with_user(self.user).phone = "1"
        self._switch(self.admin_role)
        self.assertEqual(self._groups(), [True, False])
        self.north.with_user(self.user).phone = "1"
        self._switch(self.admin_role.browse())
        self.assertEqual(self._groups(), [True, True])

    def test_survives_what_sets_groups(self):
        """PF-USR-02: neither the cron nor a write brings the other roles back."""
        self._switch(self.specialist_role)
        self.env["res.users.role"].cron_update_users()
        self.user.name = "Renamed"
        self.admin_role.write({"sequence": 61})
        self.user.write(
            {"role_line_ids": [Command.create({"role_id": self.keeper_role.id})]}
        )
        self.assertEqual(self._groups(), [False, True])
        self.assertEqual(self.user.role_in_use_id, self.specialist_role)

    def test_own_roles_only(self):
        """PF-USR-02: the RPC door gives nobody a role they do not have."""
        for role_id in (self.keeper_role.id, 10**9, "1"):
            with self.assertRaises(AccessError):
                self.env["res.users"].with_user(self.user).action_switch_role(role_id)
        with self.assertRaises(AccessError):
            self.user._switch_role(self.keeper_role)
        with self.assertRaises(AccessError):
            self.user.with_user(self.user).write({"role_in_use_id": False})

    def test_falls_back_when_the_role_is_taken(self):
        self._switch(self.specialist_role)
        self.user.role_line_ids.filtered(
            lambda line: line.role_id == self.specialist_role
        ).unlink()
        self.assertFalse(self.user.role_in_use_id)
        self.assertEqual(self._groups(), [True, False])

    def test_falls_back_when_the_role_ends(self):
        """PF-USR-02: a role ends with its last day where the user is."""
        self.user.tz = "Asia/Shanghai"
        line = self.user.role_line_ids.filtered(
            lambda line: line.role_id == self.specialist_role
        )
        line.date_to = date(2026, 3, 31)
        with freeze_time("2026-03-31 15:00:00"):
            self.env.invalidate_all()
            self._switch(self.specialist_role)
        with freeze_time("2026-03-31 16:30:00"):
            self.env.invalidate_all()
            self.env["res.users.role"].cron_update_users()
            self.assertFalse(self.user.role_in_use_id)
            self.assertEqual(self._groups(), [True, False])
            with self.assertRaises(AccessError):
                self._switch(self.specialist_role)

    def test_lines_made_by_hand_count_at_once(self):
        line = self.env["res.users.role.line"].create(
            {"user_id": self.user.id, "role_id": self.keeper_role.id}
        )
        self.assertTrue(self.user.has_group("lottery_base.group_warehouse_keeper"))
        line.date_to = date.today() - timedelta(days=2)
        self.assertFalse(self.user.has_group("lottery_base.group_warehouse_keeper"))

    def test_hook(self):
        """What the journal hangs on: called once, with both roles."""
        with patch.object(ResUsers, "_on_role_switched", autospec=True) as hook:
            self._switch(self.specialist_role)
            self._switch(self.specialist_role)
        self.assertEqual(
            [call.args[1:] for call in hook.call_args_list],
            [(self.admin_role.browse(), self.specialist_role)],
        )

    def test_without_roles_nothing_to_choose(self):
        user = self._create_user("t_no_role", self.north, "branch_admin")
        self.assertFalse(user.role_ids_available)
        self.assertEqual(user._get_role_choice(), {"current": False, "roles": []})


@tagged("post_install", "-at_install")
class TestRoleSwitchDoor(RoleFixture, WebClientDoor, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_roles()

    def test_other_sessions_follow_at_the_next_call(self):
        """PF-USR-02: a session opened before the switch has the new rights too."""
        other = self.authenticate("t_two_roles", "t_two_roles-Passw0rd!")
        hashes = [self._session_hash()]
        self.authenticate("t_two_roles", "t_two_roles-Passw0rd!")
        self._call("res.users", "action_switch_role", self.specialist_role.id)
        self.opener.cookies["session_id"] = other.sid
        hashes.append(self._session_hash())
        with (
            mute_logger("odoo.http"),
            self.assertRaisesRegex(JsonRpcException, "AccessError"),
        ):
            self._call("lottery.branch", "write", self.north.ids, {"phone": "1"})
        self.assertNotEqual(*hashes)

    def _session_hash(self):
        info = self.make_jsonrpc_request("/web/session/get_session_info", {})
        return info["registry_hash"]

    def test_top_bar(self):
        """PF-USR-02: the switch at the top bar, menus and reload, in a browser."""
        self.start_tour("/odoo", "lottery_role_switch", login="t_two_roles")
        self.assertEqual(self.user.role_in_use_id, self.admin_role)
