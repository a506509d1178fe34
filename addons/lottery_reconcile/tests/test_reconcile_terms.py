"""Terms, reminders, alerts and size of the monthly comparison (PF-INT-03)."""

from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import TransactionCase, tagged

from .common import ReconcileFixture


@tagged("post_install", "-at_install")
class TestTerms(ReconcileFixture, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_reconcile()

    def _compare(self, rows):
        self.its_run._take_theirs(
            [
                (key, {"name": name, "branch": unit, "packs": packs})
                for key, name, unit, packs in rows
            ],
            origin="test",
        )
        return self._differences()

    def test_a_day_to_locate_two_working_days_to_correct(self):
        """PF-INT-03: 24 h; the second working day's end, week-ends and holidays not."""
        calendar = self.env.company.resource_calendar_id
        calendar.tz = self.env.company.partner_id.tz = "UTC"
        deadline = self.its_run._get_correct_deadline
        monday, friday = datetime(2026, 3, 2, 10), datetime(2026, 3, 6, 10)
        self.assertEqual(deadline(monday), datetime(2026, 3, 5))
        self.assertEqual(deadline(friday), datetime(2026, 3, 11))
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": calendar.id,
                "date_from": datetime(2026, 3, 9),
                "date_to": datetime(2026, 3, 10),
            }
        )
        self.assertEqual(deadline(friday), datetime(2026, 3, 12))
        self.env.company.partner_id.tz = calendar.tz = "Asia/Shanghai"
        self.assertEqual(deadline(friday), datetime(2026, 3, 11, 16))
        self.env.company.partner_id.tz = "UTC"
        self.env.company.resource_calendar_id = False
        self.assertEqual(deadline(friday), datetime(2026, 3, 11))
        (row,) = self._compare(self._rows(T_3=None))
        self.assertEqual(row.locate_deadline - row.found_at, timedelta(hours=24))

    def _notes(self, code):
        return self.env["lottery.notification"].search_count(
            [
                ("template_id.code", "=", code),
                ("user_id", "=", self.south_admin.id),
                ("channel", "=", "in_app"),
            ]
        )

    def test_reminded_before_and_alerted_after_each_once(self):
        """PF-INT-03: reminders and overdue alerts follow the terms."""
        (row,) = self._compare(self._rows(T_3=None))
        cron = self.env["lottery.reconcile.difference"]
        found = row.found_at
        cron._cron_alert()
        self.assertEqual((self._notes("reconcile_due"), row.alerted), (0, False))
        with freeze_time(found + timedelta(hours=21)):
            cron._cron_alert()
            cron._cron_alert()
        self.assertEqual((self._notes("reconcile_due"), row.alerted), (1, "locate_due"))
        with freeze_time(found + timedelta(hours=25)):
            self.assertTrue(row.is_overdue)
            self.assertEqual(cron.search([("is_overdue", "=", True)]) & row, row)
            cron._cron_alert()
            cron._cron_alert()
        self.assertEqual(self._notes("reconcile_overdue"), 1)
        row.cause = "Not told"
        row.action_locate()
        with freeze_time(row.correct_deadline + timedelta(hours=1)):
            cron._cron_alert()
        self.assertEqual(
            (self._notes("reconcile_overdue"), row.alerted), (2, "correct_overdue")
        )
        row.resolution = "Told"
        row.action_correct()
        with freeze_time(found + timedelta(days=30)):
            cron._cron_alert()
        self.assertEqual(self._notes("reconcile_overdue"), 2)

    def test_month_opened_by_the_clock(self):
        """PF-INT-03: the month that is over, with every kind, once; pulled at once."""
        months = self.env["lottery.reconcile.month"]
        with freeze_time("2031-07-02"):
            months._cron_open_month()
            months._cron_open_month()
        month = months.search([("month", "=", "2031-06-01")])
        self.assertEqual(len(month), 1)
        self.assertEqual(
            month.run_ids.mapped("kind"),
            self.env["lottery.reconcile.source"]._get_codes(),
        )
        run = month.run_ids.filtered(lambda one: one.kind == "test")
        self.assertEqual(run.state, "collecting")

    def test_set_based(self):
        """PF-INT-03, PF-PERF-01: as many statements for 2,000 rows as for 20."""

        def count(rows):
            before = self.env.cr.sql_log_count
            self.its_run._take_theirs(
                ((f"X-{n}", {"name": "x", "branch": "T-South"}) for n in range(rows)),
                origin="test",
            )
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        few = count(20)
        self.assertLessEqual(count(2_000), few + 5)
        found = self.env["lottery.reconcile.difference"].search_count(
            [("run_id", "=", self.its_run.id), ("difference", "=", "missing_here")]
        )
        self.assertEqual(found, 2_000)
        self.assertEqual(self.its_run.their_count, 2_000)
        self.assertTrue(self.its_run.compared_at <= fields.Datetime.now())
