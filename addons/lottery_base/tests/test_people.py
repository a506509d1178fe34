from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessDenied, AccessError, UserError, ValidationError
from odoo.tests import Form, TransactionCase, tagged
from odoo.tools import mute_logger

from .common import BranchFixture

RULES = "odoo.addons.base.models.ir_rule"


class PeopleFixture(BranchFixture):
    @classmethod
    def _set_up_people(cls):
        cls._set_up_branches()
        cls.role = {
            name: cls.env.ref(f"lottery_base.res_users_role_{name}")
            for name in (
                "admin",
                "branch_admin",
                "centre_leader",
                "specialist",
                "warehouse_keeper",
            )
        }
        cls.admin = cls._create_user(
            "t_north_boss", cls.north, "branch_admin", lang="en_US"
        )
        cls.clerk = cls._create_staff("t_clerk", cls.north_county, "specialist")

    @classmethod
    def _create_staff(cls, login, branch, *roles, **values):
        return cls._create_user(
            login,
            branch,
            lang="en_US",
            role_line_ids=[
                Command.create({"role_id": cls.role[name].id}) for name in roles
            ],
            **values,
        )

    def _changes(self, user):
        """Return what the history has on the user since the last call, oldest first."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        changes = self.env["lottery.user.change"].search([("user_id", "=", user.id)])
        last = getattr(self, "last_change", 0)
        self.last_change = max(changes.ids, default=0)
        return [
            (change.field, change.old or "", change.new or "")
            for change in changes.sorted("id")
            if change.id > last
        ]


@tagged("post_install", "-at_install")
class TestPeople(PeopleFixture, TransactionCase):
    """PF-USR-01: people and who may manage them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_people()

    def setUp(self):
        super().setUp()
        self._changes(self.clerk)

    def _form(self, user=None, door=None):
        view = "lottery_base.res_users_view_form_staff"
        users = user or self.env["res.users"]
        return Form(users.with_user(door or self.admin), view=view)

    def test_made_and_changed_in_the_form(self):
        """PF-USR-01: the unit's administrator makes a colleague in the web client."""
        form = self._form()
        form.name = "New Colleague"
        form.login = "t_new"
        form.mobile = "154 0000-0001"
        form.department = "Market"
        form.position = "Clerk"
        form.branch_ids.add(self.north_county)
        form.staff_role_ids.add(self.role["specialist"])
        user = form.save().sudo()
        self.assertEqual(user.mobile, "+8615400000001")
        self.assertEqual(user.role_line_ids.role_id, self.role["specialist"])
        self.assertTrue(user.has_group("lottery_base.group_specialist"))
        self.assertEqual(user.create_uid, self.admin)
        with self._form(user) as form:
            form.staff_role_ids.clear()
            form.staff_role_ids.add(self.role["warehouse_keeper"])
        self.assertFalse(user.has_group("lottery_base.group_specialist"))
        self.assertTrue(user.has_group("lottery_base.group_warehouse_keeper"))

    def test_mobile_is_normalised(self):
        with self.assertRaisesRegex(ValidationError, "Mobile"):
            self.clerk.with_user(self.admin).mobile = "12345"

    def test_out_of_reach(self):
        """PF-SEC-02: users of other units, of units beside, above, and of owners."""
        both = self._create_staff("t_both", self.north | self.south, "specialist")
        leader = self._create_staff("t_lead", self.north, "centre_leader")
        idle = self._create_staff("t_idle", self.north, "specialist", "admin")
        idle._switch_role(self.role["specialist"])
        owner = self._create_user("t_portal", self.north, "base.group_portal")
        system = self._create_user("t_system", self.north, "base.group_system")
        theirs = self._create_staff("t_theirs", self.south, "specialist")
        for user in (both, leader, idle, owner, system, theirs):
            door = user.with_user(self.admin)
            with self.subTest(user=user.login), mute_logger(RULES):
                self.assertFalse(door.has_access("write"))
                for action in (
                    lambda door=door: door.write({"department": "X"}),
                    door.action_suspend,
                    door.action_reset_staff_password,
                    door._set_one_time_password,
                    door.action_reset_password,
                ):
                    with self.assertRaises(AccessError):
                        action()
        self.assertTrue(self.clerk.with_user(self.admin).has_access("write"))

    def test_only_what_is_theirs_to_give(self):
        """PF-USR-01: no right above one's own, no unit beside, no field of the system."""
        door = self.clerk.with_user(self.admin)
        system = self.env.ref("base.group_system")
        for vals in (
            {"staff_role_ids": [Command.link(self.role["admin"].id)]},
            {"staff_role_ids": [Command.set(self.role["centre_leader"].ids)]},
            {"staff_role_ids": [Command.create({"name": "Mine"})]},
            {"branch_ids": [Command.set(self.south.ids)]},
            {"branch_ids": [Command.link(self.centre.id)]},
            {"branch_ids": [Command.clear()]},
            {"group_ids": [Command.link(system.id)]},
            {"role_line_ids": [Command.create({"role_id": self.role["admin"].id})]},
            {"password": "Another-Passw0rd!"},
            {"company_ids": [Command.clear()]},
            {"role_in_use_id": self.role["admin"].id},
            {"password_valid_until": False},
        ):
            with self.subTest(vals=vals):
                with self.assertRaises(AccessError):
                    door.write(vals)
                with self.assertRaises(AccessError):
                    self.env["res.users"].with_user(self.admin).create(
                        {
                            "name": "X",
                            "login": "t_x",
                            "branch_ids": self.north.ids,
                            **vals,
                        }
                    )
        with self.assertRaises(AccessError):
            self.env["res.users"].with_user(self.admin).create(
                {"name": "X", "login": "t_x"}
            )
        self.assertEqual(self.clerk.branch_ids, self.north_county)
        self.assertEqual(self.clerk.staff_role_ids, self.role["specialist"])

    def test_a_role_of_the_system_is_never_granted(self):
        """A role that leads to the system's administration stays closed."""
        trap = self.env["res.users.role"].create(
            {
                "name": "Helper",
                "granted_by": "branch_admin",
                "implied_ids": [
                    Command.link(self.env.ref("base.group_erp_manager").id)
                ],
            }
        )
        with self.assertRaises(AccessError):
            self.clerk.with_user(self.admin).staff_role_ids = trap

    def test_nobody_promotes_themselves(self):
        door = self.admin.with_user(self.admin)
        for vals in (
            {"staff_role_ids": self.role["warehouse_keeper"].ids},
            {"branch_ids": self.north_county.ids},
            {"login": "t_other_login"},
        ):
            with self.assertRaises(AccessError):
                door.write(vals)
        door.write({"department": "Market"})
        door.write({"lang": "zh_CN"})
        self.assertEqual(self.admin.department, "Market")

    def test_others_manage_nobody(self):
        head = self._create_user("t_head", self.north, "branch_head")
        with self.assertRaises(AccessError):
            self.clerk.with_user(head).department = "X"
        with self.assertRaises(AccessError):
            self.env["res.users"].with_user(head).create({"name": "X", "login": "t_x"})

    def test_status_and_archive_are_one(self):
        """PF-USR-01: whichever door closes the account, the status says so."""
        self.clerk.with_user(self.admin).action_suspend()
        self.assertEqual(
            (self.clerk.active, self.clerk.staff_state), (False, "suspended")
        )
        self.clerk.with_user(self.admin).action_enable()
        self.assertEqual((self.clerk.active, self.clerk.staff_state), (True, "active"))
        self.clerk.action_archive()
        self.assertEqual(self.clerk.staff_state, "suspended")
        self.clerk.staff_state = "left"
        self.clerk.action_unarchive()
        self.assertEqual(self.clerk.staff_state, "active")

    def test_many_at_once(self):
        """PF-USR-01: enabled and disabled in bulk, all or none."""
        other = self._create_staff("t_clerk_2", self.north, "specialist")
        (self.clerk | other).with_user(self.admin).action_suspend()
        self.assertEqual(set((self.clerk | other).mapped("active")), {False})
        theirs = self._create_staff("t_theirs_2", self.south, "specialist")
        with mute_logger(RULES), self.assertRaises(AccessError):
            (self.clerk | theirs).with_user(self.admin).action_enable()
        self.assertFalse(self.clerk.active)

    def test_rules_and_guard_together(self):
        """PF-SEC-02: one list with users forbidden by a rule and others by the guard."""
        theirs = self._create_staff("t_theirs_3", self.south, "specialist")
        leader = self._create_staff("t_lead_3", self.north, "centre_leader")
        users = (theirs | leader | self.clerk).with_user(self.admin)
        self.assertEqual(users._filtered_access("write"), self.clerk)

    def test_roles_of_who_is_out_of_service(self):
        """PF-USR-01: given while suspended, in force when back."""
        door = self.clerk.with_user(self.admin)
        door.action_suspend()
        self.assertEqual(self.clerk.staff_role_ids, self.role["specialist"])
        door.staff_role_ids = self.role["warehouse_keeper"]
        self.assertFalse(self.clerk.has_group("lottery_base.group_specialist"))
        door.action_enable()
        self.assertTrue(self.clerk.has_group("lottery_base.group_warehouse_keeper"))
        self.assertEqual(self.clerk.staff_role_ids, self.role["warehouse_keeper"])

    def test_last_role_taken(self):
        """Who loses the last role stays staff, with no right of the suite."""
        self.clerk.with_user(self.admin).staff_role_ids = False
        self.assertFalse(self.clerk.share)
        self.assertFalse(self.clerk.has_group("lottery_base.group_user"))

    def test_last_login(self):
        users = self.env["res.users"].with_user(self.admin)
        domain = [("id", "=", self.clerk.id)]
        self.assertTrue(users.search([*domain, ("last_login", "=", False)]))
        log = self.env["res.users.log"].with_user(self.clerk).sudo().create({})
        self.clerk.invalidate_recordset()
        self.assertEqual(self.clerk.with_user(self.admin).last_login, log.create_date)
        later = fields.Datetime.now() + timedelta(days=1)
        for operator, found in ((">", False), ("<", True)):
            users_found = users.search([*domain, ("last_login", operator, later)])
            self.assertEqual(bool(users_found), found)
        self.assertFalse(users.search([*domain, ("last_login", "=", False)]))

    # === HISTORY === #

    def test_history_of_every_door(self):
        """PF-USR-01: unit, role, mobile, status, by whichever door."""
        door = self.clerk.with_user(self.admin)
        door.write({"mobile": "15400000002", "position": "Clerk"})
        self.assertEqual(
            self._changes(self.clerk),
            [("mobile", "", "+8615400000002"), ("position", "", "Clerk")],
        )
        door.staff_role_ids = self.role["warehouse_keeper"]
        self.assertEqual(self._changes(self.clerk), [("role", "专管员", "库管员")])
        self.clerk.role_line_ids.date_to = fields.Date.today() + timedelta(days=9)
        self.assertEqual(len(self._changes(self.clerk)), 1)
        self.clerk.role_line_ids.unlink()
        self.assertEqual(self._changes(self.clerk)[0][2], "")
        group = self.env.ref("lottery_base.group_driver")
        self.clerk.group_ids += group
        self.assertEqual(self._changes(self.clerk)[0][0], "group")
        group.user_ids -= self.clerk
        (change,) = self._changes(self.clerk)
        self.assertEqual((change[0], change[2]), ("group", ""))
        self.south.user_ids += self.clerk
        (change,) = self._changes(self.clerk)
        self.assertEqual(change[0], "unit")
        self.assertIn("Prefecture South", change[2])
        self.clerk.action_archive()
        self.assertEqual(
            self._changes(self.clerk),
            [("active", "yes", "no"), ("staff_state", "active", "suspended")],
        )

    def test_history_of_the_phone(self):
        """PF-USR-01: on the user's form or on the contact's."""
        self.clerk.with_user(self.admin).phone = "0871 1"
        self.assertEqual(self._changes(self.clerk), [("phone", "", "0871 1")])
        self.clerk.partner_id.phone = "0871 2"
        self.assertEqual(self._changes(self.clerk), [("phone", "0871 1", "0871 2")])

    def test_history_of_one_transaction(self):
        """There and back again is no change; a new user has a beginning."""
        self.clerk.department = "A"
        self.clerk.department = False
        self.assertEqual(self._changes(self.clerk), [])
        user = self._create_staff("t_fresh", self.north, "specialist")
        changes = dict((name, new) for name, _old, new in self._changes(user))
        self.assertEqual(
            (changes["account"], changes["unit"], changes["role"]),
            ("created", "Prefecture North", "专管员"),
        )

    def test_history_is_kept(self):
        self.clerk.department = "A"
        self._changes(self.clerk)
        change = self.env["lottery.user.change"].search([], limit=1)
        for alter in (lambda: change.write({"new": "B"}), change.unlink):
            with self.assertRaises(UserError):
                alter()

    def test_history_of_a_move_is_seen_by_both(self):
        """PF-SEC-02: the unit left and the new one see the move, others nothing."""
        self.clerk.with_user(self.env.user).branch_ids = self.south
        self._changes(self.clerk)
        south = self._create_user("t_south_boss", self.south, "branch_admin")
        east = self.env["lottery.branch"].create(
            {
                "name": "E",
                "code": "T-E",
                "kind": "prefecture",
                "parent_id": self.centre.id,
            }
        )
        beside = self._create_user("t_east_boss", east, "branch_admin")
        domain = [("user_id", "=", self.clerk.id), ("field", "=", "unit")]
        move = self.env["lottery.user.change"].search(domain, limit=1)
        for user, sees in ((self.admin, True), (south, True), (beside, False)):
            found = self.env["lottery.user.change"].with_user(user).search(domain)
            self.assertEqual(move in found, sees)

    # === PASSWORDS === #

    def test_link_by_mail(self):
        """PF-USR-01: a link to the user; noted who asked for it."""
        door = self.clerk.with_user(self.admin)
        self.clerk.email = False
        with self.assertRaisesRegex(UserError, "E-mail"):
            door._send_password_link()
        self.clerk.email = "t_clerk@example.com"
        wizard = (
            self.env["lottery.user.password"]
            .with_user(self.admin)
            .create({"user_id": self.clerk.id})
        )
        with patch.object(type(self.env["mail.mail"]), "send") as send:
            wizard.action_send_link()
        send.assert_called_once()
        self.assertIn(("password", "", "mail"), self._changes(self.clerk))

    def test_one_time_password_expires(self):
        password = self.clerk.with_user(self.admin)._set_one_time_password()
        user = self.clerk.with_user(self.clerk)
        credential = {"type": "password", "login": "t_clerk", "password": password}
        self.assertTrue(user._check_credentials(credential, {"interactive": True}))
        self.clerk.sudo().password_valid_until = fields.Datetime.now() - timedelta(1)
        with self.assertRaises(AccessDenied):
            user._check_credentials(credential, {"interactive": True})

    def test_mail_of_a_contact_is_no_way_to_an_account(self):
        """PF-USR-01: links to a new password follow the e-mail, so it is guarded too."""
        leader = self._create_staff("t_lead_4", self.north, "centre_leader")
        contact = leader.partner_id.with_user(self.admin)
        contact.check_access("write")
        for door in (
            lambda: contact.write({"email": "mine@example.com"}),
            contact._get_signup_url,
        ):
            with self.assertRaises(AccessError):
                door()
        self.clerk.partner_id.with_user(self.admin).email = "clerk@example.com"
        self.assertEqual(self.clerk.email, "clerk@example.com")

    def test_own_password_is_elsewhere(self):
        with self.assertRaises(UserError):
            self.admin.with_user(self.admin).action_reset_staff_password()
