import {Component, useRef, useState} from "@odoo/owl";
import {PackStepper} from "./pack_stepper";

/** Games of the outlet's warehouse: filter by face value, search, steppers. */
export class GameCatalogue extends Component {
    static template = "instant_ticket.GameCatalogue";
    static components = {PackStepper};
    static props = {
        games: Array,
        cart: Object,
        problems: Object,
        maxPacks: Number,
        disabled: {type: Boolean, optional: true},
        money: Function,
        onChange: Function,
    };

    setup() {
        this.rows = useRef("rows");
        this.state = useState({text: "", face: 0});
    }

    get faces() {
        return [...new Set(this.props.games.map((game) => game.face))].sort(
            (a, b) => a - b,
        );
    }

    get shown() {
        const text = this.state.text.trim().toLowerCase();
        return this.props.games.filter(
            (game) =>
                (!this.state.face || game.face === this.state.face) &&
                `${game.code} ${game.name}`.toLowerCase().includes(text),
        );
    }

    limit(game) {
        return Math.min(game.left, this.props.maxPacks);
    }

    /** Enter goes to the packs of the first game found. */
    onKeydown(event) {
        if (event.key === "Enter" && this.shown.length) {
            event.preventDefault();
            const field = this.rows.el.querySelector(".o_desk_packs");
            field?.focus();
            field?.select();
        }
    }
}
