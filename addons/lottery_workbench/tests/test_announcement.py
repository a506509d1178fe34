"""Announcements (PF-WRK-01): who is told, who sees, who has read."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import WorkbenchCase


@tagged("post_install", "-at_install")
class TestAnnouncement(WorkbenchCase):
    def _announce(self, author=None, publish=True, **values):
        author = author or self.admin_north
        announcement = (
            self.env["lottery.announcement"]
            .with_user(author)
            .create(
                {
                    "name": "Opening hours",
                    "body": "<p>From Monday on</p>",
                    "branch_id": author.branch_id.id,
                    "branch_ids": author.branch_id.ids,
                    **values,
                }
            )
        )
        if publish:
            announcement.action_publish()
        return announcement.sudo()

    def test_only_the_audience_sees_it(self):
        """PF-WRK-01, PF-SEC-02: list, read, names, files, the reading dialog."""
        row = self._announce(
            branch_ids=self.north.ids, role_ids=self.desk_role.ids, must_confirm=True
        )
        file = self.env["ir.attachment"].create(
            {
                "name": "plan.txt",
                "raw": b"plan",
                "mimetype": "text/plain",
                "res_model": row._name,
                "res_id": row.id,
            }
        )
        for user in (self.desk, self.county_desk, self.admin_north):
            with self.subTest(user=user.login):
                self.assertEqual(self.seen(row._name, row, user), row.ids)
        for user in (self.desk, self.county_desk):
            self.assertTrue(
                self.rpc(row._name, "read_announcement", row.id, user=user)["body"]
            )
        self.assertEqual(self.url_open(f"/web/content/{file.id}").content, b"plan")
        for user in (self.keeper, self.desk_south, self.admin_south):
            with self.subTest(user=user.login):
                self.assertEqual(self.seen(row._name, row, user), [])
                self.assertRefused(
                    row._name, "read", row.ids, ["name"], user=user, name="AccessError"
                )
                found = self.rpc(row._name, "name_search", "Opening", user=user)
                self.assertNotIn(row.id, [pair[0] for pair in found])
                self.assertEqual(
                    self.rpc(row._name, "read_announcement", row.id, user=user), {}
                )
                self.assertRefused(
                    row._name, "action_confirm", row.ids, user=user, name="AccessError"
                )
                self.assertEqual(
                    self.url_open(f"/web/content/{file.id}").status_code, 404
                )

    def test_drafts_and_expired_ones_are_their_keepers(self):
        """PF-WRK-01: draft, published, expired."""
        row = self._announce(publish=False)
        self.assertEqual(self.seen(row._name, row, self.desk), [])
        self.rpc(row._name, "action_publish", row.ids, user=self.admin_north)
        self.assertEqual(self.seen(row._name, row, self.desk), row.ids)
        self.assertRefused(
            row._name, "action_expire", row.ids, user=self.desk, name="AccessError"
        )
        self.rpc(row._name, "action_expire", row.ids, user=self.admin_north)
        self.assertEqual(row.state, "expired")
        self.assertEqual(self.seen(row._name, row, self.desk), [])
        self.assertRefused(row._name, "unlink", row.ids, user=self.admin_north)
        self.assertRefused(
            row._name, "write", row.ids, {"published_at": False}, user=self.admin_north
        )
        self.assertRefused(
            row._name, "write", row.ids, {"state": "published"}, user=self.admin_north
        )

    def test_receipts_and_reminder(self):
        """PF-WRK-01: who read when, who has not, and those are reminded."""
        row = self._announce()
        told = row.receipt_ids.user_id
        self.assertLessEqual(self.desk | self.keeper | self.county_desk, told)
        self.assertFalse(told & (self.desk_south | self.leader))
        self.assertEqual(len(self.notes_of(self.desk, "announcement_published")), 1)
        self.assertFalse(self.notes_of(self.desk_south, "announcement_published"))
        self.rpc(row._name, "read_announcement", row.id, user=self.desk)
        receipt = row.receipt_ids.filtered(lambda one: one.user_id == self.desk)
        self.assertTrue(receipt.read_at)
        self.assertEqual(row.read_count, 1)
        unread = self.rpc(
            receipt._name,
            "web_search_read",
            user=self.admin_north,
            domain=[["announcement_id", "=", row.id], ["read_at", "=", False]],
            specification={"user_id": {}},
        )
        self.assertEqual(
            {line["user_id"] for line in unread["records"]}, set((told - self.desk).ids)
        )
        self.rpc(row._name, "action_remind", row.ids, user=self.admin_north)
        self.assertFalse(self.notes_of(self.desk, "announcement_reminder"))
        self.assertEqual(len(self.notes_of(self.keeper, "announcement_reminder")), 1)
        # a colleague's reading is nobody else's business, nor to be written
        self.assertEqual(self.seen(receipt._name, receipt, self.keeper), [])
        self.assertRefused(
            receipt._name,
            "write",
            receipt.ids,
            {"read_at": False},
            user=self.desk,
            name="AccessError",
        )

    def test_must_confirm_opens_until_it_is_confirmed(self):
        """PF-WRK-01: rides on the page for the dialog, once confirmed no more."""
        row = self._announce(must_confirm=True)

        def waiting(user):
            return self.env["lottery.announcement"].with_user(user)._get_to_confirm()

        self.assertIn(row.id, waiting(self.desk))
        self.assertNotIn(row.id, waiting(self.desk_south))
        self.rpc(row._name, "read_announcement", row.id, user=self.desk)
        self.assertIn(row.id, waiting(self.desk))
        self.rpc(row._name, "action_confirm", row.ids, user=self.desk)
        self.assertNotIn(row.id, waiting(self.desk))
        receipt = row.receipt_ids.filtered("confirmed_at")
        self.assertEqual(receipt.user_id, self.desk)

    def test_published_and_expired_by_the_clock(self):
        """PF-WRK-01: at a time; who joins later is told too."""
        now = fields.Datetime.now()
        row = self._announce(
            publish_at=now + timedelta(hours=1), expire_at=now + timedelta(hours=3)
        )
        self.assertEqual(row.state, "scheduled")
        self.assertFalse(row.receipt_ids)
        cron = self.env["lottery.announcement"]
        with freeze_time(now + timedelta(hours=2)):
            cron._cron_tick()
            self.assertEqual(row.state, "published")
            newcomer = self._create_user("t_new", self.north_county, "specialist")
            self.desk.branch_ids = self.south
            cron._cron_tick()
            self.assertIn(newcomer, row.receipt_ids.user_id)
            self.assertNotIn(self.desk, row.receipt_ids.user_id)
        with freeze_time(now + timedelta(hours=4)):
            cron._cron_tick()
        self.assertEqual(row.state, "expired")

    def test_written_by_form_within_reach(self):
        """PF-WRK-01: HTML is cleaned; nobody speaks to units out of sight."""
        form = Form(self.env["lottery.announcement"].with_user(self.admin_north))
        form.name = "Mind the gap"
        form.body = '<p onclick="x()">Hello<script>steal()</script></p>'
        row = form.save()
        self.assertEqual(row.branch_ids, self.north)
        self.assertNotIn("script", row.body)
        self.assertNotIn("onclick", row.body)
        with self.assertRaises(AccessError):
            row.branch_ids = [Command.link(self.south.id)]
        with self.assertRaisesRegex(ValidationError, "Told To"):
            row.branch_ids = [Command.clear()]
        row.action_publish()
        self.assertRefused(
            row._name,
            "write",
            row.ids,
            {"branch_ids": [[6, 0, self.north_county.ids]]},
            user=self.admin_north,
        )

    def test_foreign_files_are_not_adopted(self):
        """PF-SEC-06: an id in the attachments is no way to somebody else's file."""
        foreign = self.env["ir.attachment"].create({"name": "x", "raw": b"secret"})
        self.assertRefused(
            "lottery.announcement",
            "create",
            [
                {
                    "name": "x",
                    "body": "<p>x</p>",
                    "branch_ids": self.north.ids,
                    "attachment_ids": foreign.ids,
                }
            ],
            user=self.admin_north,
            name="AccessError",
        )
        self.assertFalse(foreign.res_id)
