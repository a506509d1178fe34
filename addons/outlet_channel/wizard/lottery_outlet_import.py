from odoo import Command, api, models

from odoo.addons.lottery_base.engine.columns import Column

from ..const import LOGIN_STATES
from .outlet_import_check import OutletImportCheck, split_names

# Columns that are fields of the outlet under the same name.
_PLAIN = (
    "name",
    "kind",
    "county",
    "town",
    "street",
    "address",
    "latitude",
    "longitude",
    "licence_number",
    "licence_expiry",
    "contract_number",
    "contract_expiry",
    "deposit",
    "opening_hours",
)
# New outlets come in opened states; a prospect is recorded in the field.
IMPORT_STATES = (*LOGIN_STATES, "prospect")
# Nobody follows 20,000 outlets because of a file, and their first values are no change.
_QUIET = {
    "tracking_disable": True,
    "mail_create_nosubscribe": True,
    "mail_create_nolog": True,
}


class LotteryOutletImport(models.TransientModel):
    """Import of outlets: a known number is updated, a new one created; blank cells
    leave what is there. States of known outlets change by their own actions only."""

    _name = "lottery.outlet.import"
    _inherit = ["lottery.import.mixin"]
    _description = "Import of Outlets"

    @api.model
    def _import_columns(self):
        return [
            *self._import_columns_outlet(),
            *self._import_columns_people(),
            *self._import_columns_papers(),
        ]

    @api.model
    def _import_columns_outlet(self):
        selections = self.env["lottery.outlet"].fields_get(
            ["kind", "state"], ["selection"]
        )
        kinds = dict(selections["kind"]["selection"])
        labels = dict(selections["state"]["selection"])
        states = {state: labels[state] for state in IMPORT_STATES}
        return [
            Column(
                "number",
                self.env._("Number"),
                required=True,
                pattern="[0-9A-Za-z][0-9A-Za-z-]{2,31}",
                example="6501010001",
            ),
            Column("name", self.env._("Name"), required=True, example="红山路店"),
            Column(
                "branch",
                self.env._("Unit Code"),
                required=True,
                example="P01",
                help=self.env._("Code of the unit the outlet belongs to."),
            ),
            Column(
                "kind",
                self.env._("Kind"),
                type="selection",
                choices=kinds,
                example=kinds["dedicated"],
            ),
            Column(
                "state",
                self.env._("State"),
                type="selection",
                choices=states,
                example=states["active"],
                help=self.env._("Of new outlets; active if left out."),
            ),
            Column("county", self.env._("County"), max_length=64),
            Column("town", self.env._("Town"), max_length=64),
            Column("street", self.env._("Street")),
            Column("address", self.env._("Full Address"), example="红山路1号"),
            *self._coordinate_columns(),
            Column(
                "distance_km",
                self.env._("Distance (km)"),
                type="float",
                minimum=0,
                maximum=5000,
                help=self.env._("Only where it differs from the estimate."),
            ),
            Column("opening_hours", self.env._("Opening Hours"), example="09:00-21:00"),
            Column(
                "tags",
                self.env._("Tags"),
                help=self.env._("Several with a semicolon between."),
            ),
            Column(
                "terminals",
                self.env._("Devices"),
                help=self.env._("Several with a semicolon between."),
            ),
        ]

    @api.model
    def _import_columns_people(self):
        return [
            Column(
                "owner_name", self.env._("Owner's Name"), max_length=64, example="古丽"
            ),
            Column(
                "owner_phone",
                self.env._("Mobile"),
                type="mobile",
                example="15400000001",
            ),
            Column("id_card", self.env._("ID Card"), max_length=32),
            Column(
                "specialist",
                self.env._("Specialist"),
                max_length=64,
                help=self.env._("Login of the specialist."),
            ),
        ]

    @api.model
    def _import_columns_papers(self):
        return [
            Column("licence_number", self.env._("Licence"), max_length=64),
            Column(
                "licence_expiry",
                self.env._("Licence Until"),
                type="date",
                example="2027-12-31",
            ),
            Column("contract_number", self.env._("Contract"), max_length=64),
            Column(
                "contract_expiry",
                self.env._("Contract Until"),
                type="date",
                example="2027-12-31",
            ),
            Column(
                "deposit", self.env._("Deposit"), type="float", minimum=0, maximum=1e9
            ),
            Column("commission_card", self.env._("Commission Card"), max_length=32),
        ]

    # === CHECK === #

    def _import_check(self, rows):
        return OutletImportCheck(self.env).run(rows)

    # === WRITE === #

    def _import_write(self, rows):
        check = OutletImportCheck(self.env)
        created = updated = 0
        for batch in self._import_batches(rows):
            rows_by_number = {values["number"]: values for _number, values in batch}
            check.load([values for _number, values in batch])
            owners = self._get_owners(rows_by_number.values(), check)
            new = [v for n, v in rows_by_number.items() if n not in check.outlet_ids]
            known = [v for n, v in rows_by_number.items() if n in check.outlet_ids]
            self._create_outlets(new, owners, check)
            self._update_outlets(known, owners, check)
            created += len(new)
            updated += len(known)
            # What is written is not needed again; 20,000 outlets don't stay in memory.
            self.env.flush_all()
            self.env.invalidate_all()
        return {"created": created, "updated": updated}

    def _get_owners(self, rows, check):
        """Return ``{phone: partner id}`` of the owners of these rows, new ones made in
        one batch."""
        # Whoever may import outlets may record their owners, see _check_import_access.
        partners_sudo = self.env["res.partner"].sudo().with_context(**_QUIET)
        new = {}
        for values in rows:
            phone = values["owner_phone"]
            if phone in check.owner_ids and values["id_card"]:
                owner = partners_sudo.browse(check.owner_ids[phone])
                owner.id_card_number = values["id_card"]
            elif phone and phone not in check.owner_ids and phone not in new:
                new[phone] = {
                    "name": values["owner_name"],
                    "phone": phone,
                    "branch_id": check.branch_ids[values["branch"]],
                    "is_outlet_owner": True,
                    "id_card_number": values["id_card"] or False,
                }
        created = partners_sudo.create(list(new.values()))
        return {**check.owner_ids, **dict(zip(new, created.ids, strict=True))}

    def _check_import_access(self):
        result = super()._check_import_access()
        outlets = self.env["lottery.outlet"]
        outlets.check_access("create")
        outlets.check_access("write")
        return result

    def _create_outlets(self, rows, owners, check):
        outlets = self.env["lottery.outlet"].with_context(**_QUIET)
        created = outlets.create(
            [
                {
                    "number": values["number"],
                    **self._prepare_outlet_values(values, owners, check),
                }
                for values in rows
            ]
        )
        by_state = {}
        for outlet, values in zip(created, rows, strict=True):
            state = values["state"] or "active"
            by_state[state] = by_state.get(state, outlets) | outlet
        for state, group in by_state.items():
            if state != "prospect":
                group._update_state(
                    state, allowed={"prospect"}, note=self.env._("Import")
                )

    def _update_outlets(self, rows, owners, check):
        """Write what differs, outlet by outlet: each row has its own values."""
        outlets = self.env["lottery.outlet"].browse(
            check.outlet_ids[values["number"]] for values in rows
        )
        for outlet, values in zip(outlets, rows, strict=True):
            wanted = self._prepare_outlet_values(values, owners, check, outlet)
            changed = {
                name: value
                for name, value in wanted.items()
                if isinstance(value, list)
                or outlet._fields[name].convert_to_write(outlet[name], outlet) != value
            }
            if changed:
                outlet.write(changed)

    def _prepare_outlet_values(self, values, owners, check, outlet=None):
        """Return the field values of a row; blank cells are left out."""
        prepared = {name: values[name] for name in _PLAIN if values[name] is not None}
        prepared["branch_id"] = check.branch_ids[values["branch"]]
        if values["owner_phone"]:
            prepared["owner_id"] = owners[values["owner_phone"]]
        if values["specialist"]:
            prepared["specialist_id"] = check.specialists[values["specialist"]][0]
        if values["commission_card"]:
            prepared["commission_card"] = values["commission_card"]
        if values["distance_km"] is not None:
            prepared.update(distance_km=values["distance_km"], distance_manual=True)
        if values["tags"]:
            prepared |= self._prepare_tag_values(values, check, outlet)
        have = set(outlet.terminal_ids.mapped("number")) if outlet else set()
        if new := [n for n in split_names(values["terminals"]) if n not in have]:
            prepared["terminal_ids"] = [Command.create({"number": n}) for n in new]
        return prepared

    def _prepare_tag_values(self, values, check, outlet):
        """The file says which tags by hand an outlet has; rules give the others."""
        tags = outlet.lottery_tag_ids if outlet else self.env["lottery.tag"]
        have = set(tags.filtered(lambda tag: tag.kind == "manual").ids)
        wanted = {check.tag_ids[name] for name in split_names(values["tags"])}
        if have == wanted:
            return {}
        return {
            "lottery_tag_ids": [
                *(Command.unlink(tag_id) for tag_id in have - wanted),
                *(Command.link(tag_id) for tag_id in wanted - have),
            ]
        }
