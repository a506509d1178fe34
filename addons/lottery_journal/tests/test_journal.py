import json
import os
import tempfile
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from odoo.addons.lottery_base.tests.common import BranchCase, BranchFixture

from ..engine.heads import Place, Signer
from ..engine.sealing import Tail


class JournalFixture:
    def append(self, branch, event="test.happened", **values):
        self.env["lottery.journal"]._append(
            [{"event": event, "branch_id": branch and branch.id, **values}]
        )
        return self.env["lottery.journal"].search([("event", "=", event)], limit=1)


@tagged("post_install", "-at_install", "security")
class TestJournal(JournalFixture, BranchCase):
    """PF-AUD-02 and PF-SEC-02: who reads the journal, and that nobody writes it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader = cls._create_user("journal_leader", cls.centre, "centre_leader")
        cls.head = cls._create_user("journal_head", cls.north, "branch_head")
        cls.other = cls._create_user("journal_other", cls.south, "branch_admin")
        cls.keeper = cls._create_user("journal_keeper", cls.north, "warehouse_keeper")

    def _sees(self, user, entry):
        return bool(
            self.env["lottery.journal"].with_user(user).search([("id", "=", entry.id)])
        )

    def test_units(self):
        county = self.append(self.north_county, "test.county")
        common = self.append(None, "test.common")
        self.assertTrue(self._sees(self.leader, county))
        self.assertTrue(self._sees(self.head, county))
        self.assertFalse(self._sees(self.other, county))
        self.assertTrue(self._sees(self.leader, common))
        self.assertFalse(self._sees(self.head, common))
        with self.assertRaises(AccessError):
            county.with_user(self.other).read(["body"])

    def test_roles(self):
        entry = self.append(self.north)
        with self.assertRaises(AccessError):
            entry.with_user(self.keeper).read(["event"])

    def test_nobody_writes(self):
        admin = self._create_user("journal_admin", self.centre, "admin")
        entry = self.append(self.north).with_user(admin)
        for write in (
            lambda: entry.write({"event": "x"}),
            lambda: entry.unlink(),
            lambda: entry.create({"event": "x"}),
        ):
            with self.assertRaises(AccessError):
                write()

    def test_record_of_another_unit(self):
        """The entry is seen; what it is about follows the record's own rule."""
        entry = self.append(
            self.north, model="lottery.branch", res_id=self.south.id
        ).with_user(self.head)
        self.assertFalse(entry.record_name)
        with self.assertRaises(UserError):
            entry.action_open_record()
        entry = self.append(
            self.north, "test.own", model="lottery.branch", res_id=self.north.id
        ).with_user(self.head)
        self.assertEqual(entry.record_name, self.north.display_name)
        self.assertEqual(entry.action_open_record()["res_id"], self.north.id)

    def test_search_and_group(self):
        for number in range(3):
            self.append(self.north, f"test.grouped.{number % 2}")
        journal = self.env["lottery.journal"].with_user(self.leader)
        groups = journal._read_group(
            [("event", "=like", "test.grouped.%"), ("created_at", ">=", "today")],
            ["event", "branch_id"],
            ["__count"],
        )
        self.assertEqual({count for _event, _branch, count in groups}, {1, 2})

    def test_only_auditors_verify(self):
        for user in (self.head, self.other, self.keeper):
            with self.assertRaises(AccessError):
                self.env["lottery.journal"].with_user(user).verify()
        result = self.env["lottery.journal"].with_user(self.leader).verify()
        self.assertTrue(result["ok"], result)
        action = self.env["lottery.journal.verification"].with_user(self.leader)
        self.assertEqual(action.action_verify()["params"]["type"], "success")

    def test_heads_outside_are_minded(self):
        """Odoo's own button finds a cut tail by the exported heads."""
        self.env.cr.execute("SELECT COALESCE(MAX(seq), 0) FROM journal.entry")
        last = self.env.cr.fetchone()[0]
        journal = self.env["lottery.journal"].with_user(self.leader)
        with (
            tempfile.TemporaryDirectory() as directory,
            patch.dict(os.environ, {"LOTTERY_JOURNAL_HEAD_DIRS": directory}),
            patch.object(type(journal), "_chain_ring", lambda _journal: None),
        ):
            place = Place(directory, self.env.cr.dbname)
            place.append(Signer(b"sealer"), Tail(last + 3, b"a" * 64))
            result = journal.verify()
            self.assertFalse(result["ok"])
            self.assertEqual(result["first_broken"], last + 1)
            action = self.env["lottery.journal.verification"].with_user(self.leader)
            params = action.action_verify()["params"]
            self.assertEqual((params["type"], params["sticky"]), ("danger", True))
            self.assertIn(str(last + 1), params["message"])

    def test_fallback_seals(self):
        """Where Odoo's role owns the tables a cron seals; else only the sealer can."""
        self.append(self.north, values={"amount": "1.00"})
        journal = self.env["lottery.journal"]
        journal._cron_seal()
        journal._cron_verify()
        self.env.invalidate_all()
        states = set(journal.search([]).mapped("state"))
        fallback = journal._owns_tables() and journal._chain_ring()
        self.assertIn("sealed" if fallback else "waiting", states)
        self.assertTrue(journal.with_user(self.leader).verify()["ok"])
        verifications = self.env["lottery.journal.verification"].search([])
        if fallback:
            self.assertTrue(verifications[0].ok)
            self.assertEqual(verifications[0].description, "Intact")

    def test_health(self):
        """PF-OPS-03: says which mode, and fails when rows wait too long."""
        self.append(self.north)
        check = self.env["lottery.health"]._health_checks()["journal"]
        self.assertTrue(check["ok"], check)
        self.assertGreater(check["waiting"], 0)
        limits = "odoo.addons.lottery_journal.models.lottery_health.STAGING_LIMIT"
        with patch(limits, -1):
            check = self.env["lottery.health"]._health_checks()["journal"]
        self.assertFalse(check["ok"])
        self.assertIn("staging late", check["detail"])


@tagged("post_install", "-at_install")
class TestJournalRpc(JournalFixture, BranchFixture, HttpCase):
    """PF-INT-02: the same rules through RPC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_branches()
        cls._create_user("rpc_leader", cls.centre, "centre_leader")
        cls._create_user("rpc_other", cls.south, "branch_head")

    def _call(self, method, *arguments, **options):
        response = self.url_open(
            f"/web/dataset/call_kw/lottery.journal/{method}",
            data=json.dumps(
                {
                    "jsonrpc": "2.0",
                    "params": {
                        "model": "lottery.journal",
                        "method": method,
                        "args": arguments,
                        "kwargs": options,
                    },
                }
            ),
            headers={"Content-Type": "application/json"},
        )
        return response.json()

    def test_verify(self):
        self.append(self.north)
        self.authenticate("rpc_leader", "rpc_leader-Passw0rd!")
        self.assertTrue(self._call("verify")["result"]["ok"])
        self.authenticate("rpc_other", "rpc_other-Passw0rd!")
        self.assertIn("AccessError", self._call("verify")["error"]["data"]["name"])

    def test_private_doors_are_shut(self):
        self.authenticate("rpc_leader", "rpc_leader-Passw0rd!")
        for method in ("_append", "_seal_waiting", "_chain_ring"):
            self.assertIn("error", self._call(method, []))

    def test_sibling_reads_nothing(self):
        entry = self.append(self.north, "test.rpc")
        self.authenticate("rpc_other", "rpc_other-Passw0rd!")
        found = self._call("search_read", [["event", "=", "test.rpc"]], fields=["body"])
        self.assertEqual(found["result"], [])
        self.authenticate("rpc_leader", "rpc_leader-Passw0rd!")
        found = self._call("search_read", [["event", "=", "test.rpc"]], fields=["body"])
        self.assertEqual([row["id"] for row in found["result"]], entry.ids)
