import {Component} from "@odoo/owl";
import {MultiRecordSelector} from "@web/core/record_selectors/multi_record_selector";
import {RecordSelector} from "@web/core/record_selectors/record_selector";
import {deserializeDateTime, serializeDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useService} from "@web/core/utils/hooks";

const {DateTime} = luxon;
const LOCAL_FORMAT = "yyyy-MM-dd'T'HH:mm";
const NUMBERS = ["integer", "float", "monetary"];

/** Fields of a record side by side: what is, what shall be, what has moved meanwhile. */
export class ChangeSheet extends Component {
    static template = "lottery_approval.ChangeSheet";
    static components = {MultiRecordSelector, RecordSelector};
    static props = {...standardFieldProps};

    setup() {
        this.orm = useService("orm");
    }

    get data() {
        return this.props.record.data;
    }

    get rows() {
        return this.data.sheet || [];
    }

    get isEditable() {
        return (
            !this.props.readonly &&
            ["none", "rejected"].includes(this.data.approval_state)
        );
    }

    get canChoose() {
        return this.data.approval_state === "pending" && this.data.approval_can_review;
    }

    get proposal() {
        return this.data[this.props.name] || {};
    }

    isChanged(row) {
        return row.name in this.proposal;
    }

    getValue(row) {
        return this.isChanged(row) ? this.proposal[row.name] : row.old;
    }

    getInputType(row) {
        if (NUMBERS.includes(row.type)) {
            return "number";
        }
        return {date: "date", datetime: "datetime-local"}[row.type] || "text";
    }

    getInputValue(row) {
        const value = this.getValue(row);
        if (value === false || value === null || value === undefined) {
            return "";
        }
        if (row.type === "datetime") {
            return deserializeDateTime(value.replace("T", " ")).toFormat(LOCAL_FORMAT);
        }
        return value;
    }

    onInput(row, text) {
        let value = text;
        if (NUMBERS.includes(row.type)) {
            value = text === "" ? 0 : Number(text);
        } else if (row.type === "datetime" && text) {
            value = serializeDateTime(DateTime.fromFormat(text, LOCAL_FORMAT));
        }
        this.setValue(row, value === "" ? false : value);
    }

    setValue(row, value) {
        const proposal = {...this.proposal, [row.name]: value};
        if (JSON.stringify(value) === JSON.stringify(row.old)) {
            delete proposal[row.name];
        }
        return this.props.record.update({[this.props.name]: proposal});
    }

    undo(row) {
        return this.setValue(row, row.old);
    }

    getChoiceText(row) {
        return {
            take: _t("The new value will be taken"),
            keep: _t("The present value is kept"),
        }[row.choice];
    }

    async choose(row, choice) {
        const {record} = this.props;
        await this.orm.call(record.resModel, "action_choose", [
            [record.resId],
            row.name,
            choice,
        ]);
        await record.load();
    }
}

registry.category("fields").add("lottery_change_sheet", {
    component: ChangeSheet,
    supportedTypes: ["json"],
    fieldDependencies: [
        {name: "sheet", type: "json"},
        {name: "approval_state", type: "selection"},
        {name: "approval_can_review", type: "boolean"},
    ],
});
