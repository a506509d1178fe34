"""A telephone order in a browser, from the caller's phone to the number (IT-DSK-01)."""

from odoo.tests import tagged

from .common import TicketHttpCase
from .test_order_desk import DeskFixture

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
const field = () => $("#o_desk_search_input");
const write = (input, text, event = "input") => {
    input.value = text;
    input.dispatchEvent(new Event(event, {bubbles: true}));
};
const press = (key) =>
    document.activeElement.dispatchEvent(
        new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
const packs = (code) => $(`[data-game=${code}] .o_desk_packs`);
const open = async (text) => {
    await wait("focus", () => document.activeElement === field());
    write(field(), text);
    press("Enter");
    await wait("the outlet", () => $(".o_desk_columns"));
};
const tick = () => {
    for (const box of [...document.querySelectorAll(".o_desk_question input")].slice(0, 2))
        box.click();
};
const submit = () => $(".o_desk_submit");
const done = () => console.log("test successful");
"""


@tagged("post_install", "-at_install")
class TestOrderDeskBrowser(DeskFixture, TicketHttpCase):
    browser_size = "1440x900"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_desk()
        cls.desk.lang = cls.specialist.lang = "en_US"

    def _run(self, code, login="t_desk", path="/odoo/telephone-order"):
        self.browser_js(
            path,
            f"(async () => {{{HELPERS} {code}}})()"
            ".catch((error) => console.error(error.message))",
            ready="Boolean(document.querySelector('.o_desk_start, .o_desk_columns'))",
            login=login,
            timeout=120,
        )
        self.env.invalidate_all()
        return self.env["instant.order"].search([("outlet_id", "=", self.outlet.id)])

    def test_from_search_to_number(self):
        """IT-DSK-01: by keyboard; two clicks and a lost answer make one order."""
        order = self._run(
            """
            await wait("focus", () => document.activeElement === field());
            write(field(), "Outlet");
            await wait("found", () => $("#o_desk_found li:nth-child(2)"));
            press("ArrowDown"); press("ArrowUp"); press("ArrowUp");
            await wait("last", () => $("#o_desk_found li:last-child").ariaSelected === "true");
            press("Escape");
            await open("PHONE");
            const shown = $(".o_desk_caller").textContent;
            for (const text of ["NUMBER", "L-4711"])
                if (!shown.includes(text)) fail("not shown: " + text);
            if (!submit().disabled) fail("an empty order can be sent");
            write($(".o_desk_filters input"), "ta01");
            $(".o_desk_filters input").focus();
            press("Enter");
            await wait("packs focused", () => document.activeElement === packs("TA01"));
            write(packs("TA01"), "99", "change");
            await wait("stock is the limit", () => packs("TA01").value === "20");
            await wait("short", () => $(".o_desk_rest").textContent.includes("5,000.00"));
            write(packs("TA01"), "3", "change");
            await wait("total", () => $(".o_desk_total").textContent.includes("1,500.00"));
            write($("#o_desk_note"), "ring twice", "change");
            submit().click();
            await wait("identity", () => $(".o_desk_caller .o_desk_error"));
            tick();
            await wait("asked", () => !$(".o_desk_caller .o_desk_error"));
            const {browser} = odoo.loader.modules.get("@web/core/browser/browser");
            let sent = 0;
            browser.XMLHttpRequest = class extends XMLHttpRequest {
                open(method, url) {
                    sent += this.places = url.endsWith("/instant.desk/place");
                    return super.open(...arguments);
                }
                // the first answer is lost on its way
                addEventListener(name, listener) {
                    super.addEventListener(name, (event) => {
                        if (name === "load" && this.places && sent === 1)
                            this.dispatchEvent(new Event("error"));
                        else listener(event);
                    });
                }
            };
            submit().click(); submit().click();
            await wait("lost", () => $(".o_desk_refusal"));
            if (sent !== 1) fail("sent twice");
            if (!packs("TA01").disabled) fail("the cart is open");
            submit().click();
            const name = await wait("number", () => $(".o_desk_order_name"));
            if (!/^T\\d{6}-\\d{6}$/.test(name.textContent)) fail(name.textContent);
            await wait("state", () => $("[data-state=submitted]"));
            await wait("focus", () => document.activeElement.textContent === "Next Call");
            document.activeElement.click();
            await wait("empty again", () => field() && !field().value);
            done();
            """.replace("PHONE", self.outlet.owner_id.phone[3:]).replace(
                "NUMBER", self.outlet.number
            )
        )
        self.assertEqual(len(order), 1)
        self.assertEqual(
            (order.pack_count, order.note, order.channel, order.user_id),
            (3, "ring twice", "desk", self.desk),
        )
        self.assertEqual(order.identity_asked, "owner_name,phone_end")
        self.assertTrue(order.call_ended_at)
        self.assertBooksAgree()

    def test_leaving_by_mistake_loses_nothing(self):
        """IT-DSK-01: the unfinished order comes back; dropped, it is gone."""
        orders = self._run(
            """
            await open("NUMBER");
            write(packs("TA01"), "4", "change");
            write($("#o_desk_note"), "back door", "change");
            await wait("total", () => $(".o_desk_total").textContent.includes("2,000.00"));
            const {action} = odoo.__WOWL_DEBUG__.root.env.services;
            await action.doAction("instant_ticket.instant_order_action");
            await wait("the list", () => $(".o_list_view"));
            await action.doAction("instant_ticket.instant_order_desk_action");
            await wait("kept packs", () => packs("TA01")?.value === "4");
            if ($("#o_desk_note").value !== "back door") fail("note lost");
            $(".alert-info .btn-link").click();
            await wait("dropped", () => field());
            await action.doAction("instant_ticket.instant_order_action");
            await wait("the list", () => $(".o_list_view"));
            await action.doAction("instant_ticket.instant_order_desk_action");
            await wait("a new call", () => field());
            done();
            """.replace("NUMBER", self.outlet.number)
        )
        self.assertFalse(orders)

    def test_refusal_stands_beside_its_line(self):
        """IT-DSK-01: somebody else took the packs meanwhile; what is left is said."""
        self._top_up(self.outlet, 20000)
        self._place(self.outlet, {self.game: 8})
        self._run(
            """
            await open("NUMBER");
            tick();
            const repeat = await wait("repeat", () => $(".o_desk_cart .btn-secondary"));
            repeat.click();
            await wait("eight", () => packs("TA01").value === "8");
            const {orm} = odoo.__WOWL_DEBUG__.root.env.services;
            const other = [OTHER, [{game: "TA01", packs: 7}], "faster"];
            await orm.call("instant.order", "place_order", other);
            submit().click();
            await wait("beside the line", () =>
                $("[data-game=TA01] .o_desk_error")?.textContent.includes("5"));
            write(packs("TA01"), "8", "change");
            await wait("limited", () => packs("TA01").value === "5");
            submit().click();
            await wait("number", () => $(".o_desk_order_name"));
            done();
            """.replace("NUMBER", self.outlet.number).replace(
                "OTHER", str(self.other_outlet.id)
            )
        )
        self.assertEqual(self.game.availability_ids.available, 0)
        self.assertBooksAgree()

    def test_specialist_is_asked_no_questions(self):
        """IT-DSK-01: the same screen for the own outlets."""
        order = self._run(
            """
            await open("NUMBER");
            if ($(".o_desk_question")) fail("asked for identity");
            write(packs("TA01"), "2", "change");
            await wait("ready", () => !submit().disabled);
            submit().click();
            await wait("number", () => $(".o_desk_order_name"));
            done();
            """.replace("NUMBER", self.outlet.number),
            login="t_spec",
        )
        self.assertEqual((order.channel, order.pack_count), ("specialist", 2))
