from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import BranchCase


class Asked(Exception):
    """Raised in place of an answer, to see who asks."""


@tagged("post_install", "-at_install")
class TestBranch(BranchCase):
    """PF-ORG-01: one tree of units."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls._create_user("t_unit_admin", cls.north, "branch_admin")

    def test_form_defaults(self):
        """PF-ORG-01: a new unit lies in China and gets a full name."""
        form = Form(self.env["lottery.branch"].with_user(self.admin))
        form.name = "County North 2"
        form.code = "T-North-2"
        form.kind = "county"
        form.parent_id = self.north
        county = form.save()
        self.assertEqual(county.country_id.code, "CN")
        self.assertEqual(
            county.complete_name,
            f"{self.centre.name} / Prefecture North / County North 2",
        )

    def test_rename_reaches_units_below(self):
        self.north.name = "Upper North"
        self.assertIn("Upper North / County North 1", self.north_county.complete_name)

    def test_code_unique(self):
        """PF-ORG-01: two units never share a code, archived ones included."""
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.south.code = self.north.code

    def test_no_cycle(self):
        """PF-ORG-01: a unit can't be its own ancestor."""
        with self.assertRaises(UserError):
            self.north.with_user(self.admin).parent_id = self.north_county

    def test_root_kinds(self):
        with self.assertRaisesRegex(ValidationError, "Parent unit"):
            self.north_county.parent_id = False

    def test_archive_refused_while_used(self):
        """PF-ORG-01: archive instead of delete, from the leaves upwards."""
        self._assert_refused("County North 1", self.north.action_archive)
        self.north_county.action_archive()
        self._assert_refused("t_unit_admin", self.north.action_archive)
        self.admin.branch_ids = self.south
        self.north.action_archive()
        self.assertFalse(self.north.active)
        self._assert_refused("archived", self.north_county.action_unarchive)

    def _assert_refused(self, word, action):
        # unlike `assertRaisesRegex`, `assertRaises` rolls back what was done
        with self.assertRaises(ValidationError) as caught:
            action()
        self.assertIn(word, str(caught.exception))

    def test_archive_whole_branch_at_once(self):
        self.admin.branch_ids = self.south
        (self.north | self.north_county).action_archive()
        self.assertFalse(self.north_county.active)

    def test_delete_refused(self):
        """PF-ORG-01: only an unused unit is deleted, and not by a unit's admin."""
        with self.assertRaises(AccessError):
            self.north_county.with_user(self.admin).unlink()
        with self.assertRaises(ValidationError):
            self.north.unlink()
        self.south.unlink()
        self.assertFalse(self.south.exists())

    def test_position_range(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.north.latitude = 91

    def test_name_search_takes_code(self):
        found = self.env["lottery.branch"].name_search("T-North-1")
        self.assertEqual([pair[0] for pair in found], self.north_county.ids)

    def test_chart_ends_at_own_unit(self):
        """PF-SEC-02: the chart neither fails nor shows the unit above."""
        rows = (
            self.env["lottery.branch"]
            .with_user(self.admin)
            .hierarchy_read([], {"name": {}}, "parent_id", "child_ids")
        )
        self.assertEqual(
            {row["id"] for row in rows}, set((self.north | self.north_county).ids)
        )
        self.assertFalse(
            next(row for row in rows if row["id"] == self.north.id)["parent_id"]
        )
        single = (
            self.env["lottery.branch"]
            .with_user(self.admin)
            .hierarchy_read(
                [("id", "=", self.north.id)], {"name": {}}, "parent_id", "child_ids"
            )
        )
        self.assertEqual(len(single), 2)

    def test_form_shows_parent_name_only(self):
        """PF-SEC-02: the unit above is a name, its record is closed."""
        (values,) = self.north.with_user(self.admin).web_read(
            {"parent_id": {"fields": {"display_name": {}}}}
        )
        self.assertEqual(values["parent_id"]["display_name"], self.centre.name)
        with self.assertRaises(AccessError):
            self.centre.with_user(self.admin).read(["phone"])

    def test_search_panel_tree(self):
        """PF-ORG-01: the tree beside the list works from the middle of the tree."""
        panel = (
            self.env["lottery.branch"]
            .with_user(self.admin)
            .search_panel_select_range("parent_id", enable_counters=True)
        )
        self.assertNotIn("error_msg", panel)

    def test_admin_creates_below_own_unit_only(self):
        branches = self.env["lottery.branch"].with_user(self.admin)
        values = {"name": "X", "code": "T-X", "kind": "county"}
        with self.assertRaises(AccessError):
            branches.create({**values, "parent_id": self.south.id})
        self.assertTrue(branches.create({**values, "parent_id": self.north.id}))

    def test_nothing_is_handed_to_a_sibling(self):
        """PF-SEC-02: units and contacts stay in the reach of who writes them."""
        with self.assertRaises(AccessError):
            self.north_county.with_user(self.admin).parent_id = self.south
        contact = self.env["res.partner"].create(
            {"name": "Contact", "branch_id": self.north.id}
        )
        contact_as_admin = contact.with_user(self.admin)
        with self.assertRaises(AccessError):
            contact_as_admin.branch_id = self.south
        contact_as_admin.branch_id = self.north_county
        self.assertEqual(contact.branch_id, self.north_county)

    def test_reach(self):
        """What core notices by chance, if at all, is asked before anything is written.

        (Models of addons above check the mixin's call: lottery_stock has one.)
        """
        branches = self.env["lottery.branch"].with_user(self.admin)
        with self.assertRaises(AccessError):
            branches._check_reach(self.south.id)
        branches._check_reach(self.north_county.id)
        branches._check_reach(False)
        branches.sudo()._check_reach(self.south.id)
        contact = self.env["res.partner"].create({"name": "Contact"})
        with patch.object(type(branches), "_check_reach", side_effect=Asked):
            with self.assertRaises(Asked):
                contact.branch_id = self.north
            with self.assertRaises(Asked):
                self.north_county.parent_id = self.south

    def test_units_of_users_are_not_the_units_business(self):
        """PF-SEC-02: nobody pulls a stranger's account into their unit."""
        stranger = self._create_user("t_stranger_unit", self.south)
        unit = self.north.with_user(self.admin)
        with self.assertRaises(AccessError):
            unit.write({"user_ids": [Command.link(stranger.id)]})
        with self.assertRaises(AccessError):
            unit.create(
                {
                    "name": "X",
                    "code": "T-X",
                    "kind": "county",
                    "parent_id": self.north.id,
                    "user_ids": [Command.link(stranger.id)],
                }
            )
        self.assertEqual(stranger.branch_ids, self.south)

    def test_nobody_widens_their_own_sight(self):
        """PF-SEC-02: one's own units are not one's own preferences."""
        with self.assertRaises(AccessError):
            self.admin.with_user(self.admin).write({"branch_ids": self.centre.ids})


@tagged("post_install", "-at_install")
class TestUserBranch(BranchCase):
    """PF-USR-01: users carry their units."""

    def test_main_unit(self):
        user = self._create_user("t_two_units", self.south | self.north_county)
        self.assertEqual(user.branch_id, self.north_county)
        self.assertFalse(user.branch_is_centre)
        user.branch_ids = self.centre
        self.assertTrue(user.branch_is_centre)

    def test_contact_follows_user(self):
        """PF-SEC-02: a colleague's phone is the unit's."""
        user = self._create_user("t_moves", self.north)
        self.assertEqual(user.partner_id.branch_id, self.north)
        user.branch_ids = self.south
        self.assertEqual(user.partner_id.branch_id, self.south)
        self.north.user_ids = user
        self.assertEqual(user.partner_id.branch_id, self.north)

    def test_move_takes_effect_at_once(self):
        """PF-SEC-02: cached rules never outlive the units of a user."""
        user = self._create_user("t_cached", self.north)
        branches = self.env["lottery.branch"].with_user(user)
        self.assertIn(self.north, branches.search([]))
        user.branch_ids = self.south
        self.assertEqual(branches.search([]), self.south)
        self.north.user_ids = user
        self.assertIn(self.north_county, branches.search([]))

    def test_tree_changes_take_effect_at_once(self):
        """PF-SEC-02: new, moved and deleted units count from that moment on."""
        user = self._create_user("t_scope", self.north)
        contacts = self.env["res.partner"].with_user(user)
        contact = self.env["res.partner"].create(
            {"name": "Contact", "branch_id": self.south.id}
        )
        domain = [("id", "=", contact.id)]
        self.assertFalse(contacts.search(domain))
        county = self.env["lottery.branch"].create(
            {
                "name": "New",
                "code": "T-N",
                "kind": "county",
                "parent_id": self.north.id,
            }
        )
        contact.branch_id = county
        self.assertTrue(contacts.search(domain))
        county.parent_id = self.south
        self.assertFalse(contacts.search(domain))
        county.parent_id = self.north_county
        self.assertTrue(contacts.search(domain))

    def test_archived_unit_keeps_its_records_in_sight(self):
        user = self._create_user("t_archive", self.north)
        contact = self.env["res.partner"].create(
            {"name": "Contact", "branch_id": self.north_county.id}
        )
        self.north_county.action_archive()
        domain = [("id", "=", contact.id)]
        self.assertTrue(self.env["res.partner"].with_user(user).search(domain))

    def test_user_without_unit(self):
        """PF-SEC-02: no unit, no records but the common ones."""
        user = self._create_user("t_nowhere", self.env["lottery.branch"])
        contact = self.env["res.partner"].create(
            {"name": "Contact", "branch_id": self.centre.id}
        )
        common = self.env["res.partner"].create({"name": "Common"})
        found = (
            self.env["res.partner"]
            .with_user(user)
            .search([("id", "in", (contact | common).ids)])
        )
        self.assertEqual(found, common)
        self.assertFalse(self.env["lottery.branch"].with_user(user).search([]))

    def test_rule_uses_the_index(self):
        """PF-PERF-01: a unit's list reads its own rows, not everybody's."""
        user = self._create_user("t_plan", self.north)
        partners = self.env["res.partner"].with_user(user)
        query = partners._search([("branch_id", "!=", False)])
        sql = query.select().code
        self.assertNotIn("JOIN", sql)
        self.assertNotIn("parent_path", sql)

    def test_centre_pays_nothing(self):
        """PF-PERF-01: who sees every unit has no list of units in the query."""
        user = self._create_user("t_all", self.centre)
        query = self.env["res.partner"].with_user(user)._search([])
        self.assertNotIn("lottery_branch", query.select().code)

    def test_new_user_speaks_chinese(self):
        """Company set-up: zh_CN and Shanghai time without a word said."""
        user = self.env["res.users"].create({"name": "New", "login": "t_new"})
        self.assertEqual(user.lang, "zh_CN")
        self.assertEqual(user.tz, "Asia/Shanghai")
        company = self.env.ref("base.main_company")
        self.assertEqual(company.currency_id.name, "CNY")
        self.assertEqual(company.country_id.code, "CN")

    def test_contact_made_at_a_unit_is_the_units(self):
        north = self._create_user("t_north", self.north, "branch_admin")
        partner = (
            self.env["res.partner"].with_user(north).create({"name": "Driver North"})
        )
        self.assertEqual(partner.branch_id, self.north)
        address = (
            self.env["res.partner"]
            .with_user(north)
            .create({"name": "Garage", "parent_id": partner.id, "type": "other"})
        )
        self.assertEqual(address.branch_id, self.north)
        partner.sudo().branch_id = self.south
        self.assertEqual(address.sudo().branch_id, self.south)

    def test_roles_ready(self):
        """PF-USR-02: a role gives its group."""
        user = self._create_user("t_role", self.north)
        role = self.env.ref("lottery_base.res_users_role_order_desk")
        user.write({"role_line_ids": [(0, 0, {"role_id": role.id})]})
        self.assertTrue(user.has_group("lottery_base.group_order_desk"))
        self.assertTrue(user.has_group("base.group_user"))
        self.assertFalse(user.has_group("lottery_base.group_branch_admin"))
