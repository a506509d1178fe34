"""Promised time: figures, warnings and alerts (IT-DLV-02)."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..models.delivery.instant_order_alert import ALERT_BATCH, TAKE_DUE
from .common import TicketCase


class PromiseCase(TicketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.specialist = cls._create_user("t_spec", cls.north, "specialist")
        cls.north_county.head_id = cls.head
        # activities are written in the language of who gets them
        (cls.desk | cls.head | cls.specialist).lang = "en_US"
        cls.outlet.specialist_id = cls.specialist
        cls._stock(cls.game, cls.warehouse, 60)
        cls._top_up(cls.outlet, 100_000)

    def _ordered(self, **deadline):
        order = self._place(self.outlet, {self.game: 1})
        if deadline:
            self._move_deadline(order, **deadline)
        return order

    def _delivered(self, **deadline):
        order = self._lock(self._ordered())
        self._ship(order)
        self._move_deadline(order, **deadline)
        order.with_user(self.keeper).action_deliver(order.pickup_code)
        self.env.invalidate_all()
        return order

    def _move_deadline(self, order, **delta):
        order.deadline = fields.Datetime.now() + timedelta(**delta)
        order.flush_recordset()

    def _alert(self):
        self.env["instant.order"]._cron_sla_alerts()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestRate(PromiseCase):
    def test_the_rate_is_read_by_unit_method_and_month(self):
        """IT-DLV-02: the average of a stored figure; open orders do not count."""
        early = self._delivered(hours=5)
        late = self._delivered(hours=-3)
        self._ordered(hours=-1)
        self.assertEqual((early.on_time_rate, late.on_time_rate), (1.0, 0.0))
        self.assertAlmostEqual(early.delay_hours, -5, delta=0.1)
        self.assertAlmostEqual(late.delay_hours, 3, delta=0.1)
        orders = self.env["instant.order"].with_user(self.head)
        for groups in (
            ["branch_id"],
            ["carrier_id"],
            ["branch_id", "delivered_at:month"],
        ):
            rows = orders._read_group(
                [("delivered_at", "!=", False)],
                groups,
                ["on_time_rate:avg", "__count"],
            )
            self.assertEqual([row[-2:] for row in rows], [(0.5, 2)])
        (row,) = orders._read_group([], [], ["on_time_rate:avg"])
        self.assertEqual(row[0], 0.5, "what is not delivered has no figure")

    def test_the_pivot_asks_for_it(self):
        """The screen's own question, as the web client sends it."""
        self._delivered(hours=5)
        action = self.env.ref("instant_ticket.instant_order_action_punctuality")
        orders = self.env["instant.order"].with_user(self.head)
        views = orders.get_views([(v.view_id.id, v.view_mode) for v in action.view_ids])
        self.assertIn("on_time_rate", views["views"]["pivot"]["arch"])
        rows = orders.formatted_read_group(
            [("delivered_at", "!=", False)],
            ["branch_id", "delivered_at:month"],
            ["on_time_rate:avg", "delay_hours:avg"],
        )
        self.assertEqual(rows[0]["on_time_rate:avg"], 1.0)

    def test_the_promise_of_an_outlet_goes_first(self):
        """IT-DLV-02: per-outlet override."""
        self.outlet.write({"sla_override_hours": 7, "distance_manual": True})
        order = self._ordered()
        self.assertEqual(order.sla_hours, 7)
        self.assertEqual(order.deadline - order.submitted_at, timedelta(hours=7))


@tagged("post_install", "-at_install")
class TestAlerts(PromiseCase):
    def test_desk_unit_and_specialist_get_one_activity_each(self):
        """IT-DLV-02: a warning before, an alert after, both once; neighbours nothing."""
        order = self._ordered(hours=2)
        self._alert()
        activities = order.activity_ids
        self.assertEqual(activities.user_id, self.desk | self.head | self.specialist)
        self.assertEqual(set(activities.mapped("summary")), {"Delivery due"})
        self._alert()
        self.assertEqual(order.activity_ids, activities, "warned once")
        self._move_deadline(order, hours=-1)
        self._alert()
        alerts = order.activity_ids
        self.assertEqual(len(alerts), 3)
        self.assertFalse(alerts & activities, "the alert replaces the warning")
        self.assertEqual(set(alerts.mapped("summary")), {"Delivery overdue"})
        alerts[:1].unlink()
        self._alert()
        self.assertEqual(len(order.activity_ids), 2, "alerted once")

    def test_an_alert_takes_no_other_call_away(self):
        """What the desk was told about wrong codes stays when the time runs out."""
        order = self._lock(self._ordered())
        self._ship(order)
        for step in range(1, 6):
            wrong = f"{(int(order.pickup_code) + step) % 10**6:06d}"
            order.with_user(self.keeper).action_deliver(wrong)
        self._move_deadline(order, hours=-1)
        self._alert()
        mine = order.activity_ids.filtered(lambda a: a.user_id == self.desk)
        self.assertEqual(
            set(mine.mapped("summary")), {"Wrong pick-up codes", "Delivery overdue"}
        )
        order.with_user(self.desk).action_allow_codes()
        self.env.invalidate_all()
        mine = order.activity_ids.filtered(lambda a: a.user_id == self.desk)
        self.assertEqual(mine.mapped("summary"), ["Delivery overdue"])

    def test_they_end_with_the_delivery(self):
        order = self._lock(self._ordered())
        self._ship(order)
        self._move_deadline(order, hours=-1)
        self._alert()
        self.assertTrue(order.activity_ids)
        order.with_user(self.keeper).action_deliver(order.pickup_code)
        self.env.invalidate_all()
        self.assertFalse(order.activity_ids)

    def test_they_end_with_a_cancellation(self):
        order = self._lock(self._ordered(hours=-1))
        self._alert()
        self.assertTrue(order.activity_ids)
        order.with_user(self.desk).action_cancel("Not wanted")
        self.env.invalidate_all()
        self.assertFalse(order.activity_ids)

    def test_one_done_by_a_person_is_in_the_history(self):
        """The order has no thread; what was done stands in its own history."""
        order = self._ordered(hours=-1)
        self._alert()
        mine = order.activity_ids.filtered(lambda a: a.user_id == self.desk)
        mine.with_user(self.desk).action_done()
        self.env.invalidate_all()
        self.assertEqual(len(order.activity_ids), 2)
        self.assertIn("Delivery overdue", order.event_ids.mapped("note"))

    def test_every_order_is_alerted_however_many(self):
        """A run goes on after its batch."""
        first = self._ordered(hours=-1)
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO instant_order (name, state, channel, outlet_id, branch_id,
                   warehouse_id, currency_id, deadline, sla_hours, active, work_rank)
            SELECT 'X' || n, 'locked', channel, outlet_id, branch_id, warehouse_id,
                   currency_id, deadline, sla_hours, TRUE, 1
              FROM instant_order, generate_series(1, %s) n WHERE id = %s
            """,
            [ALERT_BATCH + 5, first.id],
        )
        self.env.invalidate_all()
        self._alert()
        left = self.env["instant.order"].search_count(
            [("name", "=like", "X%"), ("sla_alerted", "!=", "overdue")]
        )
        self.assertEqual(left, 0)

    def test_the_job_reads_no_done_orders(self):
        """IT-DLV-02: its cost follows the open orders, by an index of them."""
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute("EXPLAIN " + TAKE_DUE, [ALERT_BATCH])
        plan = "\n".join(row[0] for row in self.env.cr.fetchall())
        self.assertIn("sla_due_idx", plan)
