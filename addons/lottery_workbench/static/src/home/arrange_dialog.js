import {Component, useState} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";

/** A list to tick and to put in order: figures of the page, or shortcuts. */
export class ArrangeDialog extends Component {
    static template = "lottery_workbench.ArrangeDialog";
    static components = {Dialog};
    static props = {
        close: Function,
        title: String,
        rows: Array, // {key, title, shown}
        save: Function,
        reset: {type: Function, optional: true},
        searchable: {type: Boolean, optional: true},
    };

    setup() {
        this.state = useState({
            rows: this.props.rows.map((row) => ({...row})),
            search: "",
        });
    }

    get rows() {
        const text = this.state.search.trim().toLowerCase();
        return this.state.rows.filter((row) => row.title.toLowerCase().includes(text));
    }

    move(row, step) {
        const {rows} = this.state;
        const from = rows.indexOf(row);
        const to = from + step;
        if (to >= 0 && to < rows.length) {
            rows.splice(from, 1);
            rows.splice(to, 0, row);
        }
    }

    async save() {
        await this.props.save(this.state.rows);
        this.props.close();
    }

    async reset() {
        await this.props.reset();
        this.props.close();
    }
}
