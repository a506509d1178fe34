import {Component} from "@odoo/owl";
import {formatDate, parseDate} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const INPUTS = {integer: "number", float: "number", date: "date", char: "text"};

/** Edits the text of a parameter with the control of its type (PF-WRK-02). */
export class ParameterValueField extends Component {
    static template = "lottery_base.ParameterValueField";
    static props = {...standardFieldProps, placeholder: {type: String, optional: true}};

    get value() {
        return this.props.record.data[this.props.name] || "";
    }

    get choices() {
        return this.props.record.data.choices || [];
    }

    /** `select` where there is a list to choose from, else the type of the input. */
    get control() {
        return INPUTS[this.props.record.data.type] || "select";
    }

    get label() {
        if (!this.value) {
            return "";
        }
        if (this.control === "date") {
            return formatDate(parseDate(this.value, {format: "yyyy-MM-dd"}));
        }
        const choice = this.choices.find(([code]) => code === this.value);
        return choice ? choice[1] : this.value;
    }

    onChange(event) {
        this.props.record.update({[this.props.name]: event.target.value.trim()});
    }
}

registry.category("fields").add("lottery_parameter_value", {
    component: ParameterValueField,
    supportedTypes: ["char"],
    fieldDependencies: [
        {name: "type", type: "selection", readonly: true},
        {name: "choices", type: "json", readonly: true},
    ],
    extractProps: ({placeholder}) => ({placeholder}),
});
