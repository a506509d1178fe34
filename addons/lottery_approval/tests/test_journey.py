from odoo.tests import HttpCase, tagged

from .common import ApprovalFixture

TOOLS = """
    const until = async (test) => {
        let found;
        while (!(found = test())) await new Promise((done) => setTimeout(done, 50));
        return found;
    };
    const all = (selector) => [...document.querySelectorAll(selector)];
    const named = (selector, text) =>
        until(() => all(selector).find((el) => el.textContent.trim() === text));
    const shown = (text) => until(() => document.body.innerText.includes(text));
    const type = (input, value) => {
        input.value = value;
        input.dispatchEvent(new Event("input", {bubbles: true}));
        input.dispatchEvent(new Event("change", {bubbles: true}));
    };
"""

ASK = """
void (async () => {
    %(tools)s
    (await until(() => document.querySelector(".o_cp_action_menus button"))).click();
    (await named(".o-dropdown-item", "申请变更")).click();
    const row = await until(() => document.querySelector("[data-field=phone]"));
    if (!row.innerText.includes("020 1111")) throw new Error(row.innerText);
    await until(() => document.querySelector("h1").innerText.includes("County North 1"));
    type(row.querySelector("input"), "020 7777");
    await until(() => document.querySelector("[data-field=phone].o_change_changed"));
    type(document.querySelector("[name=reason] textarea"), "搬迁");
    (await named("button", "提交审批")).click();
    await shown("审批中");
    await shown("ap_county");
    console.log("test successful");
})();
"""

DECIDE = """
void (async () => {
    %(tools)s
    if (innerWidth > 360) throw new Error(`width ${innerWidth}`);
    const card = await until(() => document.querySelector(".o_kanban_record"));
    if (!card.innerText.includes("020 1111 → 020 7777")) throw new Error(card.innerText);
    if (document.documentElement.scrollWidth > 360) throw new Error("scrolls sideways");
    const approve = await named(".o_kanban_record button", "同意");
    if (approve.offsetHeight < 40) throw new Error(`button ${approve.offsetHeight}`);
    approve.click();
    (await named(".modal footer button, .modal-footer button", "同意")).click();
    await shown("没有待您审批的事项");
    console.log("test successful");
})();
"""


@tagged("post_install", "-at_install")
class TestJourney(ApprovalFixture, HttpCase):
    """A specialist asks for a change, the head approves on a phone, it is written."""

    model = "lottery.change.request"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_people()
        (cls.specialist | cls.county_head).lang = "zh_CN"
        cls.county.phone = "020 1111"
        cls._create_flow({})

    def test_from_wish_to_value(self):
        """PF-APR-03, PF-APR-04: menu of the form, sheet, inbox at 360 px, record."""
        action = self.env.ref("lottery_base.lottery_branch_action")
        self.browser_js(
            f"/odoo/action-{action.id}/{self.county.id}",
            ASK % {"tools": TOOLS},
            ready="!!document.querySelector('.o_form_view')",
            login=self.specialist.login,
        )
        self.assertEqual(self.county.phone, "020 1111")
        self.browser_size = "360x740"
        self.touch_enabled = True
        self.browser_js(
            "/odoo/approvals",
            DECIDE % {"tools": TOOLS},
            ready="!!document.querySelector('.o_kanban_view')",
            login=self.county_head.login,
        )
        self.county.invalidate_recordset()
        self.assertEqual(self.county.phone, "020 7777")
        run = self.env["lottery.approval"].search(
            [("applicant_id", "=", self.specialist.id)]
        )
        self.assertEqual(run.state, "approved")
        self.assertEqual(
            [(event.kind, event.user_id.login) for event in run.event_ids],
            [
                ("submitted", self.specialist.login),
                ("approved", self.county_head.login),
                ("finished", self.county_head.login),
            ],
        )
        self.assertIn("Chrome", run.event_ids[1].device)
