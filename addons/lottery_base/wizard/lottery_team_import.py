from odoo import api, models
from odoo.fields import Command

from ..engine.columns import Column
from .lottery_user_import import LIST_SEPARATOR, split_list


class LotteryTeamImport(models.TransientModel):
    """Import of teams (PF-ORG-03); a team is known by its unit and name."""

    _name = "lottery.team.import"
    _inherit = ["lottery.import.mixin"]
    _description = "Import of Teams"

    _export_model = "lottery.team"

    @api.model
    def _import_columns(self):
        env = self.env
        return [
            Column("unit", env._("Unit code"), required=True, example="P01"),
            Column("name", env._("Name"), required=True, max_length=64),
            Column("lead", env._("Login of the lead"), example="zhangsan"),
            Column(
                "members",
                env._("Logins of the members"),
                max_length=8_000,
                example="zhangsan、lisi",
                help=env._("Several are separated by commas."),
            ),
            Column("purpose", env._("Purpose"), max_length=2_000),
            Column("active", env._("Active"), type="boolean", example=env._("Yes")),
        ]

    @api.model
    def _export_values(self, record):
        # members of units below are visible to whoever sees the team
        team_sudo = record.sudo().with_context(active_test=False)
        return {
            "unit": team_sudo.branch_id.code,
            "name": team_sudo.name,
            "lead": team_sudo.lead_id.login,
            "members": LIST_SEPARATOR.join(team_sudo.member_ids.mapped("login")),
            "purpose": team_sudo.purpose,
            "active": "是" if team_sudo.active else "否",
        }

    # === CHECK === #

    def _import_check(self, rows):
        """Teams are few: the file is held as a whole."""
        rows = list(rows)
        units, users, _teams = self._look_up(rows)
        seen = set()
        for number, values in rows:
            code = values["unit"]
            unit = units.get(code)
            if not unit:
                yield (
                    number,
                    "unit",
                    code,
                    self.env._("none of your units has this code"),
                )
                continue
            if (code, values["name"]) in seen:
                yield (
                    number,
                    "name",
                    values["name"],
                    self.env._("stands twice in the file"),
                )
            seen.add((code, values["name"]))
            below = set(self.env["lottery.branch"]._get_scope(unit._ids)[0])
            for column in ("lead", "members"):
                for login in split_list(values[column]):
                    user_sudo = users.get(login)
                    if not user_sudo:
                        reason = self.env._("no user has this login")
                    elif not below & set(user_sudo.branch_ids._ids):
                        reason = self.env._("not of this unit or one below it")
                    else:
                        continue
                    yield number, column, login, reason

    def _look_up(self, rows):
        """Return units by code, staff by login, teams by unit and name."""
        units = self.env["lottery.branch"].search(
            [("code", "in", [values["unit"] for _number, values in rows])]
        )
        logins = {
            login
            for _number, values in rows
            for login in split_list(values["lead"]) + split_list(values["members"])
        }
        users = (
            self.env["res.users"]
            .with_context(active_test=False)
            .search([("login", "in", list(logins)), ("share", "=", False)])
        )
        teams = (
            self.env["lottery.team"]
            .with_context(active_test=False)
            .search([("branch_id", "in", units.ids)])
        )
        return (
            {unit.code: unit for unit in units},
            {user.login: user.sudo() for user in users},  # units of those who are seen
            {(team.branch_id.code, team.name): team for team in teams},
        )

    # === WRITE === #

    def _import_write(self, rows):
        rows = list(rows)
        units, users, teams = self._look_up(rows)
        new_values = []
        updated = 0
        for _number, row in rows:
            team = teams.get((row["unit"], row["name"]))
            values = self._prepare_team_values(row, users)
            if not team:
                branch_id = units[row["unit"]].id
                new_values.append(
                    {**values, "name": row["name"], "branch_id": branch_id}
                )
            elif changes := self._get_changes(team, values):
                team.write(changes)
                updated += 1
        self.env["lottery.team"].create(new_values)
        return {"created": len(new_values), "updated": updated}

    @staticmethod
    def _prepare_team_values(row, users):
        """A blank cell leaves what a known team has."""
        values = {
            name: row[name] for name in ("purpose", "active") if row[name] is not None
        }
        if row["lead"]:
            values["lead_id"] = users[row["lead"]].id
        if row["members"]:
            ids = [users[login].id for login in split_list(row["members"])]
            values["member_ids"] = [Command.set(ids)]
        return values

    @staticmethod
    def _get_changes(team, values):
        team_sudo = team.sudo().with_context(active_test=False)
        present = {
            "purpose": team_sudo.purpose,
            "active": team_sudo.active,
            "lead_id": team_sudo.lead_id.id,
            "member_ids": [Command.set(team_sudo.member_ids.ids)],
        }
        return {
            name: value
            for name, value in values.items()
            if (
                set(value[0][2]) != set(present[name][0][2])
                if name == "member_ids"
                else value != present[name]
            )
        }
