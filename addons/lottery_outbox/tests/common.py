"""A channel whose remote side is in the test's hands."""

import threading

from odoo import models

from odoo.addons.lottery_base.tests.common import BranchCase

CHANNEL = "fake"
MODEL = f"lottery.outbox.channel.{CHANNEL}"


class Remote:
    """Keeps the promise real systems make: one key, one effect, one answer.

    ``script`` maps a key to the exceptions its next calls raise; ``before`` is called
    with the request before the effect, ``after`` before the answer is returned.
    """

    def __init__(self):
        self.calls = []
        self.effects = {}
        self.script = {}
        self.before = self.after = None
        self._lock = threading.Lock()

    def __call__(self, request):
        key = request["key"]
        with self._lock:
            self.calls.append(key)
            errors = self.script.get(key) or self.script.get("*") or []
            error = errors.pop(0) if errors else None
        if self.before:
            self.before(request)
        if error:
            raise error
        with self._lock:
            self.effects.setdefault(key, len(self.effects) + 1)
            number = self.effects[key]
        if self.after:
            self.after(request)
        return {"number": number, "token": "s3cret"}


REMOTE = Remote()


def add_fake_channel(registry, cr):
    """Put the channel into ``registry``; return a function that takes it out."""

    class FakeChannel(models.AbstractModel):
        _name = MODEL
        _description = "Fake"
        _inherit = ["lottery.outbox.channel"]
        _module = "lottery_outbox"
        _max_attempts = 3
        _lease_seconds = 60
        _concurrency = 4

        def _prepare_request(self, item):
            if item.payload.get("unready"):
                raise ValueError("no address")
            return {"key": item.key, "secret": "s3cret", **item.payload}

        def _prepare_sender(self):
            return REMOTE

        def _on_result(self, item, answer):
            if item.payload.get("inapplicable"):
                raise ValueError("no such order")
            note_effect(item.env, item.key)

        def _on_parked(self, item, error):
            if item.payload.get("unparkable"):
                raise KeyError("message_id")
            note_effect(item.env, f"parked {item.key}")

        def _on_cancelled(self, item):
            note_effect(item.env, f"cancelled {item.key}")

    # the one thing Odoo's own tests take from there, in the same place
    from odoo.orm.model_classes import add_to_registry

    add_to_registry(registry, FakeChannel)
    registry._setup_models__(cr, [MODEL])

    def remove(cr=cr):
        del registry.models[MODEL]
        registry._setup_models__(cr, [])

    return remove


def note_effect(env, key):
    """Count what was applied, in the transaction that applies."""
    env.cr.execute(
        """INSERT INTO ir_config_parameter (key, value) VALUES (%s, '1')
        ON CONFLICT (key) DO UPDATE
        SET value = ir_config_parameter.value::int + 1""",
        [f"fake.effect.{key}"],
    )


def count_effects(cr, key):
    cr.execute(
        "SELECT value FROM ir_config_parameter WHERE key = %s", [f"fake.effect.{key}"]
    )
    found = cr.fetchone()
    return int(found[0]) if found else 0


class OutboxCase(BranchCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(add_fake_channel(cls.registry, cls.env.cr))
        cls.outbox = cls.env["lottery.outbox"]

    def setUp(self):
        super().setUp()
        REMOTE.__init__()

    def enqueue(self, key, payload=None, **options):
        return self.outbox.browse(
            self.outbox._enqueue(CHANNEL, "test", payload or {}, key=key, **options)
        )

    def drain(self, **options):
        attempts = self.outbox._drain(CHANNEL, **options)
        self.env.invalidate_all()
        return attempts

    def make_due(self, items):
        """Let the time until the next try pass."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE lottery_outbox SET next_attempt_at = "
            "clock_timestamp() AT TIME ZONE 'UTC' WHERE id IN %s",
            [tuple(items.ids)],
        )
        self.env.invalidate_all()

    def seconds_until_due(self, item):
        self.env.cr.execute(
            "SELECT EXTRACT(EPOCH FROM next_attempt_at - "
            "clock_timestamp() AT TIME ZONE 'UTC')::float "
            "FROM lottery_outbox WHERE id = %s",
            [item.id],
        )
        return self.env.cr.fetchone()[0]

    @property
    def circuit(self):
        return self.env["lottery.outbox.circuit"].search([("channel", "=", CHANNEL)])

    def effects(self, key):
        return count_effects(self.env.cr, key)
