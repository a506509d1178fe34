"""Two people at the same moment, on real connections."""

import threading

from odoo.api import SUPERUSER_ID, Environment
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

CODE = "T-RACE"
LOGINS = ("race_applicant", "race_one", "race_two")


@tagged("post_install", "-at_install")
class TestRace(BaseCase):
    """PF-APR-02: one decides, the other is told who did."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls._clean()
        cls.addClassCleanup(cls._clean)
        with cls.registry.cursor() as cr:
            cls._make(Environment(cr, SUPERUSER_ID, {"tracking_disable": True}))

    @classmethod
    def _make(cls, env):
        centre = env.ref("lottery_base.lottery_branch_centre")
        branch = env["lottery.branch"].create(
            {"name": "Race", "code": CODE, "parent_id": centre.id}
        )
        users = env["res.users"]
        for login in LOGINS:
            users |= users.create(
                {
                    "name": login,
                    "login": login,
                    "lang": "en_US",
                    "group_ids": [
                        Command.link(env.ref("lottery_base.group_branch_head").id)
                    ],
                    "branch_ids": [Command.link(branch.id)],
                }
            )
        env["lottery.approval.flow"].create(
            {
                "name": CODE,
                "sequence": -1,
                "branch_id": branch.id,
                "model_id": env["ir.model"]._get_id("lottery.change.request"),
                "level_ids": [
                    Command.create(
                        {
                            "name": "One of two",
                            "company_id": False,
                            "review_type": "individual",
                            "approver_ids": users[1:].ids,
                        }
                    )
                ],
            }
        )
        request = (
            env["lottery.change.request"]
            .with_user(users[0])
            ._propose(branch.with_user(users[0]), {"phone": "020 1"}, "race")
        )
        cls.users = users.ids
        cls.run_id = request.approval_id.id

    @classmethod
    def _clean(cls):
        """Remove what was committed; the journal keeps its entries, as it must."""
        with cls.registry.cursor() as cr:
            cr.execute(
                """
                CREATE TEMP TABLE race ON COMMIT DROP AS
                SELECT a.id, a.res_id FROM lottery_approval a
                JOIN lottery_branch b ON b.id = a.branch_id WHERE b.code = %s
                """,
                [CODE],
            )
            for statement in (
                "UPDATE lottery_change_request SET approval_id = NULL"
                " WHERE approval_id IN (SELECT id FROM race)",
                "DELETE FROM lottery_approval_event"
                " WHERE approval_id IN (SELECT id FROM race)",
                "DELETE FROM tier_review WHERE approval_id IN (SELECT id FROM race)",
                "DELETE FROM lottery_approval WHERE id IN (SELECT id FROM race)",
                "DELETE FROM lottery_change_request"
                " WHERE id IN (SELECT res_id FROM race)",
            ):
                cr.execute(statement)
            env = Environment(cr, SUPERUSER_ID, {})
            env["lottery.approval.flow"].search([("name", "=", CODE)]).unlink()
            users = env["res.users"].search([("login", "in", LOGINS)])
            branch = env["lottery.branch"].search([("code", "=", CODE)])
            branch.user_ids = False
            partners = users.partner_id
            users.unlink()
            partners.unlink()
            branch.unlink()

    def test_two_at_once(self):
        """PF-APR-02: the lock lets one through; the second gets a clear message."""
        barrier = threading.Barrier(2)
        results = {}

        def decide(user_id):
            with self.registry.cursor() as cr:
                env = Environment(cr, user_id, {})
                waited = []

                def work():
                    run = env["lottery.approval"].browse(self.run_id)
                    run.read(["state"])  # the snapshot is older than the lock
                    if not waited:
                        waited.append(barrier.wait(timeout=20))
                    run.action_approve()

                try:
                    retrying(work, env)
                    results[user_id] = "approved"
                except UserError as error:
                    results[user_id] = str(error)

        with mute_logger("odoo.sql_db", "odoo.service.model"):
            threads = [
                threading.Thread(target=decide, args=[user_id])
                for user_id in self.users[1:]
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(timeout=60)
        winner = next(user for user, text in results.items() if text == "approved")
        [refusal] = [text for text in results.values() if text != "approved"]
        self.assertIn("decided already: Approved", refusal)
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT user_id FROM lottery_approval_event"
                " WHERE approval_id = %s AND kind = 'approved'",
                [self.run_id],
            )
            self.assertEqual(cr.fetchall(), [(winner,)])
