from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import PHONE, OutletCase


@tagged("post_install", "-at_install")
class TestOwnerLogin(OutletCase):
    """IT-POR-01: the mobile number recorded on the outlet is the login."""

    def test_opening_makes_a_portal_user(self):
        prospect = self._create_outlet(1, state="prospect")
        self.assertFalse(prospect.user_id)
        prospect.action_start_opening()
        user = prospect.user_id
        self.assertEqual(user.login, PHONE % 1)
        self.assertTrue(user._is_portal())
        self.assertEqual((user.lang, user.tz), ("zh_CN", "Asia/Shanghai"))
        self.env.cr.execute("SELECT password FROM res_users WHERE id = %s", [user.id])
        self.assertFalse(self.env.cr.fetchone()[0])

    def test_one_person_several_outlets_one_user(self):
        owner = self._create_owner(1)
        outlets = self._create_outlet(1, owner=owner) | self._create_outlet(
            2, owner=owner
        )
        self.assertEqual(len(outlets.user_id), 1)
        outlets[0].action_close("退出")
        self.assertTrue(owner.user_ids.active)
        outlets[1].action_close("退出")
        user = owner.with_context(active_test=False).user_ids
        self.assertFalse(user.active)
        self.assertFalse(outlets.user_id)
        outlets[1].action_reopen("误关")
        self.assertTrue(user.active)
        self.assertEqual(outlets[1].user_id, user)

    def test_change_of_mobile_moves_the_login(self):
        outlet = self._create_outlet(1)
        user, owner = outlet.user_id, outlet.owner_id
        token = user._compute_session_token("s")
        owner.with_user(self.admin_changji).phone = "154 0000 9999"
        self.assertEqual(user.login, PHONE % 9999)
        self.assertEqual(outlet.owner_phone, PHONE % 9999)
        self.assertEqual(outlet.partner_id.phone, PHONE % 9999)
        self.env.registry.clear_cache()
        self.assertNotEqual(user._compute_session_token("s"), token)

    def test_mobile_must_be_one_and_free(self):
        outlet = self._create_outlet(1)
        with self.assert_refused(ValidationError, "0991-123"):
            outlet.owner_id.phone = "0991-123"
        other = self._create_outlet(2)
        with self.assert_refused(UserError, "another user"):
            other.owner_id.phone = PHONE % 1
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self._create_owner(1)
        self.assertEqual(outlet.user_id.login, PHONE % 1)

    def test_mobile_of_an_opened_outlet_stays_filled(self):
        outlet = self._create_outlet(1)
        with self.assert_refused(ValidationError, "Mobile"):
            outlet.owner_id.phone = False
        outlet.action_close("退出")
        outlet.owner_id.phone = False

    def test_any_mobile_is_kept_in_one_spelling(self):
        """PF-USR-01: searches find sales persons, too, however it was typed."""
        outlet = self._create_outlet(1).with_user(self.admin_changji)
        outlet.web_save(
            {"sales_person_ids": [(0, 0, {"name": "阿依", "phone": "154 0000-7002"})]},
            {"name": {}},
        )
        self.assertEqual(outlet.sales_person_ids.phone, PHONE % 7002)
        outlet.sales_person_ids.phone = "0994-2345678"
        self.assertEqual(outlet.sales_person_ids.phone, "0994-2345678")

    def test_login_of_a_colleague_is_not_taken(self):
        new_test_user(self.env, login=PHONE % 7)
        with self.assert_refused(UserError, "another user"):
            self._create_outlet(7)

    def test_staff_member_is_no_owner(self):
        colleague = self.specialist.partner_id
        colleague.write({"phone": PHONE % 8})
        with self.assert_refused(UserError, "staff member"):
            self._create_outlet(8, owner=colleague)

    def test_transfer_to_another_owner(self):
        outlet = self._create_outlet(1)
        before = outlet.user_id
        outlet.with_user(self.admin_changji).owner_id = self._create_owner(2)
        self.assertEqual(outlet.user_id.login, PHONE % 2)
        self.assertFalse(before.active)
        self.assertFalse(before.partner_id.is_outlet_owner)

    def test_owner_of_two_prefectures_belongs_to_the_unit_above(self):
        """PF-SEC-02: neither prefecture reads the contact, both see their outlet's
        owner on the outlet."""
        owner = self._create_owner(1)
        self._create_outlet(1, owner=owner)
        self.assertEqual(owner.branch_id, self.changji)
        other = self._create_outlet(2, branch=self.kashi, owner=owner)
        self.assertEqual(owner.branch_id, self.centre)
        for user in (self.admin_changji, self.admin_kashi):
            self.assertFalse(
                self.env["res.partner"].with_user(user).search([("id", "=", owner.id)])
            )
        seen = other.with_user(self.admin_kashi).web_read(
            {"owner_id": {"fields": {"display_name": {}}}, "owner_phone": {}}
        )[0]
        self.assertEqual(seen["owner_id"]["display_name"], owner.name)
        self.assertEqual(seen["owner_phone"], PHONE % 1)
        other.action_close("退出")
        self.assertTrue(owner.user_ids.active)

    def test_assign_finds_the_person_of_another_unit(self):
        owner = self._create_outlet(1).owner_id
        outlet = self._create_outlet(2, branch=self.kashi, state="prospect")
        wizards = self.env["lottery.outlet.owner.assign"].with_user(self.admin_kashi)
        wizard = wizards.create({"outlet_id": outlet.id, "phone": "15400000001"})
        self.assertEqual((wizard.is_known, wizard.name), (True, owner.name))
        wizard.action_assign()
        self.assertEqual(outlet.owner_id, owner)

    def test_assign_records_a_new_person(self):
        outlet = self._create_outlet(2, state="prospect")
        wizards = self.env["lottery.outlet.owner.assign"].with_user(self.admin_changji)
        wizards.create(
            {"outlet_id": outlet.id, "phone": "15400000055", "name": "古丽"}
        ).action_assign()
        self.assertEqual(outlet.owner_id.name, "古丽")
        self.assertEqual(outlet.owner_phone, PHONE % 55)
        self.assertEqual(outlet.owner_id.branch_id, self.changji)
        with self.assert_refused(ValidationError, "12345"):
            wizards.create(
                {"outlet_id": outlet.id, "phone": "12345", "name": "x"}
            ).action_assign()

    def test_owners_are_no_staff_of_the_unit(self):
        staff = self.changji.user_ids
        self._create_outlet(1)
        self.env.invalidate_all()
        self.assertEqual(self.changji.user_ids, staff)
        self.assertEqual(self.changji.user_count, len(staff))

    def test_portal_users_are_made_in_one_batch(self):
        """Cost per operation doesn't grow with the outlets: as many INSERTs for 30."""
        few = [self._create_outlet(i, state="prospect") for i in range(10, 13)]
        many = [self._create_outlet(i, state="prospect") for i in range(20, 50)]
        counts = []
        for group in (few, many):
            outlets = self.env["lottery.outlet"].concat(*group)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            outlets.action_start_opening()
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
            self.assertEqual(len(outlets.user_id), len(outlets))
        self.assertLess(counts[1] / len(many), counts[0] / len(few) / 3)
