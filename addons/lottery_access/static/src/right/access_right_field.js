import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/**
 * Whether a role has a right, and whether that was set on the role.
 *
 * The record says in `base_rights` what the role's groups give and in
 * `ceiling_rights` what may be given beyond them; a click changes between what the
 * groups say and the contrary.
 */
export class AccessRightField extends Component {
    static template = "lottery_access.AccessRightField";
    static props = {...standardFieldProps, right: String};

    get value() {
        return this.props.record.data[this.props.name];
    }

    get isSet() {
        return this.value !== "inherit";
    }

    get isGiven() {
        return this.has("base_rights");
    }

    get isEffective() {
        return this.value === "allow" || (this.value === "inherit" && this.isGiven);
    }

    get isFixed() {
        return !this.isSet && !this.isGiven && !this.has("ceiling_rights");
    }

    get title() {
        if (this.isFixed) {
            return _t("No addon gives this to a role; it cannot be given here");
        }
        if (this.value === "allow") {
            return _t("Given here, beyond the groups");
        }
        if (this.value === "deny") {
            return _t("Refused here, though the groups give it");
        }
        return this.isGiven
            ? _t("Given by the groups")
            : _t("The groups do not give it");
    }

    get label() {
        const {string} = this.props.record.fields[this.props.name];
        return `${string}: ${this.title}`;
    }

    has(name) {
        return (this.props.record.data[name] || "")
            .split(",")
            .includes(this.props.right);
    }

    async toggle() {
        if (this.isFixed) {
            return;
        }
        let next = "inherit";
        if (!this.isSet) {
            next = this.isGiven ? "deny" : "allow";
        }
        await this.props.record.update({[this.props.name]: next});
    }
}

export const accessRightField = {
    component: AccessRightField,
    displayName: _t("Right of a Role"),
    supportedTypes: ["selection"],
    extractProps: ({options}) => ({right: options.right}),
};

registry.category("fields").add("access_right", accessRightField);
