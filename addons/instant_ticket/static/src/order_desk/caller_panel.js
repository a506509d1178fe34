import {Component} from "@odoo/owl";

/** Who calls: the outlet's facts, what to ask, its money, its last orders. */
export class CallerPanel extends Component {
    static template = "instant_ticket.CallerPanel";
    static props = {
        data: Object,
        identity: Object,
        problem: {type: String, optional: true},
        money: Function,
        time: Function,
        onTick: Function,
        onOpen: Function,
    };

    get ticked() {
        return Object.values(this.props.identity).filter(Boolean).length;
    }
}
