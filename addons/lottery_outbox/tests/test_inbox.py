from odoo.tests import tagged

from .common import OutboxCase


@tagged("post_install", "-at_install")
class TestInbox(OutboxCase):
    """PF-INT-01: inbound events are de-duplicated by key."""

    def test_once_for_each_source(self):
        inbox = self.env["lottery.inbox"]
        self.assertTrue(inbox._accept("sms", "receipt-1", {"state": "delivered"}))
        self.assertFalse(inbox._accept("sms", "receipt-1", {"state": "delivered"}))
        self.assertTrue(inbox._accept("courier", "receipt-1", {}))
        event = inbox.search([("source", "=", "sms"), ("key", "=", "receipt-1")])
        self.assertEqual(event.payload, {"state": "delivered"})
        self.assertEqual(event.repeats, 1)

    def test_other_content_under_the_same_key(self):
        """PF-INT-01: the first content counts; that another one came is seen."""
        inbox = self.env["lottery.inbox"]
        inbox._accept("sms", "receipt-3", {"state": "delivered", "code": 1})
        inbox._accept("sms", "receipt-3", {"code": 1, "state": "delivered"})
        event = inbox.search([("source", "=", "sms"), ("key", "=", "receipt-3")])
        self.assertEqual((event.repeats, event.differs), (1, False))
        self.assertFalse(inbox._accept("sms", "receipt-3", {"state": "failed"}))
        inbox._accept("sms", "receipt-3", {"state": "delivered", "code": 1})
        self.assertEqual((event.repeats, event.differs), (3, True))
        self.assertEqual(event.payload, {"state": "delivered", "code": 1})
        leader = self._create_user("inbox_leader", self.centre, "centre_leader")
        found = inbox.with_user(leader).search([("differs", "=", True)])
        self.assertIn(event, found)

    def test_forgotten_when_the_work_is_rolled_back(self):
        inbox = self.env["lottery.inbox"]
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            inbox._accept("sms", "receipt-2", {})
            raise ZeroDivisionError
        self.assertTrue(inbox._accept("sms", "receipt-2", {}))
