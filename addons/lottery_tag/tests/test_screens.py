from odoo.tests import tagged

from .common import TagCase


@tagged("post_install", "-at_install")
class TestScreens(TagCase):
    def test_statistics_open_the_records(self):
        """PF-TAG-03: the screen draws its charts and every figure opens its records."""
        self.contacts_north._tag_add(self.sport)
        action = self.env["ir.actions.client"].create(
            {
                "name": "Statistics",
                "tag": "lottery_tag_statistics",
                "context": {"active_id": self.topic.id},
            }
        )
        self.browser_js(
            f"/odoo/action-{action.id}",
            """
            const until = async (condition) => {
                while (!condition()) await new Promise(requestAnimationFrame);
                return condition();
            };
            (async () => {
                const figure = await until(
                    () => document.querySelector(".lt-tag-card button[name=now]"));
                if (figure.textContent !== "4") throw new Error(figure.textContent);
                const canvas = document.querySelector(".lt-tag-chart canvas");
                if (!Chart.getChart(canvas)) throw new Error("no chart");
                figure.click();
                await until(() => document.querySelectorAll(
                    ".o_list_view .o_data_row").length === 4);
                console.log("test successful");
            })();
            """,
            "odoo.isReady === true",
            login=self.admin_centre.login,
        )
