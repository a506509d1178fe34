from odoo.tests import tagged

from ..engine.circuit import THRESHOLD
from ..engine.errors import PermanentError, TransientError
from .common import REMOTE, OutboxCase


@tagged("post_install", "-at_install")
class TestCircuit(OutboxCase):
    """A remote side that is away is left alone, then asked once."""

    def _interrupt(self):
        # Calls that were under way when it opened fail too.
        REMOTE.script["*"] = [TransientError("away")] * (THRESHOLD + 3)
        self.items = [self.enqueue(f"item-{n}") for n in range(THRESHOLD + 6)]
        self.drain()
        self.assertEqual(self.circuit.state, "open")

    def _let_the_pause_pass(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE lottery_outbox_circuit SET until = until - interval '1 hour'"
        )
        self.make_due(
            self.outbox.union(*self.items).filtered(lambda i: i.state != "done")
        )

    def test_opens_and_leaves_alone(self):
        self._interrupt()
        calls = len(REMOTE.calls)
        self.make_due(self.outbox.union(*self.items))
        self.assertEqual(self.drain(), 0)
        self.assertEqual(len(REMOTE.calls), calls)

    def test_probe_closes(self):
        self._interrupt()
        self._let_the_pause_pass()
        REMOTE.script.clear()
        self.drain(limit=1)
        self.assertEqual(self.circuit.state, "closed")
        self.assertEqual(self.circuit.failures, 0)
        self.drain()
        self.assertEqual({item.state for item in self.items}, {"done"})

    def test_one_probe_and_a_longer_pause(self):
        self._interrupt()
        self._let_the_pause_pass()
        REMOTE.script["*"] = [TransientError("still away")] * 5
        calls = len(REMOTE.calls)
        self.assertEqual(self.drain(), 1)
        self.assertEqual(len(REMOTE.calls), calls + 1)
        self.assertEqual(self.circuit.state, "open")
        self.assertEqual(self.circuit.trips, 2)

    def test_probe_spares_the_tries(self):
        """The message tried least is the probe."""
        self._interrupt()
        untried = [item for item in self.items if not item.attempts]
        self._let_the_pause_pass()
        REMOTE.script["*"] = [TransientError("still away")]
        calls = len(REMOTE.calls)
        self.drain()
        self.assertEqual(REMOTE.calls[calls:], [untried[0].key])

    def test_refusals_are_answers(self):
        REMOTE.script["*"] = [PermanentError("no") for _n in range(THRESHOLD + 1)]
        for number in range(THRESHOLD + 1):
            self.enqueue(f"refused-{number}")
        self.drain()
        self.assertEqual(self.circuit.state, "closed")

    def test_pause_and_resume(self):
        self.enqueue("first")
        self.drain()
        leader = self._create_user("circuit_leader", self.centre, "centre_leader")
        self.circuit.with_user(leader).action_pause()
        item = self.enqueue("held")
        self.assertEqual(self.drain(), 0)
        self.circuit.with_user(leader).action_resume()
        self.drain()
        self.assertEqual(item.state, "done")

    def test_resume_closes(self):
        self._interrupt()
        self.circuit.action_resume()
        self.assertEqual(self.circuit.state, "closed")

    def test_health(self):
        """PF-OPS-03: depth, age and circuit a channel; a remote outage is no fault
        of this node, messages nobody sends are."""
        self._interrupt()
        check = self.env["lottery.health"]._health_checks()["outbox"]
        self.assertTrue(check["ok"], check)
        self.assertEqual(check["channels"]["fake"]["circuit"], "open")
        self.assertEqual(
            check["channels"]["fake"]["waiting"],
            len([item for item in self.items if item.state != "done"]),
        )
        self.circuit.action_resume()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE lottery_outbox SET next_attempt_at = "
            "clock_timestamp() AT TIME ZONE 'UTC' - interval '10 minutes' "
            "WHERE state = 'pending'"
        )
        check = self.env["lottery.health"]._health_checks()["outbox"]
        self.assertFalse(check["ok"], check)

    def test_counts(self):
        self._interrupt()
        self.assertEqual(
            self.circuit.waiting_count,
            len([item for item in self.items if item.state != "done"]),
        )
        self.assertTrue(self.circuit.oldest_at)
        action = self.circuit.action_open_waiting()
        self.assertEqual(self.outbox.search_count(action["domain"]), len(self.items))
