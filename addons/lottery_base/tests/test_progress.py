"""Long work tells how far it is (PF-ORG-03: imports)."""

import base64
import json
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from ..tools import progress as progress_module
from ..tools.progress import progress
from ..tools.workbook import make_workbook
from .common import BranchCase, BranchFixture
from .test_import import HEADERS


class BusFixture:
    def _bars(self):
        """Return the messages on the bus since the last call."""
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].sudo().search([], order="id")
        messages = [json.loads(message) for message in rows.mapped("message")]
        rows.unlink()
        return [
            message["payload"]
            for message in messages
            if message["type"] == "lottery_progress"
        ]


@tagged("post_install", "-at_install")
class TestProgress(BusFixture, BranchCase):
    def setUp(self):
        super().setUp()
        self.now = 100.0
        self.enterContext(
            patch.object(progress_module.time, "monotonic", lambda: self.now)
        )

    def _steps(self, count, seconds, fail_at=None):
        with progress(self.env, "Counting", count) as bar:
            for step in range(count):
                self.now += seconds
                bar.advance()
                if step == fail_at:
                    raise RuntimeError

    def test_short_work_says_nothing(self):
        self._steps(7, 0.125)
        self.assertEqual(self._bars(), [])

    def test_long_work_says_how_far_it_is_and_ends(self):
        """A word at most every half second, the last one takes the bar away."""
        self._steps(24, 0.125)
        bars = self._bars()
        self.assertEqual(
            [(bar["done"], bar["closed"]) for bar in bars],
            [(done, False) for done in (8, 12, 16, 20, 24)] + [(24, True)],
        )
        self.assertEqual({bar["total"] for bar in bars}, {24})
        self.assertEqual({bar["label"] for bar in bars}, {"Counting"})
        self.assertEqual(len({bar["key"] for bar in bars}), 1)

    def test_the_bar_leaves_with_an_error(self):
        failed = False
        try:  # assertRaises would take the messages back
            self._steps(24, 0.125, fail_at=20)
        except RuntimeError:
            failed = True
        self.assertTrue(failed)
        self.assertTrue(self._bars()[-1]["closed"])

    def test_an_import_counts_its_rows(self):
        """PF-ORG-03: check and import of a file, by the wizard's buttons."""
        self.enterContext(patch.object(progress_module, "QUIET_SECONDS", 0))
        self.enterContext(patch.object(progress_module, "INTERVAL_SECONDS", 0))
        user = self._create_user("t_bar", self.centre, "branch_admin", lang="en_US")
        rows = [[f"T-P{n}", f"P {n}", "county", "T-North", "", ""] for n in range(3)]
        wizard = (
            self.env["lottery.branch.import"]
            .with_user(user)
            .with_context(lang="en_US")
            .create(
                {
                    "file": base64.b64encode(make_workbook(HEADERS, rows)),
                    "filename": "units.xlsx",
                }
            )
        )
        wizard.action_check()
        bars = self._bars()
        self.assertEqual([bar["done"] for bar in bars], [1, 2, 3, 3])
        self.assertEqual(bars[0]["label"], "Checking rows")
        wizard.action_import()
        bars = self._bars()
        self.assertEqual(bars[-1]["total"], 3)
        self.assertEqual(bars[-1]["label"], "Importing rows")
        self.assertTrue(bars[-1]["closed"])


@tagged("post_install", "-at_install")
class TestProgressScreen(BranchFixture, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_branches()

    def test_the_bar_is_on_the_screen(self):
        """The web client shows the bar, and takes it away at the end."""
        user = self._create_user("t_screen", self.centre, "branch_admin", lang="zh_CN")
        self.browser_js(
            "/odoo",
            """
            const {bars} = odoo.__WOWL_DEBUG__.root.env.services.lottery_progress;
            const card = () => document.querySelector(".lt-progress-card");
            const until = async (condition) => {
                while (!condition()) await new Promise(requestAnimationFrame);
            };
            (async () => {
                bars.k = {label: "正在检查", done: 1200, total: 4800};
                await until(card);
                const bar = card().querySelector("progress");
                if (bar.position !== 0.25) throw new Error(`at ${bar.position}`);
                if (!card().innerText.includes("1,200 / 4,800")) {
                    throw new Error(card().innerText);
                }
                bars.k.total = 0;
                await until(() => card().querySelector("progress").position === -1);
                delete bars.k;
                await until(() => !card());
                console.log("test successful");
            })();
            """,
            "!!odoo.__WOWL_DEBUG__?.root?.env?.services?.lottery_progress",
            login=user.login,
        )
