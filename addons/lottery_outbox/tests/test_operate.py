from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..engine.errors import PermanentError
from .common import REMOTE, OutboxCase


@tagged("post_install", "-at_install")
class TestOperate(OutboxCase):
    """PF-INT-01: parked with a retry button; one or many."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader = cls._create_user("operate_leader", cls.centre, "centre_leader")
        cls.integrator = cls._create_user("operate_api", cls.centre, "integrator")

    def _park(self, *keys, **options):
        items = self.outbox.union(*(self.enqueue(key, **options) for key in keys))
        REMOTE.script["*"] = [PermanentError("no") for _key in keys]
        self.drain()
        self.assertEqual(set(items.mapped("state")), {"parked"})
        return items

    def test_retry_many(self):
        items = self._park("a", "b", "c")
        items.with_user(self.leader).action_retry()
        self.assertEqual(items.mapped("attempts"), [0, 0, 0])
        self.drain()
        self.assertEqual(set(items.mapped("state")), {"done"})
        self.assertEqual(items.decided_by_id, self.leader)

    def test_retry_ends_a_wait(self):
        item = self.enqueue("wait", delay=900)
        item.with_user(self.leader).action_retry()
        self.drain()
        self.assertEqual(item.state, "done")

    def test_done_is_not_retried(self):
        item = self.enqueue("done")
        self.drain()
        with self.assertRaises(UserError):
            item.with_user(self.leader).action_retry()

    def test_cancel_lets_the_sequence_go_on(self):
        item = self._park("bad", serial_key="order:9")
        following = self.enqueue("good", serial_key="order:9")
        self.assertEqual(self.drain(), 0)
        item.with_user(self.leader).action_cancel()
        self.assertEqual(self.effects("cancelled bad"), 1)
        self.drain()
        self.assertEqual(following.state, "done")

    def test_only_the_centre_operates(self):
        item = self._park("guarded")
        for method in ("action_retry", "action_cancel"):
            with self.assertRaises(AccessError):
                getattr(item.with_user(self.integrator), method)()
        circuit = self.circuit.with_user(self.integrator)
        for method in ("action_pause", "action_resume"):
            with self.assertRaises(AccessError):
                getattr(circuit, method)()
        self.assertEqual(item.state, "parked")
