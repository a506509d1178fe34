from odoo.tests import tagged

from .common import CHANNEL, OutboxCase

NOW = f"lottery.outbox:{CHANNEL}:now"
LATER = f"lottery.outbox:{CHANNEL}:later"


@tagged("post_install", "-at_install")
class TestWake(OutboxCase):
    """One drain job a channel, whatever the number of messages."""

    def _commit(self):
        """Run what a commit would run."""
        with self.enter_registry_test_mode():
            self.env.cr.postcommit.run()

    def _jobs(self, key=NOW):
        return self.env["queue.job"].search([("identity_key", "=", key)])

    def test_one_job_for_many_messages(self):
        for number in range(5):
            self.enqueue(f"wake-{number}")
        self._commit()
        self.assertEqual(len(self._jobs()), 1)
        self.enqueue("wake-later")
        self._commit()
        self.assertEqual(len(self._jobs()), 1)

    def test_no_job_without_a_commit(self):
        self.enqueue("unsaved")
        self.env.cr.postcommit.clear()
        self._commit()
        self.assertFalse(self._jobs())

    def test_the_job_sends(self):
        item = self.enqueue("by-job")
        self._commit()
        job = self._jobs()
        self.assertEqual(job.method_name, "_drain_job")
        self.assertEqual(job.channel, "root.lottery_outbox")
        getattr(job.records, job.method_name)(*job.args)
        self.env.invalidate_all()
        self.assertEqual(item.state, "done")

    def test_a_wait_is_booked(self):
        """Back-off of seconds does not wait for the next minute's cron."""
        self.enqueue("soon", delay=30)
        self.drain()
        self.assertTrue(self._jobs(LATER).eta)

    def test_the_cron_sends_what_nobody_was_woken_for(self):
        item = self.enqueue("forgotten")
        self.env.cr.postcommit.clear()
        self.outbox._cron_drain()
        self.env.invalidate_all()
        self.assertEqual(item.state, "done")
