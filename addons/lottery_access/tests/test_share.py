from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, TransactionCase, tagged
from odoo.tools import SQL, mute_logger

from .common import PARTNER, AccessFixture

SILENT = ("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")


class ShareFixture(AccessFixture):
    @classmethod
    def _set_up_share(cls):
        cls._set_up_access()
        cls.sharer_role = cls._create_role(
            "Sharer",
            "lottery_base.group_user",
            "base.group_partner_manager",
            "lottery_access.group_share",
        )
        cls.sharer = cls._create_person("t_sharer", cls.north, cls.sharer_role)
        cls.south_county = cls.env["lottery.branch"].create(
            {
                "name": "County South 1",
                "code": "T-South-1",
                "kind": "county",
                "parent_id": cls.south.id,
            }
        )
        cls.below = cls._create_person("t_below", cls.south_county, cls.keeper_role)


@tagged("post_install", "-at_install", "security")
class TestShare(ShareFixture, TransactionCase):
    """PF-SEC-03: one record shared with users or units, read or edit."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_share()

    def test_with_a_user_to_read(self):
        self.assertNotIn(self.contact, self._see(self.outsider))
        self._share(self.contact, self.outsider)
        self.assertEqual(self._see(self.outsider), self.contact + self.south_contact)
        foreign = self.contact.with_user(self.outsider)
        self.assertEqual(foreign.name, self.contact.name)
        self.assertTrue(foreign.has_access("read"))
        for operation in ("write", "unlink"):
            self.assertFalse(foreign.has_access(operation))
        self.assertNotIn(self.contact, self._see(self.below), "named was one user")

    def test_with_a_unit_and_all_below(self):
        self._share(self.contact, branches=self.south, access="edit")
        for user in (self.outsider, self.below):
            foreign = self.contact.with_user(user)
            self.assertIn(self.contact, self._see(user))
            foreign.write({"comment": f"by {user.login}"})
            self.assertFalse(foreign.has_access("unlink"))
        self.assertIn("t_below", self.contact.comment)

    def test_with_a_unit_below_not_above(self):
        self._share(self.contact, branches=self.south_county)
        self.assertIn(self.contact, self._see(self.below))
        self.assertNotIn(self.contact, self._see(self.outsider))

    def test_user_who_comes_to_the_unit(self):
        self._share(self.contact, branches=self.south)
        newcomer = self._create_person("t_newcomer", self.south, self.keeper_role)
        self.assertIn(self.contact, self._see(newcomer))
        newcomer.branch_ids = self.north_county
        self.assertNotIn(self.contact, self._see(newcomer))

    def test_end(self):
        """A share ends by itself: nothing has to run."""
        soon = fields.Datetime.now() + timedelta(hours=1)
        share = self._share(self.contact, self.outsider, expires_at=soon)
        self.assertIn(self.contact, self._see(self.outsider))
        self._let_end(share)
        self.assertNotIn(self.contact, self._see(self.outsider))
        self.assertFalse(self.contact.with_user(self.outsider).has_access("read"))
        with self.assertRaisesRegex(ValidationError, "past"):
            past = fields.Datetime.now() - timedelta(hours=1)
            self._share(self.contact, self.outsider, expires_at=past)

    def _let_end(self, share):
        self.env.cr.execute(
            "UPDATE lottery_access_share SET expires_at = now() - interval '1 hour'"
            " WHERE id = %s",
            [share.id],
        )
        self._begin()

    def test_revoked(self):
        share = self._share(self.contact, self.outsider)
        share.with_user(self.sharer).action_revoke()
        self.assertNotIn(self.contact, self._see(self.outsider))

    def test_shared_again_has_the_new_terms(self):
        first = self._share(self.contact, self.outsider)
        second = self._share(self.contact, self.outsider, access="edit")
        self.assertEqual(first, second)
        self.assertTrue(self.contact.with_user(self.outsider).has_access("write"))

    def test_dies_with_the_record(self):
        record = self._create_contact(self.north)
        self._share(record, self.outsider)
        domain = [("model", "=", PARTNER), ("res_id", "=", record.id)]
        self.assertTrue(self.env["lottery.access.share"].search(domain))
        record.with_user(self.sharer).unlink()
        self.assertFalse(self.env["lottery.access.share"].search(domain))

    def test_record_deleted_in_sql(self):
        record = self._create_contact(self.north)
        share = self._share(record, self.outsider)
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM res_partner WHERE id = %s", [record.id])
        self.env.invalidate_all()
        self.env["lottery.access.share"]._gc_shares()
        self.assertFalse(share.exists())

    def test_chatter_and_files_follow(self):
        message = self.contact.message_post(body="secret")
        file = self.env["ir.attachment"].create(
            {
                "name": "a.txt",
                "raw": b"a",
                "res_model": PARTNER,
                "res_id": self.contact.id,
            }
        )
        for shared in (False, True):
            if shared:
                self._share(self.contact, self.outsider)
            for record in (message, file):
                found = record.with_user(self.outsider).search([("id", "=", record.id)])
                self.assertEqual(bool(found), shared)

    def test_statistics_and_names(self):
        self._share(self.contact, self.outsider)
        partners = self.env[PARTNER].with_user(self.outsider)
        domain = [("id", "in", self.contacts.ids)]
        counts = partners._read_group(domain, ["branch_id"], ["__count"])
        self.assertEqual(
            {branch.id: count for branch, count in counts},
            {self.north.id: 1, self.south.id: 1},
        )
        found = partners.name_search("Contact of Prefecture North")
        self.assertEqual([pair[0] for pair in found], self.contact.ids)

    def test_own_scope_and_share(self):
        self._set(self.keeper_role, scope="own")
        self.assertNotIn(self.contact, self._see(self.keeper))
        self._share(self.contact, self.keeper)
        self.assertEqual(self._see(self.keeper), self.contact + self.own_contact)

    def test_share_gives_no_operation(self):
        """A share opens the record; the role must have the operation."""
        reader = self._create_person("t_share_reader", self.south, self.reader_role)
        self._share(self.contact, reader, access="edit")
        self.assertFalse(self.contact.with_user(reader).has_access("write"))
        self.assertTrue(self.contact.with_user(reader).has_access("read"))

    def test_others_pay_nothing(self):
        """Where nothing of a model is shared the rule is the code's."""
        rules = self.env["ir.rule"].with_user(self.outsider)
        before = rules._compute_domain("lottery.branch")
        self._share(self.contact, self.outsider)
        self.assertEqual(rules._compute_domain("lottery.branch"), before)

    def test_plan_uses_the_indexes(self):
        """Shared records are found by their numbers, beside the units (decision 002)."""
        self._set(self.keeper_role, scope="own")
        self._share(self.contact, self.outsider)
        query = self.env[PARTNER].with_user(self.outsider)._search([])
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute(SQL("EXPLAIN %s", query.select()))
        plan = "\n".join(row[0] for row in self.env.cr.fetchall())
        self.assertIn("BitmapOr", plan)
        self.assertIn("Bitmap Index Scan on res_partner_pkey", plan)
        self.assertNotIn("SubPlan", plan)


@tagged("post_install", "-at_install", "security")
class TestShareWizard(ShareFixture, TransactionCase):
    """PF-SEC-03: the screen from which records are shared."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_share()

    def _open(self, user, records):
        wizards = self.env["lottery.access.share.wizard"].with_user(user)
        return wizards.with_context(active_model=PARTNER, active_ids=records.ids)

    def test_several_records_at_once(self):
        records = self.contact + self.own_contact
        form = Form(self._open(self.sharer, records))
        self.assertIn(self.contact.display_name, form.record_names)
        form.branch_ids.add(self.sharer.branch_ids)
        form.access = "edit"
        form.reason = "Joint visit"
        form.save().action_share()
        shares = self.env["lottery.access.share"].search(
            [("res_id", "in", records.ids), ("model", "=", PARTNER)]
        )
        self.assertEqual(len(shares), 2)
        self.assertEqual(set(shares.mapped("access")), {"edit"})
        self.assertEqual(shares.shared_by_id, self.sharer)
        again = self._open(self.sharer, records).create({})
        self.assertEqual(again.share_ids.sudo(), shares)

    def test_across_units(self):
        """Units do not see each other; who knows a colleague's log-in can name them."""
        form = Form(self._open(self.sharer, self.contact))
        form.elsewhere = f"t_outsider，{self.south_county.code}"
        form.save().action_share()
        for user in (self.outsider, self.below):
            self.assertIn(self.contact, self._see(user))
        form = Form(self._open(self.sharer, self.contact))
        form.elsewhere = "T-Sou"
        with self.assertRaisesRegex(ValidationError, "T-Sou"):
            form.save().action_share()

    def test_offered_in_the_menu_of_records(self):
        actions = self.env["ir.actions.actions"]
        share_id = self.env.ref("lottery_access.lottery_access_share_wizard_action").id
        for user, offered in ((self.sharer, True), (self.keeper, False)):
            bindings = actions.with_user(user).get_bindings(PARTNER)
            ids = [action["id"] for action in bindings.get("action", [])]
            self.assertEqual(share_id in ids, offered)

    def test_warning(self):
        self._set(self.keeper_role, read_right="deny")
        wizard = self._open(self.admin, self.contact).create({})
        wizard.user_ids = self.outsider
        self.assertIn(self.outsider.name, wizard.warning)

    def test_nothing_selected(self):
        wizards = self.env["lottery.access.share.wizard"].with_user(self.sharer)
        with self.assertRaises(UserError):
            wizards.create({})


@tagged("post_install", "-at_install", "security")
class TestShareEscalation(ShareFixture, TransactionCase):
    """PF-SEC-03: nobody gets more by sharing than they have."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_share()

    def _try(self, user, record, **values):
        return self._share(record, self.outsider, by=user, **values)

    def test_only_what_one_may_change(self):
        self._set(self.sharer_role, scope_change="own")
        with self.assertRaisesRegex(AccessError, "may change yourself"):
            self._try(self.sharer, self.contact)

    def test_not_what_one_does_not_see(self):
        with mute_logger(*SILENT), self.assertRaises(AccessError):
            self._try(self.sharer, self.south_contact)

    def test_right_to_share_is_needed(self):
        with self.assertRaisesRegex(AccessError, "sharing"):
            self._try(self.keeper, self.contact)
        self._set(self.keeper_role, share_right="allow")
        self.assertTrue(self._try(self.keeper, self.contact))
        self._set(self.sharer_role, share_right="deny")
        with self.assertRaisesRegex(AccessError, "sharing"):
            self._try(self.sharer, self.contact)

    def test_shared_is_not_shared_on(self):
        """Nor longer to oneself: who was given an end cannot take it away."""
        south_sharer = self._create_person("t_s2", self.south, self.sharer_role)
        soon = fields.Datetime.now() + timedelta(hours=1)
        self._share(self.contact, south_sharer, access="edit", expires_at=soon)
        foreign = self.contact.with_user(south_sharer)
        self.assertTrue(foreign.has_access("write"))
        for recipient in (self.below, south_sharer):
            with self.assertRaisesRegex(AccessError, "shared with you"):
                self.env["lottery.access.share"].with_user(south_sharer)._share(
                    foreign, recipient, self.env["lottery.branch"], "edit"
                )

    def test_shared_is_not_taken_over(self):
        """Neither by becoming its owner nor by moving it to the own unit."""
        self._share(self.contact, self.outsider, access="edit")
        foreign = self.contact.with_user(self.outsider)
        for values in ({"user_id": self.outsider.id}, {"branch_id": self.south.id}):
            with self.assertRaisesRegex(AccessError, "shared with you"):
                foreign.write(values)
        foreign.write({"comment": "fine"})
        self.contact.with_user(self.sharer).write({"user_id": self.sharer.id})

    def test_rows_are_closed(self):
        """Over RPC nobody writes a share, whoever they are."""
        share = self._share(self.contact, self.outsider)
        values = {"model": PARTNER, "res_id": self.south_contact.id}
        for user in (self.sharer, self.outsider, self.admin):
            shares = self.env["lottery.access.share"].with_user(user)
            with mute_logger(*SILENT):
                with self.assertRaises(AccessError):
                    shares.create({**values, "user_id": user.id})
                with self.assertRaises(AccessError):
                    share.with_user(user).write({"access": "edit", "expires_at": False})
                with self.assertRaises(AccessError):
                    share.with_user(user).unlink()

    def test_others_shares_are_not_ended(self):
        share = self._share(self.contact, self.below)
        with mute_logger(*SILENT), self.assertRaises(AccessError):
            share.with_user(self.outsider).action_revoke()
        own = self._share(self.contact, self.outsider)
        with mute_logger(*SILENT), self.assertRaises(AccessError):
            own.with_user(self.outsider).action_revoke()
        share.with_user(self.admin).action_revoke()
        self.assertFalse(share.exists())

    def test_crafted_wizard(self):
        """The ids of a wizard come from outside: each is asked about again."""
        wizard = (
            self.env["lottery.access.share.wizard"]
            .with_user(self.sharer)
            .with_context(active_model=PARTNER, active_ids=self.contact.ids)
            .create({"user_ids": self.outsider.ids})
        )
        wizard.record_ids = [self.south_contact.id]
        with mute_logger(*SILENT), self.assertRaises(AccessError):
            wizard.action_share()
        wizard.write({"model": "res.users", "record_ids": [self.admin.id]})
        with mute_logger(*SILENT), self.assertRaises(UserError):
            wizard.action_share()

    def test_not_with_the_portal(self):
        portal = self.env["res.users"].create(
            {
                "name": "Owner",
                "login": "t_share_portal",
                "group_ids": self.env.ref("base.group_portal").ids,
            }
        )
        with self.assertRaisesRegex(ValidationError, "back office"):
            self._share(self.contact, portal)

    def test_list_shows_own_shares_only(self):
        share = self._share(self.contact, self.outsider)
        for user, seen in (
            (self.sharer, True),
            (self.outsider, True),
            (self.admin, True),
            (self.below, False),
            (self.colleague, False),
        ):
            shares = self.env["lottery.access.share"].with_user(user)
            self.assertEqual(bool(shares.search([("id", "=", share.id)])), seen)
