import {Component} from "@odoo/owl";

/** Packs of one game: buttons, typed number, arrow keys; never above what is left. */
export class PackStepper extends Component {
    static template = "instant_ticket.PackStepper";
    static props = {
        game: Object,
        packs: Number,
        limit: Number,
        disabled: {type: Boolean, optional: true},
        onChange: Function,
    };

    set(packs) {
        const whole = Math.trunc(Number(packs)) || 0;
        this.props.onChange(
            this.props.game.id,
            Math.max(0, Math.min(whole, this.props.limit)),
        );
    }

    onTyped(event) {
        this.set(event.target.value);
        event.target.value = this.props.packs || "";
    }

    onKeydown(event) {
        const step = {ArrowUp: 1, ArrowDown: -1}[event.key];
        if (step) {
            event.preventDefault();
            this.set(this.props.packs + step);
        }
    }
}
