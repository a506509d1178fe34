import {onMounted} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {Station} from "./station";

/** Receiving: scans the cartons of one manifest in (IT-WHS-02). */
export class ReceiveStation extends Station {
    static template = "instant_ticket.ReceiveStation";
    static storage = "receive";

    setup() {
        super.setup();
        const {receipt_id: id} = this.props.action.params || {};
        this.receiptId = id || Number(this.props.action.context?.active_id) || 0;
        onMounted(() => this.reload());
    }

    initialState() {
        return {receipt: null, damaged: false, undoing: false};
    }

    get receipt() {
        return this.state.receipt;
    }

    async reload() {
        await this.attempt(async () => {
            this.state.receipt = await this.orm.call(
                "instant.receipt",
                "receive_station_open",
                [[this.receiptId]],
            );
        });
    }

    onCode(code) {
        this.queue.push({
            receipt: this.receiptId,
            code,
            damaged: this.state.damaged,
            undo: this.state.undoing,
        });
        // both are said for one scan: the next carton is an ordinary one again
        this.state.damaged = false;
        this.state.undoing = false;
    }

    sendItem({receipt, code, damaged, undo, key}) {
        return undo
            ? this.orm.silent.call("instant.receipt", "receive_station_undo", [
                  [receipt],
                  code,
                  key,
              ])
            : this.orm.silent.call("instant.receipt", "receive_station_scan", [
                  [receipt],
                  code,
                  key,
                  damaged,
              ]);
    }

    onAnswer(item, answer) {
        if (this.receipt?.id === item.receipt) {
            Object.assign(this.receipt, answer.receipt);
            if (answer.result === "ok") {
                const {missing} = this.receipt;
                this.receipt.missing = missing.filter(
                    ({code}) => code !== answer.message,
                );
            }
        }
        this.show(answer.result, answer.message, answer.check);
    }

    toggleDamaged() {
        this.state.damaged = !this.state.damaged;
        this.state.undoing = false;
    }

    toggleUndo() {
        this.state.undoing = !this.state.undoing;
        this.state.damaged = false;
    }

    async putInStock() {
        await this.attempt(async () => {
            await this.orm.call("instant.receipt", "action_validate", [
                [this.receiptId],
            ]);
            this.show("done");
            this.state.receipt = await this.orm.call(
                "instant.receipt",
                "receive_station_open",
                [[this.receiptId]],
            );
        });
    }

    async leave() {
        await this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "instant.receipt",
            res_id: this.receiptId,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("instant_ticket.receive_station", ReceiveStation);
