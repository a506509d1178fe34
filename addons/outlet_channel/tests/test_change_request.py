from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import OutletCase


@tagged("post_install", "-at_install")
class TestOutletChange(OutletCase):
    """OC-LIF-03, PF-APR-04: an outlet's data change by request."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.head = cls._create_user("branch_head", cls.changji)
        cls.changji.head_id = cls.head
        cls.outlet = cls._create_outlet(1, opening_hours="9-18")
        cls.seller = cls._create_owner(2)

    def _propose(self, user, values):
        return (
            self.env["lottery.change.request"]
            .with_user(user)
            ._propose(self.outlet.with_user(user), values, "moved")
        )

    def test_specialist_asks_head_approves(self):
        """OC-LIF-03: the values land, and the shop contact follows the address."""
        request = self._propose(
            self.specialist,
            {
                "street": "松河路18号",
                "latitude": 44.1234564,
                "longitude": 87.3,
                "opening_hours": "10-20",
                "licence_expiry": "2030-01-31",
                "sales_person_ids": [self.seller.id],
            },
        )
        self.assertEqual(request.branch_id, self.changji)
        self.assertEqual(self.outlet.opening_hours, "9-18")
        request.with_user(self.head).action_approve()
        self.assertEqual(self.outlet.street, "松河路18号")
        self.assertEqual(self.outlet.latitude, 44.123456)
        self.assertEqual(str(self.outlet.licence_expiry), "2030-01-31")
        self.assertEqual(self.outlet.sales_person_ids, self.seller)
        self.assertEqual(self.outlet.partner_id.street, "松河路18号")

    def test_sibling_asks_nothing(self):
        with self.assertRaises(AccessError):
            self._propose(self.admin_kashi, {"street": "x"})
