from odoo.tests import tagged

from ..engine.circuit import THRESHOLD
from ..engine.errors import TransientError
from .common import CHANNEL, REMOTE, OutboxCase


@tagged("post_install", "-at_install")
class TestMetrics(OutboxCase):
    """PF-OPS-03: depth of the outbox by channel and state, interrupted channels."""

    def _figures(self):
        return {
            (sample.name, *sorted(sample.labels.values())): sample.value
            for family in self.env["lottery.metrics"]._get_metrics()
            for sample in family.samples
        }

    def test_depth_by_channel_and_state(self):
        for number in range(3):
            self.enqueue(f"waits-{number}")
        self.env.flush_all()
        key = "lottery_outbox_messages", CHANNEL, "pending"
        self.assertEqual(self._figures()[key], 3)
        self.drain()
        self.assertNotIn(key, self._figures())

    def test_interrupted_channel(self):
        key = "lottery_outbox_circuit_open", CHANNEL
        self.enqueue("first")
        self.drain()
        self.assertEqual(self._figures()[key], 0)
        REMOTE.script["*"] = [TransientError("away")] * (THRESHOLD + 3)
        for number in range(THRESHOLD + 3):
            self.enqueue(f"fails-{number}")
        self.drain()
        self.env.flush_all()
        self.assertEqual(self._figures()[key], 1)
