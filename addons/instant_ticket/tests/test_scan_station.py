"""The scan-out station in a browser (IT-WHS-03)."""

from odoo.tests import tagged

from .common import TicketHttpCase

WEDGE = """
(async () => {
    const wait = async (what, check) => {
        for (let i = 0; i < 300; i++) {
            if (check()) return;
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        throw new Error("waited in vain for " + what);
    };
    const text = (selector) =>
        (document.querySelector(selector)?.textContent || "").replace(/\\s+/g, " ").trim();
    const tone = () => document.querySelector(".o_station").dataset.tone;
    const type = async (code) => {
        // what a wedge scanner does: keys as fast as they come, then Enter
        for (const key of [...code, "Enter"]) {
            const target = document.activeElement;
            const event = { key, bubbles: true, cancelable: true };
            target.dispatchEvent(new KeyboardEvent("keydown", event));
            const field = document.activeElement;
            if (key.length === 1 && field.tagName === "INPUT") field.value += key;
        }
    };
    const codes = %(codes)s;
    if (document.activeElement !== document.querySelector(".o_scan_input")) {
        throw new Error("the field has no focus");
    }
    for (const code of codes) {
        await type(code);
        await new Promise((resolve) => setTimeout(resolve, 30));
    }
    await wait("all scans", () => text(".o_station_progress") === "12 / 12");
    await wait("an empty queue", () => !document.querySelector(".o_station_pending"));
    if (tone() !== "ok") throw new Error("not green: " + tone());
    await type("NONSENSE");
    await wait("red", () => tone() === "refused");
    if (!text(".o_station_word").includes("#1")) throw new Error("no check number");
    if (text(".o_station_progress") !== "12 / 12") throw new Error("something changed");
    document.activeElement.blur();
    await wait("the focus back", () =>
        document.activeElement === document.querySelector(".o_scan_input"));
    document.querySelector(".o_station_actions .o_station_button:nth-child(2)").click();
    await wait("one taken back", () => text(".o_station_progress") === "11 / 12");
    await wait("amber", () => tone() === "undone");
    await wait("quiet", () => !document.querySelector(".o_station_pending"));
    await type(codes[codes.length - 1]);
    await wait("the last again", () => text(".o_station_progress") === "12 / 12");
    const confirm = document.querySelector(".o_station_primary");
    await wait("the button", () => !confirm.disabled);
    confirm.click();
    await wait("waiting for ILMS", () => document.querySelector(".o_station_note"));
    console.log("test successful");
})().catch((error) => console.error(error));
"""

QUEUE = """
(async () => {
    const { ScanQueue } = odoo.loader.modules.get(
        "@instant_ticket/scan_station/scan_queue");
    const { ConnectionLostError } = odoo.loader.modules.get("@web/core/network/rpc");
    const storageKey = "instant_ticket.test";
    localStorage.removeItem(storageKey);
    const make = (send, answers) =>
        new ScanQueue({
            storageKey,
            send,
            onAnswer: (item) => answers.push(item.code),
            onRefused: (item) => answers.push("no:" + item.code),
            onChange: () => {},
        });
    const same = (a, b, what) => {
        if (JSON.stringify(a) !== JSON.stringify(b)) {
            throw new Error(what + ": " + JSON.stringify(a) + " <> " + JSON.stringify(b));
        }
    };
    // the line is dead: nothing is lost, and the page is closed
    const first = [];
    const dead = make(() => new Promise(() => {}), first);
    for (const code of ["a", "b", "c"]) dead.push({ code });
    same(dead.pending, 3, "kept");
    dead.stop();
    // a reload goes on with the same keys, in order, one at a time
    const keys = [];
    let open = 0;
    let failures = 2;
    const second = [];
    const queue = make(async (item) => {
        open += 1;
        if (open > 1) throw new Error("two at once");
        await new Promise((resolve) => setTimeout(resolve, 5));
        open -= 1;
        if (item.code === "b" && failures-- > 0) throw new ConnectionLostError("/x");
        if (item.code === "c") throw new Error("refused for good");
        keys.push(item.key);
    }, second);
    const kept = queue.items.map((item) => item.key);
    same(queue.pending, 3, "after reload");
    queue.push({ code: "d" });
    await queue.flush();
    same(second, ["a", "b", "no:c", "d"], "order");
    same(keys.slice(0, 2), kept.slice(0, 2), "keys");
    same(localStorage.getItem(storageKey), "[]", "storage");
    console.log("test successful");
})().catch((error) => console.error(error));
"""


@tagged("post_install", "-at_install")
class TestScanStation(TicketHttpCase):
    def test_wedge_scanner(self):
        """IT-WHS-03: a keyboard-wedge scanner loses none; wrong is red; undo; close."""
        order = self._ready_order(packs=12)
        packs = self.env["instant.pack"].search(
            [("game_id", "=", self.game.id), ("state", "=", "available")], limit=12
        )
        self.browser_js(
            "/odoo/scan-out",
            WEDGE % {"codes": packs.mapped("code")},
            ready="!!document.querySelector('.o_station_figures')",
            login="t_keeper",
            timeout=90,
        )
        self.env.invalidate_all()
        self.assertEqual(order.scanned_count, 12)
        self.assertEqual(order.picker_id, self.keeper)
        self.assertTrue(order.confirming)
        scans = self.env["instant.scan"].search([("order_id", "=", order.id)])
        self.assertEqual(len(scans), 15)
        self.assertEqual(len(set(scans.mapped("key"))), 15)

    def test_queue_survives(self):
        """IT-WHS-03: scans survive a dead line and a reload, each sent with its key."""
        self.browser_js(
            "/odoo/scan-out",
            QUEUE,
            ready="!!document.querySelector('.o_station_empty')",
            login="t_keeper",
            timeout=60,
        )
