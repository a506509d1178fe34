"""Home page and feedback in a browser (PF-WRK-01, PF-WRK-03)."""

import base64
import io

from PIL import Image

from odoo.tests import tagged

from .common import WorkbenchCase

HELPERS = """
const wait = async (what, test) => {
    for (let n = 0; n < 300; n++) {
        const found = test();
        if (found) return found;
        await new Promise((next) => setTimeout(next, 50));
    }
    throw new Error(`${what} never came: ${document.body.innerText.slice(0, 300)}`);
};
const $ = (selector) => document.querySelector(selector);
const fail = (what) => { throw new Error(what); };
const write = (input, text) => {
    input.value = text;
    input.dispatchEvent(new Event("input", {bubbles: true}));
};
const done = () => console.log("test successful");
"""


@tagged("post_install", "-at_install")
class TestBrowser(WorkbenchCase):
    browser_size = "1440x900"

    def _run(self, code, user, path="/odoo"):
        self.browser_js(
            path,
            f"(async () => {{{HELPERS} {code}}})()"
            ".catch((error) => console.error(error.message))",
            ready="Boolean(document.querySelector('.lt-home-cards button'))",
            login=user.login,
            timeout=120,
        )
        self.env.invalidate_all()

    def test_home_is_the_first_page(self):
        """PF-WRK-03: dialog to confirm, figures, arranging, the way to the records."""
        announcement = self.env["lottery.announcement"].create(
            {
                "name": "Read this first",
                "body": "<p>All hands</p>",
                "branch_id": self.north.id,
                "branch_ids": self.north.ids,
                "must_confirm": True,
            }
        )
        announcement.action_publish()
        self.env["lottery.consultation"].create(
            {
                "subject": "Ticket",
                "question": "?",
                "kind_id": self.env.ref(
                    "lottery_workbench.lottery_consultation_kind_other"
                ).id,
                "branch_id": self.north.id,
                "user_id": self.desk.id,
            }
        )
        self._run(
            """
            const confirm = await wait("dialog", () => $(".lt-announcement-confirm"));
            if (!$(".lt-announcement-body").innerText.includes("All hands")) fail("body");
            confirm.click();
            await wait("dialog gone", () => !$(".lt-announcement-confirm"));
            const card = () => $("[data-code='lottery_workbench.consultations']");
            if (!card().innerText.startsWith("1")) fail(card().innerText);
            $(".lt-home-arrange").click();
            const box = await wait("list", () =>
                $("[data-key='lottery_workbench.notifications']"));
            box.click();
            $(".lt-arrange-save").click();
            await wait("hidden", () =>
                card() && !$("[data-code='lottery_workbench.notifications']"));
            card().click();
            await wait("records", () => $(".o_list_view .o_data_row"));
            if (document.querySelectorAll(".o_data_row").length !== 1) fail("rows");
            done();
            """,
            self.desk,
        )
        receipt = announcement.receipt_ids.filtered("confirmed_at")
        self.assertEqual(receipt.user_id, self.desk)
        preference = self.env["lottery.home.preference"].search(
            [("user_id", "=", self.desk.id)]
        )
        hidden = [row["code"] for row in preference.item_choice if not row["shown"]]
        self.assertIn("lottery_workbench.notifications", hidden)

    def test_feedback_with_a_picture_of_the_page(self):
        """PF-WRK-01: from any page; the picture shows the page, not the dialog."""
        self._run(
            """
            const button = await wait("button", () => $(".lt-feedback-button"));
            button.click();
            const text = await wait("dialog", () => $("#lt_feedback_text"));
            await wait("picture", () => $(".lt-feedback-preview img"));
            $(".lt-feedback-send").click();
            await wait("asked for words", () => $(".lt-feedback-error"));
            write(text, "Where is the list?");
            $(".lt-feedback-send").click();
            await wait("sent", () => !$("#lt_feedback_text"));
            done();
            """,
            self.desk,
        )
        row = self.env["lottery.feedback"].search([("author_id", "=", self.desk.id)])
        self.assertEqual((row.text, row.kind), ("Where is the list?", "fault"))
        self.assertTrue(row.url.startswith("/odoo"))
        self.assertIn("Workbench", row.menu_name)
        with Image.open(io.BytesIO(base64.b64decode(row.picture))) as picture:
            colours = picture.convert("RGB").getcolors(1_000_000)
            # the bar's colour, the canvas, paper and text: a drawn page, not a blank
            self.assertGreater(len(colours), 50)
            self.assertGreater(picture.width, 1000)
            most = max(count for count, _colour in colours)
            self.assertLess(most, picture.width * picture.height * 0.97)
