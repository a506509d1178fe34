import {Component, onMounted, onWillUnmount, useState} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {useAutofocus, useService} from "@web/core/utils/hooks";

const POLL_MS = 1500;

/** The placed order: its number to read out, and its state as it changes. */
export class PlacedPanel extends Component {
    static template = "instant_ticket.PlacedPanel";
    static props = {
        order: Object,
        money: Function,
        time: Function,
        onNext: Function,
        onOpen: Function,
    };

    setup() {
        this.orm = useService("orm");
        useAutofocus({refName: "next"});
        this.state = useState({live: null, offline: false});
        onMounted(() => this.watch());
        onWillUnmount(() => {
            this.left = true;
            browser.clearTimeout(this.poll);
        });
    }

    /** Ask until ILMS has decided: accepted, or refused with its reason. */
    async watch() {
        try {
            this.state.live = await this.orm.silent.call("instant.desk", "read_order", [
                this.props.order.order_id,
            ]);
            this.state.offline = false;
        } catch {
            this.state.offline = true;
        }
        const undecided = !this.state.live || this.state.live.state === "submitted";
        if (undecided && !this.left) {
            this.poll = browser.setTimeout(() => this.watch(), POLL_MS);
        }
    }
}
