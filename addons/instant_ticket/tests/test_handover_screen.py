"""The hand-over screen in a browser (IT-DLV-04)."""

from odoo.tests import tagged

from .common import TicketHttpCase

HELPERS = """
    const wait = async (what, check) => {
        for (let i = 0; i < 300; i++) {
            if (check()) return;
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        throw new Error("waited in vain for " + what);
    };
    const one = (selector) => document.querySelector(selector);
    const text = (selector) =>
        (one(selector)?.textContent || "").replace(/\\s+/g, " ").trim();
    const tone = () => one(".o_station").dataset.tone;
    const fill = (selector, value) => {
        const field = one(selector);
        field.value = value;
        field.dispatchEvent(new Event("input", { bubbles: true }));
        field.dispatchEvent(new Event("change", { bubbles: true }));
    };
    const scan = (code) => {
        const field = one(".o_scan_field input");
        field.value = code;
        field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    };
    const press = async (name) => {
        const button = () => one(`.o_handover_${name}:not(:disabled)`);
        await wait("button " + name, button);
        button().click();
    };
    const find = async (code) => {
        await wait("the scan field", () => one(".o_scan_field input"));
        scan(code);
        await wait("the parcel", () => text(".o_handover_card"));
    };
"""

DELIVER = """
(async () => {
    %(helpers)s
    await find("%(name)s");
    if (document.body.innerHTML.includes("%(code)s")) throw new Error("shows the code");
    fill("#handover_code", "%(wrong)s");
    await press("deliver");
    await wait("red", () => tone() === "refused");
    if (!/4/.test(text(".o_station_message"))) {
        throw new Error("says " + text(".o_station_message"));
    }
    if (one("#handover_code").value) throw new Error("the wrong code stays");
    fill("#handover_receiver", "Owner's son");
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 40;
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    const files = new DataTransfer();
    files.items.add(new File([blob], "photo.png", { type: "image/png" }));
    one("input[type=file]").files = files.files;
    one("input[type=file]").dispatchEvent(new Event("change", { bubbles: true }));
    await wait("the photo", () => document.querySelectorAll(".o_handover_thumb").length === 1);
    await press("sign");
    await wait("the pad", () => one(".o_dialog canvas"));
    const pad = one(".o_dialog canvas");
    const box = pad.getBoundingClientRect();
    const draw = (type, x, y) => pad.dispatchEvent(new PointerEvent(type, {
        bubbles: true, pointerId: 1, pressure: 0.5, button: 0,
        buttons: type === "pointerup" ? 0 : 1, isPrimary: true,
        clientX: box.x + x, clientY: box.y + y,
    }));
    draw("pointerdown", 20, 20);
    for (let i = 0; i < 20; i++) draw("pointermove", 20 + 5 * i, 20 + 2 * i);
    draw("pointerup", 120, 60);
    await wait("the stroke", () => !one(".o_dialog .btn-primary").disabled);
    one(".o_dialog .btn-primary").click();
    await wait("the signature", () => document.querySelectorAll(".o_handover_thumb").length === 2);
    fill("#handover_code", "%(code)s");
    await press("deliver");
    await wait("green", () => tone() === "done");
    await wait("the next", () => one(".o_scan_field input"));
    console.log("test successful");
})().catch((error) => console.error(error));
"""

RETURN = """
(async () => {
    %(helpers)s
    await find("%(name)s");
    await press("failed");
    await wait("the reasons", () => one(".o_handover_choice input[value=refused]"));
    one(".o_handover_choice input[value=refused]").click();
    if (!one("#handover_again").value) throw new Error("no second attempt proposed");
    await press("failed");
    await wait("noted", () => tone() === "done" && one(".o_scan_field input"));
    await find("%(name)s");
    await press("failed");
    await wait("the last", () => one(".o_handover_pause"));
    if (one("#handover_again")) throw new Error("asks for a third attempt");
    one(".o_handover_choice input[value=nobody_there]").click();
    await press("failed");
    await wait("back", () => tone() === "done" && one(".o_scan_field input"));
    await find("%(name)s");
    for (const code of %(packs)s) {
        scan(code);
        await wait(code, () => tone() === "ok" && text(".o_station_message") === code);
    }
    await press("put_back");
    await wait("ILMS", () => tone() === "wait");
    console.log("test successful");
})().catch((error) => console.error(error));
"""


@tagged("post_install", "-at_install")
class TestHandoverScreen(TicketHttpCase):
    def _shipped(self):
        order = self._ready_order()
        packs = self._ship(order)
        return order, packs

    def _run(self, script, order, **values):
        code = order.pickup_code
        self.browser_js(
            "/odoo/hand-over",
            script
            % {
                "helpers": HELPERS,
                "name": order.name,
                "code": code,
                "wrong": f"{(int(code) + 1) % 10**6:06d}",
                **values,
            },
            ready="!!document.querySelector('.o_scan_field input')",
            login="t_keeper",
            timeout=90,
        )
        self.env.invalidate_all()

    def test_handed_over_with_photo_and_signature(self):
        """IT-DLV-04: wrong code red and kept, then photo, signature, right code."""
        order, _packs = self._shipped()
        self._run(DELIVER, order)
        self.assertEqual(order.state, "delivered")
        receipt, wrong = order.attempt_ids
        self.assertEqual((wrong.outcome, receipt.outcome), ("wrong_code", "delivered"))
        self.assertEqual(receipt.receiver, "Owner's son")
        self.assertEqual(receipt.user_id, self.keeper)
        self.assertTrue(receipt.photo and receipt.signature)

    def test_two_visits_then_scanned_back_in(self):
        """IT-DLV-04: first and second attempt, return to stock, scan by scan."""
        order, packs = self._shipped()
        self._run(RETURN, order, packs=packs.mapped("code"))
        self.assertEqual((order.state, order.return_state), ("exception", "asked"))
        self.assertPacks(packs, "returned")
        first = order.attempt_ids[-1]
        self.assertEqual(first.outcome, "refused")
        self.assertTrue(first.next_at)
