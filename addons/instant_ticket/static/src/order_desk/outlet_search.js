import {Component, useRef, useState} from "@odoo/owl";
import {KeepLast} from "@web/core/utils/concurrency";
import {useAutofocus, useService} from "@web/core/utils/hooks";
import {useDebounced} from "@web/core/utils/timing";

const MIN_CHARACTERS = 2;
const TYPING_MS = 200;

/** One field for phone, number or name; arrows and Enter choose. */
export class OutletSearch extends Component {
    static template = "instant_ticket.OutletSearch";
    static props = {onChoose: Function};

    setup() {
        this.orm = useService("orm");
        this.input = useAutofocus({refName: "input"});
        this.list = useRef("list");
        this.last = new KeepLast();
        this.state = useState({text: "", found: null, at: 0, error: ""});
        this.searchSoon = useDebounced(() => this.search(), TYPING_MS);
    }

    onInput(event) {
        this.state.text = event.target.value;
        this.searchSoon();
    }

    async search() {
        const text = this.state.text.trim();
        if (text.length < MIN_CHARACTERS) {
            this.state.found = null;
            return;
        }
        try {
            this.state.found = await this.last.add(
                this.orm.silent.call("instant.desk", "search_outlets", [text]),
            );
            this.state.error = "";
        } catch (error) {
            this.state.found = null;
            this.state.error = error?.data?.message || error?.message || String(error);
        }
        this.state.at = 0;
        this.state.searched = text;
    }

    async onKeydown(event) {
        const found = this.state.found || [];
        if (["ArrowDown", "ArrowUp"].includes(event.key) && found.length) {
            event.preventDefault();
            const step = event.key === "ArrowDown" ? 1 : -1;
            this.state.at = (this.state.at + step + found.length) % found.length;
        } else if (event.key === "Enter") {
            event.preventDefault();
            await this.onEnter();
        } else if (event.key === "Escape") {
            this.state.text = "";
            this.state.found = null;
        }
    }

    /** Typed faster than searched: Enter waits for the answer to what is in the field. */
    async onEnter() {
        if (this.state.searched !== this.state.text.trim()) {
            this.searchSoon.cancel();
            await this.search();
            if (this.state.found?.length !== 1) {
                return;
            }
        }
        const outlet = this.state.found?.[this.state.at];
        if (outlet) {
            this.choose(outlet);
        }
    }

    choose(outlet) {
        this.props.onChoose(outlet.id);
    }
}
