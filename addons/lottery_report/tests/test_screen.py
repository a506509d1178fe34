from odoo.tests import tagged

from .common import REPORT, ReportCase


@tagged("post_install", "-at_install")
class TestScreen(ReportCase):
    def test_report_screen(self):
        """PF-RPT-01: chart, comparison, dash, grouping and drill-down on the screen."""
        self.definition.options = self._options()
        action = self.env["ir.actions.client"].create(
            {"name": "R", "tag": "lottery_report", "params": {"report": REPORT}}
        )
        self.browser_js(
            f"/odoo/action-{action.id}",
            """
            const all = (selector) => [...document.querySelectorAll(selector)];
            const until = async (condition) => {
                while (!condition()) await new Promise(requestAnimationFrame);
                return condition();
            };
            const rows = () => all(".lt-report-table tbody tr").map(
                (row) => [...row.cells].map((cell) => cell.textContent.trim()));
            const check = (actual, expected) => {
                const [a, e] = [actual, expected].map((v) => JSON.stringify(v));
                if (a !== e) throw new Error(`${a} instead of ${e}`);
            };
            (async () => {
                await until(() => rows().length === 2);
                check(rows()[1].slice(0, 2), ["2026-03-04", "2"]);
                if (!Chart.getChart(document.querySelector(".lt-report-chart canvas")))
                    throw new Error("no chart");
                document.querySelector("button[name=year]").click();
                await until(() => rows()[0]?.length > 5);
                check(rows()[0].slice(0, 5), ["2026-03-03", "1", "—", "—", "—"]);
                document.querySelector("button[name=settings]").click();
                const select = await until(
                    () => document.querySelector("select[name=dimension0]"));
                select.value = "unit";
                select.dispatchEvent(new Event("change"));
                await until(() => rows().some((row) => row[0].includes("North")));
                document.querySelector(".lt-report-table tfoot button").click();
                await until(() => all(".o_list_view .o_data_row").length === 3
                );
                console.log("test successful");
            })().catch((error) => console.error(error.message));
            """,
            "odoo.isReady === true",
            login=self.user_north.login,
        )
