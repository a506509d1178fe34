from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import OutboxCase


@tagged("post_install", "-at_install", "security")
class TestSecurity(OutboxCase):
    """PF-SEC-02: messages follow their unit; nobody writes them by hand."""

    def setUp(self):
        super().setUp()
        self.item = self.enqueue("north", {"packs": 1}, branch_id=self.north.id)
        self.drain()

    def test_units(self):
        near = self._create_user("sec_near", self.north, "integrator")
        far = self._create_user("sec_far", self.south, "centre_leader")
        centre = self._create_user("sec_centre", self.centre, "centre_leader")
        common = self.enqueue("common")
        for user, seen in ((near, 1), (far, 0), (centre, 1)):
            outbox = self.outbox.with_user(user)
            self.assertEqual(
                outbox.search_count([("id", "=", self.item.id)]), seen, user.login
            )
            self.assertEqual(
                self.env["lottery.outbox.attempt"]
                .with_user(user)
                .search_count([("outbox_id", "=", self.item.id)]),
                seen,
            )
        self.assertFalse(self.outbox.with_user(near).search([("id", "=", common.id)]))
        self.assertTrue(self.outbox.with_user(centre).search([("id", "=", common.id)]))

    def test_content_is_for_the_centre(self):
        near = self._create_user("sec_near", self.north, "integrator")
        with self.assertRaises(AccessError):
            self.item.with_user(near).read(["payload"])

    def test_nobody_writes(self):
        admin = self._create_user("sec_admin", self.centre, "admin")
        item = self.item.with_user(admin)
        with self.assertRaises(AccessError):
            item.write({"error": "x"})
        with self.assertRaises(AccessError):
            item.unlink()
        with self.assertRaises(AccessError):
            self.outbox.with_user(admin).create(
                {"channel": "fake", "kind": "x", "key": "y"}
            )
        with self.assertRaises(UserError):
            self.item.write({"state": "pending"})

    def test_staff_without_a_part_in_it(self):
        keeper = self._create_user("sec_keeper", self.north, "warehouse_keeper")
        for model in ("lottery.outbox", "lottery.outbox.circuit", "lottery.inbox"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(keeper).search([])
