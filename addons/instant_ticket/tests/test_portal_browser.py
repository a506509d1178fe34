from odoo.tests import tagged

from .portal_common import PortalCase

# The page's own requests go through `fetch`; the scripts below stand between. Each ends
# with `test successful` or throws.
HELPERS = """
const wait = async (what, test) => {
    for (let n = 0; n < 200; n++) {
        const found = test();
        if (found) return found;
        await new Promise((next) => setTimeout(next, 50));
    }
    throw new Error(`${what} never came: ${document.body.innerText.slice(0, 300)}`);
};
const $ = (selector) => document.querySelector(selector);
const done = () => console.log("test successful");
"""


@tagged("post_install", "-at_install")
class TestPortalBrowser(PortalCase):
    """IT-POR-03, IT-POR-04 in a real browser: what the page's script promises."""

    browser_size = "360x740"
    touch_enabled = True

    def _run(self, path, code):
        self.browser_js(
            path,
            f"(async () => {{{HELPERS} {code}}})()"
            ".catch((error) => console.error(error.message))",
            ready="Boolean(document.querySelector('.lt-tabs'))",
            login=self.outlet.user_id.login,
        )
        self.env.invalidate_all()

    def _fill_cart(self, game, packs):
        """Return script that puts a game into the cart through its stepper."""
        return """
            const stepper = $(`.lt-stepper[data-game="GAME"]`);
            await wait("stepper", () => !stepper.hidden);
            for (let n = 0; n < PACKS; n++) stepper.querySelector(".lt-step-more").click();
        """.replace("GAME", str(game.id)).replace("PACKS", str(packs))

    def test_cart_adds_up_and_stays_within_stock(self):
        """IT-POR-03: steppers in packs, running total, balance left."""
        self._run(
            "/my/tickets",
            self._fill_cart(self.other_game, 12)
            + """
            if (stepper.querySelector("input").value !== "10") throw new Error("stock");
            await wait("total", () => $("[data-sum=total]").textContent === "¥5,000");
            await wait("rest", () => $("[data-sum=rest]").textContent === "¥5,000");
            if ($("#lt-cartbar").hidden) throw new Error("no cart bar");
            if (document.documentElement.scrollWidth > 360) throw new Error("too wide");
            const name = `lt:${document.body.dataset.outlet}:cart`;
            const kept = JSON.parse(localStorage.getItem(name));
            if (Object.values(kept)[0].packs !== 10) throw new Error("not kept");
            const count = stepper.querySelector("input");
            const type = (value) => {
                count.value = value;
                count.dispatchEvent(new Event("change", {bubbles: true}));
            };
            type("9999");
            if (count.value !== "10") throw new Error("typed past the stock");
            type("abc");
            if (!$("#lt-cartbar").hidden) throw new Error("not emptied");
            done();
            """,
        )

    def test_lost_answer_and_double_tap_make_one_order(self):
        """IT-POR-04: the network loses the answer, the owner taps twice."""
        earlier = self._place(self.outlet, {self.game: 2})
        self._run(
            f"/my/tickets/cart?repeat={earlier.id}",
            """
            const real = window.fetch;
            let sent = 0;
            window.fetch = async (url, options) => {
                const answer = await real(url, options);
                if (!String(url).endsWith("/my/tickets/order")) return answer;
                sent += 1;
                if (sent === 1) throw new TypeError("line lost");
                const {result} = await answer.clone().json();
                if (sent === 2 && result.ok && result.duplicate) done();
                else console.error(`sent ${sent} times: ${JSON.stringify(result)}`);
                return answer;
            };
            const button = $("#lt-submit");
            await wait("cart", () => !button.disabled && $(".lt-line"));
            button.click(); button.click();
            await wait("notice", () => !$("#lt-pending").hidden);
            """,
        )
        orders = self.env["instant.order"].search([("channel", "=", "portal")])
        self.assertEqual(len(orders), 1)
        self.assertEqual(orders.pack_count, 2)

    def test_refused_line_offers_what_is_left(self):
        """IT-POR-04: what is short stands beside its line, with the way out."""
        order = self._place(self.outlet, {self.other_game: 6})
        order.action_cancel()
        self._run(
            f"/my/tickets/cart?repeat={order.id}",
            """
            const button = $("#lt-submit");
            await wait("cart", () => !button.disabled && $(".lt-line"));
            const real = window.fetch;
            window.fetch = async (url, options) => {
                window.fetch = real;
                return new Response(JSON.stringify({jsonrpc: "2.0", result: {
                    ok: false, code: "short_stock", message: "Not enough packs",
                    details: {games: [{game_id: GAME, available: 4}]},
                }}), {headers: {"Content-Type": "application/json"}});
            };
            button.click();
            const fix = await wait("fix", () => $(".lt-line-problem button"));
            if (!button.disabled) throw new Error("button stays open");
            if ($("#lt-refusal").hidden) throw new Error("no reason");
            fix.click();
            await wait("fixed", () => !$(".lt-line.is-bad") && !button.disabled);
            if ($(".lt-line input").value !== "4") throw new Error("not what is left");
            done();
            """.replace("GAME", str(self.other_game.id)),
        )

    def test_order_follows_its_state(self):
        """IT-POR-04: the page shows the state live, and says it aloud."""
        order = self._place(self.outlet, {self.game: 1})
        self._run(
            f"/my/tickets/orders/{order.id}",
            """
            const order = $("#lt-order");
            order.dataset.mark = "older"; // as if the state had changed meanwhile
            await wait("fresh page", () => $("#lt-order").dataset.mark !== "older");
            await wait("words", () => $("#lt-live-words").textContent.includes("Order received"));
            done();
            """,
        )
