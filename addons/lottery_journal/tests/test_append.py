import datetime
import json
from decimal import Decimal

from odoo import fields, models
from odoo.tests import tagged

from odoo.addons.lottery_base.tests.common import BranchCase

MODEL = "lottery.test.ledger"


@tagged("post_install", "-at_install")
class TestAppend(BranchCase):
    """PF-AUD-02: the business transaction only inserts a staging row."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the one thing Odoo's own tests take from there, in the same place
        from odoo.orm.model_classes import add_to_registry

        class Ledger(models.Model):
            _name = MODEL
            _description = "Ledger"
            _inherit = ["lottery.branch.mixin", "lottery.journal.mixin"]
            _module = "lottery_journal"

            name = fields.Char()

        add_to_registry(cls.registry, Ledger)
        cls.registry._setup_models__(cls.env.cr, [MODEL])
        cls.registry.init_models(cls.env.cr, [MODEL], {"module": "lottery_journal"})
        cls.addClassCleanup(cls._remove_model)
        cls.desk = cls._create_user("append_desk", cls.north, "order_desk")
        cls.ledgers = cls.env[MODEL].create(
            [
                {"name": "a", "branch_id": cls.north.id},
                {"name": "b", "branch_id": cls.south.id},
            ]
        )

    @classmethod
    def _remove_model(cls):
        del cls.registry.models[MODEL]
        cls.registry._setup_models__(cls.env.cr, [])

    def _last(self, count=1):
        return self.env["lottery.journal"].search([], limit=count)

    def test_one_statement_for_many_records(self):
        self.ledgers._journal("ledger.opened")  # keys and units are cached
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.ledgers._journal("ledger.closed", {"on": datetime.date(2026, 7, 1)})
        entries = self._last(2)
        self.assertEqual(entries.mapped("res_id"), self.ledgers[::-1].ids)
        self.assertEqual(entries.branch_id, self.north | self.south)
        self.assertEqual(set(entries.mapped("state")), {"waiting"})
        self.assertEqual(entries[0].model, MODEL)
        self.assertEqual(json.loads(entries[0].body), {"on": "2026-07-01"})

    def test_values_for_each_record(self):
        self.ledgers._journal("ledger.read", lambda ledger: {"name": ledger.name})
        self.assertEqual(
            [json.loads(entry.body)["name"] for entry in self._last(2)], ["b", "a"]
        )

    def test_nothing_for_no_records(self):
        with self.assertQueryCount(0):
            self.env[MODEL]._journal("ledger.none")

    def test_who_did_it(self):
        """The user of the request, not the superuser that `sudo` lends."""
        ledger = self.ledgers[0].with_user(self.desk).sudo()
        ledger._journal("ledger.signed")
        self.assertEqual(self._last().user_id, self.desk)

    def test_spelling(self):
        """Sorted keys, exact amounts, Chinese as it is."""
        self.ledgers[0]._journal(
            "ledger.spelled",
            {"b": Decimal("1200.10"), "a": {3, 1}, "网点": "大理\t\\N\n"},
        )
        self.assertEqual(
            self._last().body,
            '{"a":[1,3],"b":"1200.10","网点":"大理\\t\\\\N\\n"}',
        )

    def test_what_has_no_spelling_fails_the_transaction(self):
        """Better no business event than one whose trail says nothing."""
        for wrong in (self.ledgers, b"bytes", object()):
            with self.assertRaises(TypeError):
                self.ledgers[0]._journal("ledger.wrong", {"what": wrong})
        with self.assertRaises(ValueError):
            self.ledgers[0]._journal("ledger.wrong", {"what": float("nan")})

    def test_rolled_back_with_the_business_event(self):
        before = self._last()
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.ledgers._journal("ledger.undone")
            raise ZeroDivisionError
        self.assertEqual(self._last(), before)
