import os
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger

from odoo.addons.outlet_channel.engine import sealing

from .common import TEST_KEY, OutletCase

CARD = "11010519491231002X"  # the sample number of the standard


@tagged("post_install", "-at_install")
class TestSealing(BaseCase):
    def setUp(self):
        super().setUp()
        self.startPatcher(patch.dict(os.environ, {sealing.KEY_NAME: TEST_KEY}))

    def test_round_trip_and_purpose(self):
        sealed = sealing.seal(CARD, "a")
        self.assertNotIn(CARD, sealed)
        self.assertNotEqual(sealed, sealing.seal(CARD, "a"))
        self.assertEqual(sealing.unseal(sealed, "a"), CARD)
        with self.assertRaises(sealing.SealBroken):
            sealing.unseal(sealed, "b")

    def test_altered_or_foreign(self):
        sealed = sealing.seal(CARD, "a")
        for broken in (sealed[:-4] + "AAAA", "v2:" + sealed[3:], "v1:%%", "", "v1:"):
            with self.assertRaises(sealing.SealBroken):
                sealing.unseal(broken, "a")
        with (
            patch.dict(os.environ, {sealing.KEY_NAME: "22" * 32}),
            self.assertRaises(sealing.SealBroken),
        ):
            sealing.unseal(sealed, "a")

    def test_without_key_nothing_is_sealed(self):
        for key in ("", "abc", "11" * 16):
            with (
                patch.dict(os.environ, {sealing.KEY_NAME: key}),
                self.assertRaises(sealing.KeyMissing),
            ):
                sealing.seal(CARD, "a")

    def test_digest_depends_on_key_and_purpose(self):
        first = sealing.digest(CARD, "a")
        self.assertEqual(first, sealing.digest(CARD, "a"))
        self.assertNotEqual(first, sealing.digest(CARD, "b"))
        with patch.dict(os.environ, {sealing.KEY_NAME: "22" * 32}):
            self.assertNotEqual(first, sealing.digest(CARD, "a"))


@tagged("post_install", "-at_install", "security")
class TestIdentityNumbers(OutletCase):
    """OC-OUT-01: ID-card number encrypted and masked."""

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.dict(os.environ, {sealing.KEY_NAME: TEST_KEY}))
        self.owner = self._create_owner(1, id_card_number=CARD.lower())

    def _column(self, record, name):
        self.env.flush_all()
        self.env.cr.execute(
            f"SELECT {name} FROM {record._table} WHERE id = %s", [record.id]
        )
        return self.env.cr.fetchone()[0]

    def test_stored_sealed_shown_masked(self):
        self.assertEqual(self.owner.id_card_number, "110***********002X")
        sealed = self._column(self.owner, "id_card_number_sealed")
        self.assertNotIn(CARD, sealed)
        self.assertEqual(self.owner._unseal_number("id_card_number"), CARD)
        self.env.cr.execute(
            "SELECT count(*) FROM res_partner p WHERE p::text LIKE %s", [f"%{CARD}%"]
        )
        self.assertEqual(self.env.cr.fetchone()[0], 0)

    def test_form_saves_the_mask_back_unharmed(self):
        sealed = self._column(self.owner, "id_card_number_sealed")
        self.owner.with_user(self.admin_changji).web_save(
            {"name": "新名", "id_card_number": self.owner.id_card_number}, {"name": {}}
        )
        self.assertEqual(self._column(self.owner, "id_card_number_sealed"), sealed)

    def test_invalid_is_refused_and_empty_clears(self):
        owner = self.owner.with_user(self.admin_changji)
        with self.assert_refused(ValidationError, "ID Card"):
            owner.id_card_number = "110105194912310021"
        self.assertEqual(owner._unseal_number("id_card_number"), CARD)
        owner.id_card_number = False
        self.assertFalse(self._column(self.owner, "id_card_number_digest"))

    def test_one_card_one_person(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self._create_owner(2, id_card_number=CARD)

    def test_found_by_the_whole_number_only(self):
        partners = self.env["res.partner"].with_user(self.admin_changji)
        self.assertEqual(partners.search([("id_card_number", "=", CARD)]), self.owner)
        self.assertFalse(partners.search([("id_card_number", "ilike", CARD[:10])]))
        others = partners.with_user(self.admin_kashi)
        self.assertFalse(others.search([("id_card_number", "=", CARD)]))

    def test_sealed_columns_are_closed(self):
        """Not even an administrator reads or copies them over RPC."""
        owner = self.owner.with_user(self.env.ref("base.user_admin"))
        for name in ("id_card_number_sealed", "id_card_number_digest"):
            with self.assertRaises(AccessError):
                owner.read([name])
            with self.assertRaises(AccessError):
                owner.search([(name, "!=", False)])
            with self.assertRaises(AccessError):
                owner.export_data([name])

    def test_without_key_a_clear_refusal(self):
        with (
            patch.dict(os.environ, {sealing.KEY_NAME: ""}),
            self.assert_refused(UserError, sealing.KEY_NAME),
        ):
            self._create_owner(3, id_card_number=CARD)

    def test_reading_in_full_leaves_a_trail(self):
        wizards = self.env["lottery.person.reveal"].with_user(self.admin_changji)
        wizard = wizards.create({"partner_id": self.owner.id, "reason": "续签"})
        with self._capture_journal() as rows:
            action = wizard.action_reveal()
        self.assertEqual(action["params"]["message"], CARD)
        row = next(r for r in rows if r["event"] == "person.number_read")
        self.assertEqual(row["values"], {"field": "id_card_number", "reason": "续签"})
        self.assertNotIn(CARD, str(rows))

    def test_other_roles_and_units_are_refused(self):
        values = {"partner_id": self.owner.id, "reason": "x"}
        for role in (self.desk, self.specialist):
            with self.assertRaises(AccessError):
                self.env["lottery.person.reveal"].with_user(role).create(values)
        wizard = self.env["lottery.person.reveal"].create(values)
        with self.assertRaises(AccessError):
            wizard.with_user(self.desk).action_reveal()
        sibling = self.env["lottery.person.reveal"].with_user(self.admin_kashi)
        with self.assertRaises(AccessError):
            sibling.create(values).action_reveal()

    def test_commission_card_of_the_outlet(self):
        outlet = self._create_outlet(9).with_user(self.admin_changji)
        outlet.commission_card = "6217 0000 1234 5678 901"
        self.assertEqual(outlet.commission_card, "***************8901")
        self.assertEqual(
            outlet._unseal_number("commission_card"), "6217000012345678901"
        )
        with self.assert_refused(ValidationError, "Commission Card"):
            outlet.commission_card = "123"
