from functools import partial
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from odoo.addons.lottery_base.tests.common import BranchFixture

from ..engine.chain import verify_all
from .common import SCHEMA, ScratchCase

SEAL = "odoo.addons.lottery_journal.models.lottery_journal_seal"


@tagged("post_install", "-at_install", "security")
class TestTampered(BranchFixture, ScratchCase, HttpCase):
    """PF-AUD-02: a journal edited in SQL, as the auditor sees it in the web client."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_branches()
        cls._create_user("t_auditor", cls.centre, "centre_leader", lang="en_US")

    def setUp(self):
        super().setUp()
        journal = type(self.env["lottery.journal"])
        for patcher in (
            patch(f"{SEAL}.verify_all", partial(verify_all, schema=SCHEMA)),
            patch.object(journal, "_row_ring", lambda _journal: self.row_ring),
            # the chain's key is the sealer's alone
            patch.object(journal, "_chain_ring", lambda _journal: None),
            patch.object(journal, "_read_heads", lambda *_args: ([], [])),
        ):
            self.startPatcher(patcher)
        self.authenticate("t_auditor", "t_auditor-Passw0rd!")

    def _call(self, model, method, *args):
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {
                "model": model,
                "method": method,
                "args": args,
                "kwargs": {"context": {"lang": "en_US"}},
            },
        )

    def _press_verify(self):
        action = self._call("lottery.journal.verification", "action_verify")
        return action["params"]["type"], action["params"]["message"]

    def test_first_broken_entry_is_named(self):
        self.fill(6)
        self.assertEqual(self._press_verify(), ("success", "6 entries, intact."))
        self.sql("UPDATE entry SET body = '{}' WHERE seq IN (3, 5)")
        kind, message = self._press_verify()
        self.assertEqual(kind, "danger")
        self.assertIn("Broken at entry 3", message)
        answer = self._call("lottery.journal", "verify")
        self.assertEqual((answer["ok"], answer["first_broken"]), (False, 3))
        self.sql("DELETE FROM entry WHERE seq = 2")
        self.assertIn("Broken at entry 2", self._press_verify()[1])

    def test_fallback_is_said_in_the_health_line(self):
        """Where Odoo's role owns the tables the operator reads so."""
        journal = type(self.env["lottery.journal"])
        for owns, words in ((True, "fallback: Odoo's role owns"), (False, "own role")):
            with patch.object(journal, "_owns_tables", lambda _journal, o=owns: o):
                checks = self.url_open("/lottery/health").json()["checks"]
            with self.subTest(owns=owns):
                self.assertIn(words, checks["journal"]["detail"])
