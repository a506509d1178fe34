import json

from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from .common import PARTNER
from .test_share import ShareFixture


@tagged("post_install", "-at_install")
class TestPermissionJournal(ShareFixture, TransactionCase):
    """PF-AUD-02: changes of permissions cannot be denied afterwards."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_share()

    def _read(self, change):
        """Return ``[(event, values)]`` of what ``change`` put into the journal.

        What `lottery_journal` says of users by itself is its own tests' business.
        """
        journal = self.env["lottery.journal"]
        last = journal.search([], limit=1).id
        change()
        self.env.flush_all()
        entries = journal.search([("id", ">", last)], order="id")
        return [
            (entry.event, json.loads(entry.body))
            for entry in entries
            if entry.event != "role.switched"
        ]

    def test_settings(self):
        [(event, values)] = self._read(
            lambda: self._set(self.keeper_role, write_right="deny", scope="own")
        )
        self.assertEqual(event, "permission.operation_changed")
        self.assertEqual(values["before"]["see"], "")
        self.assertEqual(values["after"]["see"], "own")
        self.assertEqual(values["after"]["write"], "deny")
        self.assertEqual(values["after"]["role"], "Contact Keeper")
        [(event, _values)] = self._read(lambda: self._set_default("private"))
        self.assertEqual(event, "permission.default_changed")
        menu = self.keeper_role.access_menu_ids[0]
        [(event, values)] = self._read(lambda: menu.write({"menu_right": "deny"}))
        self.assertEqual(event, "permission.menu_changed")
        self.assertEqual(values["after"]["visible"], "deny")

    def test_nothing_changed_nothing_written(self):
        self.assertFalse(self._read(lambda: self._set(self.keeper_role, scope=False)))

    def test_role_given_and_taken(self):
        lines = [Command.create({"role_id": self.sharer_role.id})]
        entries = self._read(lambda: self.keeper.write({"role_line_ids": lines}))
        self.assertEqual(
            [event for event, _values in entries],
            ["permission.role_assigned", "permission.user_groups_changed"],
        )
        self.assertEqual(entries[0][1]["user"], "t_keeper")
        self.assertIn("Sharer", entries[1][1]["given"])
        line = self.keeper.role_line_ids.filtered(
            lambda line: line.role_id == self.sharer_role
        )
        entries = self._read(line.unlink)
        self.assertEqual(
            [event for event, _values in entries],
            ["permission.role_withdrawn", "permission.user_groups_changed"],
        )
        self.assertIn("Sharer", entries[1][1]["taken"])

    def test_groups_by_every_door(self):
        plain = self._create_user("t_journal_plain", self.north)
        group = self.env.ref("lottery_base.group_order_desk")
        doors = [
            lambda: plain.write({"group_ids": [Command.link(group.id)]}),
            lambda: group.write({"user_ids": [Command.unlink(plain.id)]}),
        ]
        for door, key in zip(doors, ("given", "taken"), strict=True):
            entries = dict(self._read(door))
            values = entries["permission.user_groups_changed"]
            self.assertEqual(values["login"], "t_journal_plain")
            self.assertIn(group.full_name, values[key])

    def test_role_in_use_is_no_change(self):
        """Whoever works in one of their roles for a while was given nothing."""
        second = self._create_role("J Second", "lottery_base.group_user")
        self.keeper.write({"role_line_ids": [Command.create({"role_id": second.id})]})
        entries = self._read(lambda: self.keeper._switch_role(second))
        self.assertNotIn(self.keeper_role.group_id, self.keeper.all_group_ids)
        self.assertNotIn(
            "permission.user_groups_changed", [event for event, _values in entries]
        )

    def test_new_user(self):
        entries = self._read(lambda: self._create_user("t_journal_new", self.north))
        [values] = [
            values
            for event, values in entries
            if event == "permission.user_groups_changed"
        ]
        self.assertEqual(values["login"], "t_journal_new")

    def test_role_itself(self):
        extra = self.env.ref("base.group_partner_manager")
        entries = self._read(
            lambda: self.reader_role.write({"implied_ids": [Command.link(extra.id)]})
        )
        events = [event for event, _values in entries]
        self.assertIn("permission.role_changed", events)
        self.assertIn("permission.group_changed", events)
        created = self._read(lambda: self._create_role("J", "lottery_base.group_user"))
        self.assertIn("permission.role_created", [event for event, _v in created])
        role = self.env["res.users.role"].search([("name", "=", "J")])
        deleted = self._read(role.unlink)
        self.assertIn("permission.role_deleted", [event for event, _v in deleted])

    def test_lines_of_the_code(self):
        group = self.env.ref("lottery_base.group_driver")
        self._check_life(
            "line",
            "ir.model.access",
            {"group_id": group.id, "perm_read": True},
            {"perm_write": True},
        )

    def test_rules_of_the_code(self):
        group = self.env.ref("lottery_base.group_driver")
        self._check_life(
            "rule",
            "ir.rule",
            {"groups": group.ids, "domain_force": "[(1, '=', 1)]"},
            {"perm_write": False},
        )

    def _check_life(self, kind, model, values, change):
        partners = self.env["ir.model"]._get(PARTNER)
        values = {"name": "t_journal", "model_id": partners.id, **values}
        made = self.env[model].browse()

        def create():
            nonlocal made
            made = self.env[model].create(values)

        for step, act in (
            ("created", create),
            ("changed", lambda: made.write(change)),
            ("deleted", lambda: made.unlink()),
        ):
            events = [event for event, _values in self._read(act)]
            self.assertEqual(events, [f"permission.{kind}_{step}"])

    def test_shares(self):
        entries = self._read(
            lambda: self._share(self.contact, self.outsider, reason="Visit")
        )
        [(event, values)] = entries
        self.assertEqual(event, "permission.shared")
        self.assertEqual(values["with"], self.outsider.name)
        self.assertEqual(values["reason"], "Visit")
        entry = self.env["lottery.journal"].search([], limit=1)
        self.assertEqual(entry.branch_id, self.north)
        self.assertEqual((entry.model, entry.res_id), (PARTNER, self.contact.id))
        self.assertEqual(entry.user_id, self.sharer)
        share = self.env["lottery.access.share"].search([], limit=1)
        [(event, _values)] = self._read(share.with_user(self.sharer).action_revoke)
        self.assertEqual(event, "permission.unshared")

    def test_every_event_has_a_name(self):
        names = self.env["lottery.journal"]._get_event_names()
        events = [name for name in names if name.startswith("permission.")]
        self.assertGreaterEqual(len(events), 21)
