"""The end of a pack's life: on sale and settled, as ILMS tells it (IT-WHS-05)."""

from odoo import fields
from odoo.tests import tagged

from .ilms_case import ReconcileCase


@tagged("post_install", "-at_install")
class TestActivation(ReconcileCase):
    def setUp(self):
        super().setUp()
        today = fields.Date.context_today(self.game.with_context(tz="Asia/Shanghai"))
        self.day = str(fields.Date.subtract(today, days=1))
        self.parcel = self.shipped_order()
        self.labels = self.ilms.dump()["orders"][self.parcel.name]["packs"]
        self.contents = self.env["instant.pack"].search(
            [("order_id", "=", self.parcel.id)]
        )

    def _tell(self, path, labels):
        self.ilms.admin("POST", path, {"day": self.day, "packs": labels})

    def _fetch(self):
        """What the nightly job does."""
        self.env.ref("instant_ticket.ilms_sales_cron").ir_actions_server_id.run()
        self.drain()

    def test_a_pack_goes_on_sale_and_is_settled(self):
        """IT-WHS-05, IT-ILM-02: both steps stand in the pack's life, each once."""
        self.parcel.with_user(self.desk).action_confirm_receipt()
        self._tell("/sim/activate", self.labels)
        self._fetch()
        self.assertPacks(self.contents, "activated")
        self._tell("/sim/settle", self.labels[:1])
        self._fetch()
        self._fetch()
        settled, on_sale = self.contents.sorted("code")
        self.assertEqual((settled.state, on_sale.state), ("settled", "activated"))
        found = (
            self.env["instant.pack"]
            .with_user(self.keeper)
            .search([("code", "=", settled.code)])
        )
        self.assertEqual(
            found.event_ids.mapped("to_state")[-3:],
            ["confirmed", "activated", "settled"],
        )
        self.assertEqual(found.event_ids[-1].reason, self.day)
        self.assertEqual(found.event_ids[-1].outlet_id, self.outlet)
        self.assertFalse(self.differences("activation"))
        self.assertBooksAgree()

    def test_settled_on_the_day_of_the_activation(self):
        """IT-WHS-05: no step is left out, whatever came first in the answer."""
        self.parcel.with_user(self.desk).action_confirm_receipt()
        self._tell("/sim/activate", self.labels)
        self._tell("/sim/settle", self.labels)
        self._fetch()
        self.assertPacks(self.contents, "settled")
        self.assertEqual(
            self.contents[0].event_ids.mapped("to_state")[-2:],
            ["activated", "settled"],
        )

    def test_no_activation_before_the_parcel_is_confirmed(self):
        """IT-WHS-05: ILMS sold it, the owner confirmed nothing: a person is told."""
        self._tell("/sim/activate", self.labels)
        self._fetch()
        self._fetch()
        self.assertPacks(self.contents, "in_transit")
        rows = self.differences("activation")
        self.assertEqual(sorted(rows.mapped("key")), sorted(self.labels), "each once")
        row = rows[0].with_user(self.desk)
        self.assertEqual((row.ours, row.theirs), ("in_transit", "activated"))
        self.assertEqual(
            (row.order_id, row.outlet_id, row.branch_id),
            (self.parcel, self.outlet, self.north),
        )
        self.assertEqual(row.action_view_subject()["res_id"], self.parcel.id)
        self.assertFalse(rows.with_user(self.desk_south).has_access("read"))

        self.reconcile()
        self.assertEqual(self.differences("activation"), rows, "not settled by silence")

        self.parcel.with_user(self.desk).action_confirm_receipt()
        self._fetch()
        self.assertPacks(self.contents, "activated")
        self.assertEqual(set(rows.mapped("state")), {"settled"})

    def test_a_lost_pack_that_is_sold(self):
        """IT-WHS-05: what was reported stolen does not come back by being sold."""
        self.parcel.with_user(self.desk).action_confirm_receipt()
        stolen = self.contents.sorted("code")[0]
        self._tell("/sim/activate", self.labels)
        stolen.with_user(self.head).action_change(
            "stolen", reason="Break-in", evidence={"reference": "P-1"}
        )
        self._fetch()
        self.assertEqual(stolen.state, "stolen")
        self.assertEqual(self.differences("activation").key, stolen.code)

    def test_labels_nobody_knows(self):
        """IT-ILM-02: a label that is not in the ledger is a difference, not a fault."""
        refused = self.env["instant.pack"]._follow_ilms(
            [
                {"pack": "TA01-9999999", "state": "activated"},
                {"pack": "rubbish", "state": "settled"},
                {"pack": self.labels[0], "state": "of a kind to come"},
            ],
            self.day,
        )
        self.assertEqual(set(refused), {"TA01-9999999", "RUBBISH"})
        self.env["instant.ilms.difference"]._report_activations(refused)
        rows = self.differences("activation")
        self.assertEqual(rows.mapped("ours_label"), ["Unknown", "Unknown"])
        self.assertPacks(self.contents, "in_transit")

    def test_as_many_statements_for_many(self):
        """PF-PERF-01: a page of a day is one search and one step, however long."""
        self.parcel.with_user(self.desk).action_confirm_receipt()
        packs = self.env["instant.pack"]

        def count(labels):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            packs._follow_ilms(
                [{"pack": label, "state": "activated"} for label in labels], self.day
            )
            return self.env.cr.sql_log_count - before

        one = count(self.labels[:1])
        many = [f"TA01-{number:07d}" for number in range(5_000, 5_900)]
        self.assertLessEqual(count([self.labels[1], *many]), one + 1)
