import {Component, reactive, useState} from "@odoo/owl";
import {formatInteger} from "@web/views/fields/formatters";
import {registry} from "@web/core/registry";

/** Without a word for this long a call is taken for dead and its bar goes away. */
const SILENCE_MS = 60_000;

/** Bars of the long calls of this user, by key; fed by the server over the bus. */
export const progressService = {
    dependencies: ["bus_service"],
    start(_env, {bus_service: bus}) {
        const bars = reactive({});
        const timers = {};
        const drop = (key) => {
            clearTimeout(timers[key]);
            delete timers[key];
            delete bars[key];
        };
        bus.subscribe("lottery_progress", ({key, closed, ...bar}) => {
            drop(key);
            if (!closed) {
                bars[key] = bar;
                timers[key] = setTimeout(drop, SILENCE_MS, key);
            }
        });
        return {bars};
    },
};

export class ProgressBars extends Component {
    static template = "lottery_base.ProgressBars";
    static props = {};

    setup() {
        this.bars = useState(this.env.services.lottery_progress.bars);
    }

    count(bar) {
        const done = formatInteger(bar.done);
        return bar.total ? `${done} / ${formatInteger(bar.total)}` : done;
    }
}

registry.category("services").add("lottery_progress", progressService);
registry.category("main_components").add("lottery_base.ProgressBars", {
    Component: ProgressBars,
});
