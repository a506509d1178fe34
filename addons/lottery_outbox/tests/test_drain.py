import threading
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..engine.errors import PermanentError, TransientError
from ..models import lottery_outbox_drain
from .common import CHANNEL, MODEL, REMOTE, OutboxCase


@tagged("post_install", "-at_install")
class TestDrain(OutboxCase):
    """PF-INT-01: sent by a job, retried with back-off, parked, applied once."""

    def test_done(self):
        item = self.enqueue("done", {"packs": 3})
        self.assertEqual(self.drain(), 1)
        self.assertEqual(item.state, "done")
        self.assertEqual(item.answer["number"], 1)
        self.assertEqual(item.attempts, 1)
        self.assertTrue(item.done_at)
        self.assertEqual(self.effects("done"), 1)
        self.assertEqual(item.attempt_ids.result, "done")

    def test_done_is_not_sent_again(self):
        self.enqueue("once")
        self.drain()
        self.assertEqual(self.drain(), 0)
        self.assertEqual(REMOTE.calls, ["once"])

    def test_log_without_secrets(self):
        item = self.enqueue("log", {"phone": "15400001234", "packs": 2})
        self.drain()
        self.assertEqual(
            item.attempt_ids.request,
            {"key": "log", "secret": "***", "phone": "154***34", "packs": 2},
        )
        self.assertEqual(item.attempt_ids.answer["token"], "***")
        self.assertEqual(item.answer["token"], "***")

    def test_back_off_doubles(self):
        item = self.enqueue("slow")
        REMOTE.script["slow"] = [TransientError("busy"), TransientError("busy")]
        for _attempt, low, high in ((1, 1, 2), (2, 2, 4)):
            self.assertEqual(self.drain(), 1)
            self.assertEqual(item.state, "pending")
            self.assertLessEqual(self.seconds_until_due(item), high)
            self.assertGreater(self.seconds_until_due(item), low - 0.9)
            self.assertIn("busy", item.error)
            self.make_due(item)
        self.drain()
        self.assertEqual(item.state, "done")
        self.assertFalse(item.error)
        self.assertEqual(
            item.attempt_ids.sorted("id").mapped("result"),
            ["transient", "transient", "done"],
        )

    def test_remote_side_names_the_pause(self):
        item = self.enqueue("asked")
        REMOTE.script["asked"] = [TransientError("busy", retry_after=900)]
        self.drain()
        self.assertGreater(self.seconds_until_due(item), 800)

    def test_parked_after_the_last_try(self):
        item = self.enqueue("hopeless")
        REMOTE.script["*"] = [TransientError("away")] * 3
        for _attempt in range(3):
            self.assertNotEqual(item.state, "parked")
            self.make_due(item)
            self.drain()
        self.assertEqual(item.state, "parked")
        self.assertEqual(self.effects("parked hopeless"), 1)
        self.make_due(item)
        self.assertEqual(self.drain(), 0)

    def test_refusal_parks_at_once(self):
        item = self.enqueue("refused")
        REMOTE.script["refused"] = [
            PermanentError("no such outlet", answer={"code": 7})
        ]
        self.drain()
        self.assertEqual(item.state, "parked")
        self.assertEqual(item.attempts, 1)
        self.assertIn("no such outlet", item.error)
        self.assertEqual(item.attempt_ids.answer, {"code": 7})

    @mute_logger("odoo.addons.lottery_outbox.models.lottery_outbox_apply")
    def test_a_hook_that_fails_does_not_stop_the_channel(self):
        item = self.enqueue("unparkable", {"unparkable": True})
        other = self.enqueue("behind")
        REMOTE.script["unparkable"] = [PermanentError("no")]
        self.drain()
        self.assertEqual((item.state, other.state), ("parked", "done"))
        self.assertIn("message_id", item.error)

    def test_parking_gives_the_centre_one_to_do_a_channel(self):
        leader = self._create_user("outbox_leader", self.centre, "centre_leader")
        for number in range(3):
            self.enqueue(f"parked-{number}")
        REMOTE.script["*"] = [PermanentError("no") for _number in range(3)]
        self.drain()
        activities = self.circuit.activity_ids.filtered(lambda a: a.user_id == leader)
        self.assertEqual(len(activities), 1)

    @mute_logger("odoo.addons.lottery_outbox.models.lottery_outbox_drain")
    def test_a_programming_error_is_a_failed_try(self):
        item = self.enqueue("bug")
        other = self.enqueue("fine")
        REMOTE.script["bug"] = [KeyError("field")]
        self.drain()
        self.assertEqual((item.state, other.state), ("pending", "done"))

    @mute_logger("odoo.addons.lottery_outbox.models.lottery_outbox_drain")
    def test_a_request_that_cannot_be_made(self):
        item = self.enqueue("unready", {"unready": True})
        other = self.enqueue("ready")
        self.drain()
        self.assertEqual((item.state, other.state), ("pending", "done"))
        self.assertIn("no address", item.error)
        self.assertEqual(REMOTE.calls, ["ready"])
        self.assertEqual(self.circuit.failures, 0)

    @mute_logger("odoo.addons.lottery_outbox.models.lottery_outbox_apply")
    def test_answer_not_applied_is_asked_for_again(self):
        """The remote side acts once, the answer is applied once."""
        item = self.enqueue("odd", {"inapplicable": True})
        self.drain()
        self.assertEqual(item.state, "pending")
        self.assertEqual(item.attempt_ids.result, "apply")
        self.env.cr.execute(
            "UPDATE lottery_outbox SET payload = '{}' WHERE id = %s", [item.id]
        )
        self.make_due(item)
        self.drain()
        self.assertEqual(item.state, "done")
        self.assertEqual(REMOTE.calls, ["odd", "odd"])
        self.assertEqual(REMOTE.effects, {"odd": 1})
        self.assertEqual(self.effects("odd"), 1)

    def test_answer_of_an_ended_lease_is_dropped(self):
        item = self.enqueue("stale")

        def steal(_request):
            # The other worker's claim, made while this call is under way.
            self.stolen = True

        REMOTE.after = steal
        settle = type(self.outbox)._settle

        def settle_late(outbox, channel_model, claim, outcome):
            self.env.cr.execute(
                "UPDATE lottery_outbox SET lease = 'other' WHERE id = %s", [item.id]
            )
            settle(outbox, channel_model, claim, outcome)

        with (
            patch.object(type(self.outbox), "_settle", settle_late),
            mute_logger("odoo.addons.lottery_outbox.models.lottery_outbox_apply"),
        ):
            self.drain()
        self.assertEqual(item.state, "running")
        self.assertEqual(self.effects("stale"), 0)

    def test_sequence(self):
        """Later messages of a sequence wait, those of others do not."""
        first = self.enqueue("first", serial_key="order:1")
        second = self.enqueue("second", serial_key="order:1")
        other = self.enqueue("other", serial_key="order:2")
        REMOTE.script["first"] = [PermanentError("no")]
        self.drain()
        self.assertEqual(first.state, "parked")
        self.assertEqual(second.state, "pending")
        self.assertEqual(other.state, "done")
        self.assertEqual(second.blocked_by_id, first)
        blocked = self.outbox.search([("is_blocked", "=", True)])
        self.assertIn(second, blocked)
        self.assertNotIn(first, blocked)
        self.assertIn(first, self.outbox.search([("is_blocked", "=", False)]))
        first.action_retry()
        self.drain()
        self.assertEqual((first.state, second.state), ("done", "done"))
        self.assertEqual(REMOTE.calls.index("second"), 3)

    def test_calls_at_once_are_bounded(self):
        """Four senders at once, as the channel says: no more, and really that many."""
        for number in range(8):
            self.enqueue(f"many-{number}")
        together = threading.Barrier(4)
        REMOTE.before = lambda _request: together.wait(10)
        lock, now, most = threading.Lock(), [0], [0]

        def leave(_request):
            with lock:
                now[0] -= 1

        def enter(_request):
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            together.wait(10)

        REMOTE.before, REMOTE.after = enter, leave
        self.assertEqual(self.drain(), 8)
        self.assertEqual(most[0], 4)

    def test_limit(self):
        for number in range(5):
            self.enqueue(f"some-{number}")
        self.assertEqual(self.drain(limit=2), 2)
        self.assertEqual(len(REMOTE.calls), 2)
        self.assertEqual(self.drain(), 3)

    def test_rate(self):
        """One call a second: the burst is one second's worth, the rest waits."""
        for number in range(4):
            self.enqueue(f"rate-{number}")
        with (
            patch.object(self.registry[MODEL], "_rate_per_second", 1, create=True),
            patch.object(lottery_outbox_drain, "NAP", 0.0),
        ):
            self.assertEqual(self.drain(), 1)
            self.assertEqual(self.drain(), 0)
            self.env.cr.execute(
                "UPDATE lottery_outbox_circuit SET "
                "tokens_at = tokens_at - interval '10 seconds'"
            )
            self.env.invalidate_all()
            self.assertEqual(self.drain(), 1)

    def test_time_budget(self):
        """A drain stops to start calls when its time is over and books the next."""
        for number in range(9):
            self.enqueue(f"budget-{number}")
        with patch.object(
            lottery_outbox_drain.time, "monotonic", iter(range(0, 1000, 10)).__next__
        ):
            self.drain(budget=15)
        self.assertLess(len(REMOTE.calls), 9)
        job = self.env["queue.job"].search(
            [("identity_key", "=", f"lottery.outbox:{CHANNEL}:now")]
        )
        self.assertEqual(len(job), 1)
