from odoo.tests import tagged
from odoo.tools import SQL

from .common import CHANNEL, OutboxCase


@tagged("post_install", "-at_install")
class TestEnqueue(OutboxCase):
    """PF-INT-01: intent is stored in the business transaction."""

    def test_one_statement(self):
        """It stands on the path of each order: one INSERT and nothing else."""
        self.enqueue("warm")
        with self.assertQueryCount(1):
            self.outbox._enqueue(CHANNEL, "test", {"packs": 3}, key="one")

    def test_key_is_used_once(self):
        first = self.enqueue("same", {"packs": 1})
        second = self.enqueue("same", {"packs": 2})
        self.assertEqual(first, second)
        self.assertEqual(first.payload, {"packs": 1})
        self.drain()
        self.assertEqual(self.effects("same"), 1)

    def test_unit_and_record(self):
        by_record = self.enqueue("record", record=self.north)
        self.assertEqual(by_record.model, "lottery.branch")
        self.assertEqual(by_record.res_id, self.north.id)
        contact = self.env["res.partner"].create(
            {"name": "Contact", "branch_id": self.north.id}
        )
        self.assertEqual(self.enqueue("contact", record=contact).branch_id, self.north)
        pair = self.enqueue(
            "pair", record=("res.partner", contact.id), branch_id=self.south.id
        )
        self.assertEqual((pair.res_id, pair.branch_id), (contact.id, self.south))

    def test_delay(self):
        item = self.enqueue("later", delay=600)
        self.assertEqual(self.drain(), 0)
        self.assertAlmostEqual(self.seconds_until_due(item), 600, delta=30)

    def test_unknown_channel_is_the_callers_mistake(self):
        with self.assertRaises(ValueError):
            self.outbox._enqueue("nowhere", "test", {}, key="x")

    def test_payload_that_is_no_json_fails_the_caller(self):
        with self.assertRaises(TypeError):
            self.enqueue("bad", {"what": object()})

    def test_many_in_one_statement(self):
        """A repeated key is not written again; all are sent."""
        self.enqueue("many-1")
        key = self.outbox.search([("key", "like", "many-1")]).key
        source = SQL(
            """SELECT CASE n WHEN 1 THEN %s ELSE 'many-' || n END,
                jsonb_build_object('n', n), 'lottery.branch', %s, %s
            FROM generate_series(1, 3) n""",
            key,
            self.north.id,
            self.north.id,
        )
        before = self.env.cr.sql_log_count
        self.assertEqual(self.outbox._enqueue_all(CHANNEL, "test", source), 2)
        self.assertEqual(self.env.cr.sql_log_count - before, 1)
        items = self.outbox.search([("key", "in", ("many-2", "many-3"))])
        self.assertEqual(items.branch_id, self.north)
        self.assertEqual([item.payload["n"] for item in items.sorted("key")], [2, 3])
        self.assertEqual(self.drain(), 3)
        with self.assertRaises(ValueError):
            self.outbox._enqueue_all("nowhere", "test", source)
