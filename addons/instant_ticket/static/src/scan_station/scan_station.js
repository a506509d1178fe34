import {onMounted, onWillUnmount} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {deserializeDateTime, formatDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {Station} from "./station";

const POLL_MS = 1500;
const ORDER_NUMBER = /^T\d{6}-\d{6,}$/i;

/** Scan-out: picks one order after the other (IT-WHS-03). */
export class ScanStation extends Station {
    static template = "instant_ticket.ScanStation";
    static storage = "scan_out";

    setup() {
        super.setup();
        onMounted(() => this.resume());
        onWillUnmount(() => browser.clearTimeout(this.poll));
    }

    initialState() {
        return {order: null, loaded: false, skipped: []};
    }

    // --- figures on the screen -------------------------------------------------------

    get order() {
        return this.state.order;
    }

    get open() {
        return this.order && ["locked", "picking"].includes(this.order.state);
    }

    get scanning() {
        return this.open && !this.order.confirming;
    }

    get complete() {
        return this.order && this.order.scanned === this.order.wanted;
    }

    get deadline() {
        const {deadline} = this.order;
        return deadline
            ? formatDateTime(deserializeDateTime(deadline), {format: "MM-dd HH:mm"})
            : "";
    }

    get items() {
        const lines = Object.fromEntries(
            this.order.lines.map((line) => [line.id, line]),
        );
        return this.order.items.map((item) => ({
            ...item,
            scanned: lines[item.line_id].scanned,
        }));
    }

    money(amount) {
        return (amount || 0).toLocaleString("zh-CN", {
            minimumFractionDigits: 2,
            maximumFractionDigits: 2,
        });
    }

    // --- orders ----------------------------------------------------------------------

    async resume() {
        const saved = Number(browser.localStorage.getItem(this.storageKey("order")));
        if (saved) {
            await this.attempt(async () =>
                this.setOrder(
                    await this.orm.call("instant.order", "scan_station_load", [
                        [saved],
                    ]),
                ),
            );
        }
        if (
            !this.order ||
            !["locked", "picking", "exception"].includes(this.order.state)
        ) {
            await this.next();
        }
        this.state.loaded = true;
    }

    setOrder(order) {
        const changed = order?.id !== this.order?.id;
        this.state.order = order || null;
        browser.localStorage.setItem(this.storageKey("order"), order ? order.id : "");
        if (changed) {
            this.show("idle");
        }
        this.watch();
    }

    async next() {
        await this.attempt(async () => {
            const order = await this.orm.call("instant.order", "scan_station_next", [
                this.state.skipped,
            ]);
            if (!order && this.state.skipped.length) {
                this.state.skipped = []; // all were put aside: begin with the first again
            }
            this.setOrder(order);
        });
    }

    async skip() {
        this.state.skipped.push(this.order.id);
        await this.next();
    }

    async openByNumber(code) {
        await this.attempt(async () =>
            this.setOrder(
                await this.orm.call("instant.order", "scan_station_open", [code]),
            ),
        );
    }

    // --- scans -----------------------------------------------------------------------

    onCode(code) {
        if (ORDER_NUMBER.test(code.normalize("NFKC"))) {
            this.openByNumber(code);
        } else if (this.scanning) {
            this.queue.push({verb: "scan_station_scan", order: this.order.id, code});
        } else {
            this.show("refused", _t("Open an order first."));
        }
    }

    undo() {
        this.queue.push({verb: "scan_station_undo", order: this.order.id, code: false});
    }

    sendItem({verb, order, code, key}) {
        return this.orm.silent.call("instant.order", verb, [[order], code, key]);
    }

    onAnswer(item, answer) {
        if (this.order?.id === item.order) {
            Object.assign(this.order, answer.order);
        }
        const finished = answer.result === "ok" && this.complete;
        this.show(answer.result, answer.message, answer.check);
        if (finished) {
            this.state.word = _t("Complete");
            this.state.message = _t("Confirm out now.");
        }
    }

    // --- closing ---------------------------------------------------------------------

    async confirm() {
        await this.attempt(async () => {
            this.setOrder(
                await this.orm.call("instant.order", "scan_station_confirm", [
                    [this.order.id],
                ]),
            );
            this.show("wait", _t("ILMS is asked to confirm the deduction."));
        });
    }

    /** While ILMS decides, look again and again; its word ends the order. */
    watch() {
        browser.clearTimeout(this.poll);
        if (!this.order?.confirming || this.queue.stopped) {
            return;
        }
        this.poll = browser.setTimeout(async () => {
            try {
                const order = await this.orm.silent.call(
                    "instant.order",
                    "scan_station_load",
                    [[this.order.id]],
                );
                this.state.offline = false;
                this.onDecision(order);
            } catch {
                this.state.offline = true;
            }
            this.watch();
        }, POLL_MS);
    }

    onDecision(order) {
        if (order.id !== this.order?.id) {
            return;
        }
        this.state.order = order;
        if (order.state === "shipped") {
            this.show("done", _t("Confirmed. Put the slip into the parcel."));
            this.print();
        } else if (order.state === "exception") {
            this.show("refused", order.reason);
        }
    }

    async print() {
        const {id} = this.order;
        await this.action.doAction("instant_ticket.instant_order_report_packing_slip", {
            additionalContext: {
                active_ids: [id],
                active_id: id,
                active_model: "instant.order",
            },
        });
    }

    async leave() {
        await this.action.doAction("instant_ticket.instant_order_action", {
            clearBreadcrumbs: true,
        });
    }
}

registry.category("actions").add("instant_ticket.scan_station", ScanStation);
