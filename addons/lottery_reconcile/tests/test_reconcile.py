"""The monthly comparison (PF-INT-03) from the file to the closed month."""

import base64

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from .common import HEADERS, ReconcileCase


@tagged("post_install", "-at_install")
class TestReconcile(ReconcileCase):
    def rpc(self, model, method, *args, user, **kwargs):
        if getattr(self, "_rpc_user", None) != user.login:
            self.authenticate(user.login, user.login + "-Passw0rd!")
            self._rpc_user = user.login
        self.env.flush_all()
        result = self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": list(args), "kwargs": kwargs},
        )
        self.env.invalidate_all()
        return result

    def assertRefused(self, *args, name="UserError", **kwargs):
        with (
            mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"),
            mute_logger("odoo.addons.base.models.ir_model"),
            self.assertRaises(JsonRpcException) as caught,
        ):
            self.rpc(*args, **kwargs)
        self.assertIn(name, str(caught.exception))

    def _load(self, rows, headers=HEADERS, user=None):
        """Choose a file in the window of the run, check it, import it."""
        user = user or self.centre_admin
        action = self.rpc(
            self.its_run._name, "action_load", self.its_run.ids, user=user
        )
        values = {
            "file": base64.b64encode(self._workbook(rows, headers)).decode(),
            "filename": "register.xlsx",
        }
        (wizard_id,) = self.rpc(
            action["res_model"],
            "create",
            [values],
            user=user,
            context=action["context"],
        )
        wizard = self.env[action["res_model"]].browse(wizard_id)
        self.rpc(wizard._name, "action_check", wizard.ids, user=user)
        if wizard.state == "ready":
            self.rpc(wizard._name, "action_import", wizard.ids, user=user)
        return wizard

    def test_what_differs_is_listed(self):
        """PF-INT-03: missing here, missing there, field by field, figures by value."""
        wizard = self._load(
            self._rows(
                T_1=["T-1", "Shop One", "T-North-1", "1.0"],
                T_2=["T-2", " Shop 2 ", "T-North", 7],
                T_3=None,
                T_9=["T-9", "New", "T-South", 4],
            )
        )
        self.assertEqual(wizard.state, "done")
        self.assertEqual(
            self._found(),
            [
                ("T-1", "differs", "name", "Shop 1", "Shop One", "open"),
                ("T-2", "differs", "packs", "2", "7", "open"),
                ("T-3", "missing_there", "", False, False, "open"),
                ("T-9", "missing_here", "", False, False, "open"),
            ],
        )
        rows = self._differences()
        self.assertEqual(rows[1].amount, 5)
        self.assertEqual(rows.mapped("res_id"), [*self.contacts.ids, 0])
        self.assertEqual(
            rows.mapped("branch_id"), self.north_county | self.north | self.south
        )
        self.assertEqual(
            [row.user_id for row in rows],
            [self.north_admin] * 2 + [self.south_admin] * 2,
        )
        run = self.its_run
        self.assertEqual(
            (run.state, run.our_count, run.their_count, run.origin, run.open_count),
            ("compared", 3, 3, "register.xlsx", 4),
        )
        notes = self.env["lottery.notification"].search(
            [
                ("template_id.code", "=", "reconcile_found"),
                ("user_id", "=", self.south_admin.id),
                ("channel", "=", "in_app"),
            ]
        )
        self.assertIn("2", notes.subject)
        self.assertEqual(len(notes), 1)

    def test_faults_of_the_file_are_named(self):
        """PF-INT-03: nothing is compared while a row is wrong."""
        wizard = self._load(
            [["T-1", "a", "", "many"], ["T-2", "b", "", 1], ["T-2", "c", "", 1]]
        )
        self.assertEqual(wizard.state, "faulty")
        faults = {(fault.row, fault.column) for fault in wizard.fault_ids}
        self.assertEqual(faults, {(2, "Packs"), (4, "Code")})
        self.assertEqual(self.its_run.state, "waiting")
        self.assertFalse(self._differences())

    def test_columns_that_are_not_told_are_not_compared(self):
        """PF-INT-03: an absent column says nothing, an empty cell does."""
        self._load(
            [["T-1", ""], ["T-2", "Shop 2"], ["T-3", "Shop 3"]], ["Code", "Name"]
        )
        self.assertEqual(
            self._found(), [("T-1", "differs", "name", "Shop 1", False, "open")]
        )

    def test_compared_again(self):
        """PF-INT-03: mended is settled; said to be mended and still there: open again."""
        self._load(
            self._rows(
                T_1=["T-1", "One", "T-North-1", 1], T_2=["T-2", "Two", "T-North", 2]
            )
        )
        first, second = self._differences()
        self.contacts[0].name = "One"
        second.with_user(self.north_admin).resolution = "Told the centre"
        second.with_user(self.north_admin).action_correct()
        self.rpc(
            self.its_run._name,
            "action_compare",
            self.its_run.ids,
            user=self.centre_admin,
        )
        self.assertEqual((first.state, second.state), ("corrected", "open"))
        self.assertEqual(first.resolution, "Both sides agree.")
        self._load(self._rows())
        self.assertEqual(
            {row.state for row in self._differences()}, {"open", "corrected"}
        )
        self.contacts[0].name = "Shop 1"
        self.rpc(
            self.its_run._name,
            "action_compare",
            self.its_run.ids,
            user=self.centre_admin,
        )
        self.assertEqual({row.state for row in self._differences()}, {"corrected"})

    def test_handed_on_to_a_colleague(self):
        """PF-INT-03: the new owner is told; who takes it himself is not."""
        head = self._create_user("t_nh", self.north, "branch_head", lang="en_US")
        self._load(self._rows(T_2=["T-2", "Two", "T-North", 2]))
        (row,) = self._differences()

        def told(user):
            return self.env["lottery.notification"].search_count(
                [("user_id", "=", user.id), ("channel", "=", "in_app")]
            )

        door = (row._name, "write", row.ids)
        self.rpc(*door, {"user_id": head.id}, user=self.north_admin)
        self.assertEqual((row.user_id, told(head)), (head, 1))
        self.rpc(*door, {"cause": "Renamed"}, user=head)
        self.rpc(*door, {"user_id": self.north_admin.id}, user=self.north_admin)
        self.assertEqual((row.user_id, told(self.north_admin)), (self.north_admin, 1))
        self.assertEqual(told(head), 1)

    def test_accepted_values_only(self):
        """PF-INT-03: what was accepted stays; other values are a matter of their own."""

        def load(packs):
            self._load(self._rows(T_2=["T-2", "Shop 2", "T-North", packs]))

        load(7)
        (row,) = self._differences()
        row.with_user(self.centre_admin).resolution = "Five are on the road"
        row.with_user(self.centre_admin).action_accept()
        load(7)
        self.assertEqual((row.state, row.compare_number), ("accepted", 2))
        notes = self.env["lottery.notification"].search_count(
            [("user_id", "=", self.north_admin.id), ("channel", "=", "in_app")]
        )
        self.assertEqual(notes, 1, "told once")
        row.user_id = self.specialist
        load(500)
        self.assertEqual((row.state, row.theirs), ("open", "500"))
        self.assertEqual(row.user_id, self.specialist, "the owner stays")
        self.assertFalse(row.located_at)
        told = self.env["lottery.notification"].search_count(
            [("user_id", "=", self.specialist.id), ("channel", "=", "in_app")]
        )
        self.assertEqual(told, 1, "the owner is told again")

    def test_what_a_comparison_decides_is_journalled(self):
        """PF-AUD-02: settled and opened again by the figures, each with an entry."""

        def count(event):
            return self.env["lottery.journal"].search_count(
                [("event", "=", f"reconcile.difference.{event}")]
                + [("res_id", "in", self._differences().ids)]
            )

        self._load(self._rows(T_3=None))
        self.assertEqual((count("corrected"), count("open")), (0, 0))
        self._load(self._rows())
        self.assertEqual((count("corrected"), count("open")), (1, 0))
        self._load(self._rows(T_3=None))
        self.assertEqual((count("corrected"), count("open")), (1, 1))

    def test_what_need_not_be_known_there(self):
        """PF-INT-03: archived here and not listed is no difference; listed, it counts."""
        self.contacts[2].active = False
        self._load(self._rows(T_3=None))
        self.assertFalse(self._differences())
        self._load(self._rows(T_3=["T-3", "Shop Three", "T-South", 3]))
        self.assertEqual(
            self._found(), [("T-3", "differs", "name", "Shop 3", "Shop Three", "open")]
        )

    def test_pulled_by_a_connector(self):
        """PF-INT-03: asked for, fed later; what moved meanwhile is left out."""
        self.rpc(
            self.its_run._name, "action_pull", self.its_run.ids, user=self.centre_admin
        )
        self.assertEqual(self.its_run.state, "collecting")
        runs = self.env["lottery.reconcile.run"]
        rows = [
            ("T-1", {"name": "Shop 1", "branch": "T-North-1", "packs": 1}),
            ("T-2", {"name": "Shop 2", "branch": "T-North", "packs": 9}),
        ]
        runs._feed("test", rows, origin="Connector", skipped=["T-2"])
        self.assertEqual(
            self._found(), [("T-3", "missing_there", "", False, False, "open")]
        )
        self.assertEqual(
            (self.its_run.state, self.its_run.skipped_count), ("compared", 1)
        )
        self.its_run.with_user(self.centre_admin).action_pull()
        runs._pull_failed(("test",), "no answer")
        self.assertEqual(
            (self.its_run.state, self.its_run.origin), ("waiting", "no answer")
        )

    def test_steps_of_the_owner(self):
        """PF-INT-03: cause, correction, acceptance by the centre, each with a word."""
        self._load(self._rows(T_1=["T-1", "One", "T-North-1", 1], T_3=None))
        row, other = self._differences()
        self.assertRefused(row._name, "action_locate", row.ids, user=self.north_admin)
        self.rpc(
            row._name, "write", row.ids, {"cause": "Renamed"}, user=self.north_admin
        )
        self.rpc(row._name, "action_locate", row.ids, user=self.north_admin)
        self.assertEqual(row.state, "located")
        self.assertTrue(row.located_at)
        self.assertRefused(row._name, "action_correct", row.ids, user=self.north_admin)
        for values in ({"ours": "x"}, {"state": "corrected"}, {"amount": 1}):
            self.assertRefused(
                row._name, "write", row.ids, values, user=self.north_admin
            )
        self.rpc(
            row._name, "write", row.ids, {"resolution": "Stays"}, user=self.north_admin
        )
        self.assertRefused(
            row._name,
            "action_accept",
            row.ids,
            user=self.north_admin,
            name="AccessError",
        )
        self.rpc(row._name, "action_accept", row.ids, user=self.centre_admin)
        self.assertEqual(row.state, "accepted")
        self.assertRefused(
            other._name,
            "read",
            other.ids,
            ["key"],
            user=self.north_admin,
            name="AccessError",
        )

    def test_units_see_their_own(self):
        """PF-SEC-02: differences by unit, months and runs at the centre only."""
        self._load(self._rows(T_1=None, T_3=None))
        for user, keys in (
            (self.north_admin, ["T-1"]),
            (self.south_admin, ["T-3"]),
            (self.centre_admin, ["T-1", "T-3"]),
        ):
            found = self.rpc(
                "lottery.reconcile.difference",
                "web_search_read",
                user=user,
                domain=[["run_id", "=", self.its_run.id]]
                if user == self.centre_admin
                else [],
                specification={"key": {}, "month_id": {"fields": {"display_name": {}}}},
            )
            shown = [
                row["key"] for row in found["records"] if row["key"].startswith("T-")
            ]
            self.assertEqual(sorted(shown), keys)
            self.assertEqual(found["records"][0]["month_id"]["display_name"], "2026-03")
        for model, ids in (
            (self.month._name, self.month.ids),
            (self.its_run._name, self.its_run.ids),
        ):
            self.assertRefused(
                model, "read", ids, ["id"], user=self.north_admin, name="AccessError"
            )
        self.assertRefused(
            "lottery.reconcile.difference",
            "search_read",
            [],
            user=self.specialist,
            name="AccessError",
        )
        self.assertRefused(
            self.its_run._name,
            "action_pull",
            self.its_run.ids,
            user=self.north_admin,
            name="AccessError",
        )

    def test_closed_when_nothing_is_open(self):
        """PF-INT-03: refused while open or not compared; closed, nothing moves."""
        door = (self.month._name, "action_close", self.month.ids)
        self.assertRefused(*door, user=self.centre_admin)
        self._load(self._rows(T_3=None))
        self.assertRefused(*door, user=self.centre_admin)
        (row,) = self._differences()
        row.with_user(self.centre_admin).resolution = "Closed there in March"
        row.with_user(self.centre_admin).action_accept()
        self.rpc(*door, user=self.centre_admin)
        self.assertEqual(
            (self.month.state, self.month.closed_by), ("closed", self.centre_admin)
        )
        self.assertFalse(
            self.env["lottery.reconcile.row"].search([("run_id", "=", self.its_run.id)])
        )
        self.assertRefused(
            self.its_run._name, "action_load", self.its_run.ids, user=self.centre_admin
        )
        self.assertRefused(
            row._name, "write", row.ids, {"cause": "x"}, user=self.south_admin
        )
        self.assertRefused(
            self.month._name,
            "action_reopen",
            self.month.ids,
            user=self.centre_admin,
            name="AccessError",
        )

    def test_report_and_template(self):
        """PF-INT-03: the printed report names every difference; each kind its file."""
        self._load(self._rows(T_2=["T-2", "Shop Two", "T-North", 2]))
        report = self.env["ir.actions.report"].with_user(self.centre_admin)
        html, _kind = report.with_context(lang="en_US")._render_qweb_html(
            "lottery_reconcile.lottery_reconcile_month_report", self.month.ids
        )
        text = html.decode()
        for word in ("2026-03", "T-2", "Shop Two", "register.xlsx"):
            self.assertIn(word, text)
        self.authenticate(
            self.centre_admin.login, self.centre_admin.login + "-Passw0rd!"
        )
        answer = self.url_open(f"/lottery/reconcile/{self.its_run.id}/template.xlsx")
        self.assertEqual(answer.content[:2], b"PK")
        self.authenticate(self.north_admin.login, self.north_admin.login + "-Passw0rd!")
        self._rpc_user = None
        answer = self.url_open(f"/lottery/reconcile/{self.its_run.id}/template.xlsx")
        self.assertEqual(answer.status_code, 404)

    def test_users_are_compared(self):
        """PF-INT-03: the kind this addon brings, against a register of three."""
        month = self.env["lottery.reconcile.month"].create({"month": "2026-04-01"})
        run = month.run_ids.filtered(lambda one: one.kind == "users")
        everybody = self.env["res.users"].search([("share", "=", False)])
        ours = [user.login for user in everybody if user.login not in ("t_sp", "t_sa")]
        run._take_theirs(
            [
                (login, {"active": True})
                for login in (*ours, "t_sa")
                if login not in ("__system__", "admin")
            ]
            + [("gone", {"active": True})],
            origin="register",
            compared={"active"},
        )
        found = {(row.key, row.difference) for row in run.difference_ids}
        self.assertEqual(found, {("t_sp", "missing_there"), ("gone", "missing_here")})

    def test_a_user_who_left(self):
        """PF-INT-03: archived here, still listed there: differs, not missing here."""
        self.specialist.active = False
        month = self.env["lottery.reconcile.month"].create({"month": "2026-05-01"})
        run = month.run_ids.filtered(lambda one: one.kind == "users")
        run._take_theirs(
            [("t_sp", {"active": True})], origin="register", compared={"active"}
        )
        row = run.difference_ids.filtered(lambda one: one.key == "t_sp")
        self.assertEqual(
            (row.difference, row.field_name, row.ours, row.theirs),
            ("differs", "active", "false", "true"),
        )
        self.assertEqual((row.ours_label, row.theirs_label), ("No", "Yes"))

    def test_nothing_is_entered_by_hand(self):
        for model, values in (
            ("lottery.reconcile.difference", {"key": "x", "difference": "differs"}),
            ("lottery.reconcile.run", {"month_id": self.month.id, "kind": "test"}),
        ):
            self.assertRefused(
                model, "create", [values], user=self.centre_admin, name="Error"
            )
        self.assertRefused(
            self.its_run._name,
            "write",
            self.its_run.ids,
            {"our_count": 1},
            user=self.centre_admin,
        )
        with self.assertRaises(UserError):
            self.its_run.with_user(self.centre_admin).action_compare()
