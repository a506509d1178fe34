from odoo import api, models

from ..engine.columns import Column
from ..models.lottery_branch import ROOT_KINDS


class LotteryBranchImport(models.TransientModel):
    """Import of units (PF-ORG-03); a known code is updated, a new one created."""

    _name = "lottery.branch.import"
    _inherit = ["lottery.import.mixin"]
    _description = "Import of Units"

    _export_model = "lottery.branch"

    @api.model
    def _import_columns(self):
        kinds = dict(
            self.env["lottery.branch"]._fields["kind"]._description_selection(self.env)
        )
        return [
            Column(
                "code", self.env._("Code"), required=True, max_length=32, example="P01"
            ),
            Column("name", self.env._("Name"), required=True, max_length=64),
            Column(
                "kind",
                self.env._("Kind"),
                type="selection",
                required=True,
                choices=kinds,
                example=kinds["prefecture"],
            ),
            Column(
                "parent",
                self.env._("Parent code"),
                max_length=32,
                example="C",
                help=self.env._(
                    "Code of the unit above; it may stand in the same file."
                ),
            ),
            Column("city", self.env._("City"), max_length=64),
            Column("county", self.env._("County"), max_length=64),
            Column("street", self.env._("Address"), max_length=255),
            *self._coordinate_columns(),
            Column("phone", self.env._("Phone"), max_length=32),
        ]

    @api.model
    def _export_values(self, record):
        # the code of the unit above, whose record stays closed
        parent_sudo = record.sudo().parent_id
        placed = record.latitude or record.longitude
        return {
            **{
                name: record[name]
                for name in (
                    "code",
                    "name",
                    "kind",
                    "city",
                    "county",
                    "street",
                    "phone",
                )
            },
            "parent": parent_sudo.code,
            "latitude": record.latitude if placed else None,
            "longitude": record.longitude if placed else None,
        }

    # === CHECK === #

    def _import_check(self, rows):
        """Units are few: the file's tree is held and walked as a whole."""
        rows = list(rows)
        known = self._get_known_branches(rows)
        parents = {}
        for number, values in rows:
            code = values["code"]
            if code in parents:
                yield number, "code", code, self.env._("stands twice in the file")
                continue
            parents[code] = values["parent"]
            branch_sudo = known.get(code)
            if branch_sudo and not branch_sudo.with_user(self.env.user).has_access(
                "write"
            ):
                yield number, "code", code, self.env._("belongs to another unit")
        for number, values in rows:
            yield from self._check_parent(number, values, parents, known)

    def _check_parent(self, number, values, parents, known):
        parent = values["parent"]
        present = known.get(values["code"])
        if present and parent and present.parent_id.code == parent:
            return  # stays where it is, below a unit that need not be visible
        if not parent:
            if values["kind"] not in ROOT_KINDS:
                yield (
                    number,
                    "parent",
                    "",
                    self.env._("must be filled for this kind of unit"),
                )
        elif parent not in parents and parent not in known:
            yield number, "parent", parent, self.env._("no unit has this code")
        elif parent in known and not known[parent].with_user(self.env.user).has_access(
            "read"
        ):
            yield number, "parent", parent, self.env._("belongs to another unit")
        elif self._is_cycle(values["code"], parents, known):
            yield (
                number,
                "parent",
                parent,
                self.env._("the unit would lie below itself"),
            )

    def _is_cycle(self, code, parents, known):
        seen = {code}
        while code:
            if code in parents:
                code = parents[code]
            else:
                code = known[code].parent_id.code if code in known else None
            if code in seen:
                return True
            seen.add(code)
        return False

    def _get_known_branches(self, rows):
        codes = {values["code"] for _number, values in rows}
        codes |= {values["parent"] for _number, values in rows if values["parent"]}
        # a code taken by a unit out of sight is a fault, not a new unit
        branches_sudo = (
            self.env["lottery.branch"]
            .sudo()
            .with_context(active_test=False)
            .search([("code", "in", list(codes))])
        )
        above_sudo = branches_sudo
        while above_sudo := above_sudo.parent_id - branches_sudo:
            branches_sudo |= above_sudo
        return {branch.code: branch for branch in branches_sudo}

    # === WRITE === #

    def _import_write(self, rows):
        rows = {values["code"]: values for _number, values in rows}
        Branch = self.env["lottery.branch"].with_context(active_test=False)
        known = {
            branch.code: branch
            for branch in Branch.search(
                [
                    (
                        "code",
                        "in",
                        list(rows) + [row["parent"] for row in rows.values()],
                    )
                ]
            )
        }
        created = updated = 0
        for level in self._levels(rows):
            new_values = []
            for code in level:
                values = self._prepare_branch_values(rows[code], known)
                if code not in known:
                    new_values.append({**values, "code": code})
                elif changes := self._get_changes(known[code], values):
                    known[code].write(changes)
                    updated += 1
            for branch in Branch.create(new_values):
                known[branch.code] = branch
            created += len(new_values)
        return {"created": created, "updated": updated}

    @staticmethod
    def _levels(rows):
        """Yield lists of codes, parents before those below them."""
        waiting = dict(rows)
        while waiting:
            level = [
                code for code, row in waiting.items() if row["parent"] not in waiting
            ]
            yield level
            for code in level:
                del waiting[code]

    @staticmethod
    def _get_changes(branch, values):
        """A row that says what there is already changes nothing."""
        return {
            name: value
            for name, value in values.items()
            if value != (branch[name].id if name == "parent_id" else branch[name])
        }

    @staticmethod
    def _prepare_branch_values(row, known):
        """A blank cell leaves what a known unit has."""
        values = {
            name: value
            for name, value in row.items()
            if value is not None and name not in ("code", "parent")
        }
        present = known.get(row["code"])
        # codes only: the unit above may be out of sight
        if row["parent"] and not (
            present and present.sudo().parent_id.code == row["parent"]
        ):
            values["parent_id"] = known[row["parent"]].id
        return values
