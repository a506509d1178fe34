import base64
import io

from PIL import Image
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PHONE, OutletCase


@tagged("post_install", "-at_install")
class TestOutletFile(OutletCase):
    """OC-OUT-01: one file per outlet, kept by the unit's administrator."""

    def test_web_save_makes_a_file_with_shop_contact(self):
        """What the form saves also makes the delivery contact, of the same unit."""
        owner = self._create_owner(1)
        outlets = self.env["lottery.outlet"].with_user(self.admin_changji)
        saved = outlets.web_save(
            {
                "number": " 6501010001 ",
                "name": "红山路店",
                "kind": "dedicated",
                "branch_id": self.fukang.id,
                "owner_id": owner.id,
                "address": "红山路1号",
                "county": "阜康市",
            },
            {"display_name": {}, "state": {}, "owner_phone": {}, "partner_id": {}},
        )[0]
        self.assertEqual(saved["display_name"], "6501010001 红山路店")
        self.assertEqual(saved["state"], "prospect")
        self.assertEqual(saved["owner_phone"], PHONE % 1)
        contact = self.env["res.partner"].browse(saved["partner_id"])
        self.assertEqual(contact.branch_id, self.fukang)
        self.assertEqual(contact.street, "红山路1号")
        self.assertEqual(contact.country_id, self.env.ref("base.cn"))

    def test_shop_contact_follows_the_outlet(self):
        outlet = self._create_outlet(1)
        outlet.with_user(self.admin_changji).write(
            {"name": "新名店", "branch_id": self.fukang.id, "town": "九运街镇"}
        )
        self.assertEqual(outlet.partner_id.name, "6501000001 新名店")
        self.assertEqual(outlet.partner_id.branch_id, self.fukang)
        self.assertEqual(outlet.partner_id.street2, "九运街镇")

    def test_number_is_unique_and_well_formed(self):
        self._create_outlet(1)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self._create_outlet(1, owner=self._create_owner(2))
        with self.assert_refused(ValidationError, "12"):
            self._create_outlet(3, number="12")

    def test_delete_only_a_prospect_without_number(self):
        """Records keep a unit's history: an outlet that has a number is closed."""
        prospect = self._create_outlet(1, state="prospect", number=False)
        contact = prospect.partner_id
        prospect.with_user(self.admin_changji).unlink()
        self.assertFalse(contact.exists())
        numbered = self._create_outlet(2)
        with self.assertRaises(UserError):
            numbered.with_user(self.admin_changji).unlink()

    def test_specialist_belongs_to_the_line_of_units(self):
        outlet = self._create_outlet(1, branch=self.fukang)
        outlet.specialist_id = self.specialist  # of the prefecture above
        with self.assert_refused(ValidationError, "doesn't belong"):
            outlet.specialist_id = self.admin_kashi
        self.assertEqual(outlet.specialist_id, self.specialist)
        with self.assert_refused(ValidationError, "doesn't belong"):
            outlet.branch_id = self.kashi

    def test_unit_counts_its_outlets(self):
        self._create_outlet(1, branch=self.fukang)
        self._create_outlet(2)
        self._create_outlet(3, state="suspended")
        self._create_outlet(4, branch=self.kashi)
        unit = self.changji.with_user(self.admin_changji)
        self.assertEqual(unit.outlet_count, 2)
        action = unit.action_view_outlets()
        found = self.env[action["res_model"]].search_count(action["domain"])
        self.assertEqual(found, 3)

    def test_tag_of_another_unit_is_refused(self):
        """PF-TAG-01: a unit's tags mark its own outlets and those below."""
        outlet = self._create_outlet(1, branch=self.fukang)
        tags = self._create_tag("旗舰") | self._create_tag("县级", self.changji)
        outlet.lottery_tag_ids = tags
        self.assertEqual(outlet.lottery_tag_ids, tags)
        with self.assert_refused(UserError, "another unit"):
            outlet.lottery_tag_ids = self._create_tag("喀什", self.kashi)

    def test_outlets_are_tagged_by_rule(self):
        """PF-TAG-02: an outlet's tag set by a rule on its own fields."""
        side_line = self._create_outlet(1, kind="side_line")
        self._create_outlet(2)
        tag_set = self.env["lottery.tag.set"].create(
            {
                "name": "类型",
                "model": "lottery.outlet",
                "kind": "automatic",
                "branch_id": self.changji.id,
                "tag_ids": [
                    (
                        0,
                        0,
                        {"name": "兼营", "rule_domain": "[('kind', '=', 'side_line')]"},
                    )
                ],
            }
        )
        tag_set._run_retag()
        found = self.env["lottery.outlet"].search(
            [("lottery_tag_ids", "in", tag_set.tag_ids.ids)]
        )
        self.assertEqual(found, side_line)

    def test_papers_state_and_its_filters(self):
        """OC-OUT-01: licence and contract with expiry; the worse one counts."""
        day = self.env["lottery.outlet"]._get_papers_dates()[0]
        outlets = {
            "expired": self._create_outlet(1, licence_expiry=day.replace(year=2020)),
            "valid": self._create_outlet(2, contract_expiry=day.replace(year=2090)),
            "expiring": self._create_outlet(
                3, licence_expiry=day, contract_expiry=day.replace(year=2090)
            ),
            False: self._create_outlet(4),
        }
        everything = self.env["lottery.outlet"].concat(*outlets.values())
        for state, outlet in outlets.items():
            self.assertEqual(outlet.papers_state, state)
            found = everything.search(
                [("papers_state", "=", state), ("id", "in", everything.ids)]
            )
            self.assertEqual(found, outlet)

    def test_photo_is_kept_without_what_the_phone_adds(self):
        """PF-SEC-06: re-encoded, upright, no metadata; only pictures are taken."""
        exif = Image.Exif()
        exif[0x010F] = "phone maker"
        exif[0x0112] = 6  # to be turned by 90 degrees
        raw = io.BytesIO()
        Image.new("RGB", (40, 20), "red").save(raw, "JPEG", exif=exif)
        outlet = self._create_outlet(1)
        photos = self.env["lottery.outlet.photo"].with_user(self.specialist)
        photo = photos.create(
            {"outlet_id": outlet.id, "image_1920": base64.b64encode(raw.getvalue())}
        )
        kept = Image.open(io.BytesIO(base64.b64decode(photo.image_1920)))
        self.assertEqual((kept.format, kept.size), ("JPEG", (20, 40)))
        self.assertFalse(dict(kept.getexif()))
        self.assertTrue(outlet.image_256)
        svg = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
        for data in (svg, base64.b64encode(b"no picture"), False):
            with self.assert_refused(ValidationError, "Photo"):
                photos.create({"outlet_id": outlet.id, "image_1920": data})


@tagged("post_install", "-at_install")
class TestOutletLife(OutletCase):
    """States change through the gate only, with reason, date and journal."""

    def test_state_cannot_be_written(self):
        outlet = self._create_outlet(1, state="opening")
        with self.assertRaises(UserError):
            outlet.with_user(self.admin_changji).write({"state": "active"})
        with self.assertRaises(UserError):
            self.env["lottery.outlet"].with_user(self.admin_changji).create(
                {"name": "x", "state": "active"}
            )
        self.assertEqual(outlet.state, "opening")

    def test_way_of_an_outlet(self):
        outlet = self._create_outlet(1, state="prospect").with_user(self.admin_changji)
        outlet.action_start_recruiting()
        outlet.action_start_opening()
        outlet.action_activate()
        self.assertTrue(outlet.opened_on)
        outlet.action_suspend("装修")
        self.assertEqual((outlet.state, outlet.state_reason), ("suspended", "装修"))
        outlet.action_activate()
        outlet.action_close("退出")
        self.assertEqual(outlet.state, "closed")
        self.assertTrue(outlet.closed_on)
        with self.assert_refused(UserError, "Closed.*Active"):
            outlet.action_activate()

    def test_opening_needs_number_owner_and_mobile(self):
        without_owner = self._create_outlet(1, state="prospect")
        without_owner.owner_id = False
        with self.assert_refused(ValidationError, "needs an owner"):
            without_owner.action_start_opening()
        without_number = self._create_outlet(2, state="prospect", number=False)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            without_number.action_start_opening()
            without_number.flush_recordset()

    def test_specialist_cannot_change_state(self):
        outlet = self._create_outlet(1)
        with self.assertRaises(AccessError):
            outlet.with_user(self.specialist).action_close("x")

    def test_closing_is_refused_while_devices_stand_there(self):
        """A set is closed as a whole or not at all; the refusal names the devices."""
        outlets = self._create_outlet(1) | self._create_outlet(2)
        self.env["lottery.outlet.terminal"].create(
            {"number": "T-77", "outlet_id": outlets[1].id}
        )
        outlets = outlets.with_user(self.admin_changji)
        with self.assert_refused(UserError, "T-77"):
            outlets.action_close("退出")
        self.assertEqual(set(outlets.mapped("state")), {"active"})

    def test_reason_is_needed(self):
        outlet = self._create_outlet(1).with_user(self.admin_changji)
        for verb in (outlet.action_suspend, outlet.action_close, outlet.action_reopen):
            for reason in ("", "  ", False):
                with self.assert_refused(UserError, "Reason"):
                    verb(reason)

    def test_closing_wizard_shows_blockers_and_closes(self):
        outlet = self._create_outlet(1).with_user(self.admin_changji)
        device = self.env["lottery.outlet.terminal"].create(
            {"number": "T-78", "outlet_id": outlet.id}
        )
        context = outlet.action_ask_close()["context"]
        wizards = self.env["lottery.outlet.state.change"].with_user(self.admin_changji)
        wizard = wizards.with_context(**context).create({"reason": "退出"})
        self.assertIn("T-78", wizard.blockers)
        device.unlink()
        wizard = wizards.with_context(**context).create({"reason": "退出"})
        self.assertFalse(wizard.blockers)
        wizard.action_apply()
        self.assertEqual(outlet.state, "closed")

    def test_state_change_is_journaled(self):
        """PF-AUD-02: the journal tells from, to and why."""
        outlet = self._create_outlet(1)
        with self._capture_journal() as rows:
            outlet.action_suspend("整改")
        row = next(r for r in rows if r["event"] == "outlet.state")
        self.assertEqual(row["res_id"], outlet.id)
        self.assertEqual(
            row["values"], {"from": "active", "to": "suspended", "reason": "整改"}
        )
