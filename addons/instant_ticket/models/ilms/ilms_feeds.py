from contextlib import suppress
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...engine.ilms_money import to_yuan
from ...exceptions import ManifestKnown

PACKS_PER_REPORT = 500


class IlmsChannel(models.AbstractModel):
    """What ILMS knows first: balances, games, manifests, sales; and our losses."""

    _inherit = "lottery.outbox.channel.ilms"

    # === BALANCES === #

    @api.model
    def _request_accounts(self, item):
        """Named outlets, or all of them from ``cursor`` on.

        The versions of our accounts go along: an account that moves before the answer
        is applied keeps what it has.
        """
        outlets = item.payload.get("outlets")
        cursor = item.payload.get("cursor")
        versions = dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT o.number, a.version
                      FROM instant_account a JOIN lottery_outlet o ON o.id = a.outlet_id
                     WHERE %s
                    """,
                    SQL("o.number = ANY(%s)", outlets)
                    if outlets
                    else SQL("o.number > %s", cursor or ""),
                )
            )
        )
        payload = {"outlets": outlets} if outlets else {"cursor": cursor}
        return payload, {"versions": versions}

    @api.model
    def _result_accounts(self, item, answer):
        versions = answer["_context"]["versions"]
        self.env["instant.account"]._sync_balances(
            [
                {
                    "outlet_number": row["outlet"],
                    "payment": to_yuan(row["payment"]),
                    "instant": to_yuan(row["instant"]),
                    "version": versions.get(row["outlet"]),
                }
                for row in answer["accounts"]
                if row["outlet"] in versions
            ]
        )
        self.env["instant.ilms.difference"]._recheck_balances(answer["accounts"])
        if answer.get("next"):
            self._ask_next_page(item, answer["next"])

    @api.model
    def _ask_next_page(self, item, cursor):
        """The rest of a list: same kind, same serial, next cursor."""
        number = self.env["instant.order"]._next_ilms_number()
        self.env["lottery.outbox"]._enqueue(
            "ilms",
            item.kind,
            {**item.payload, "cursor": cursor},
            key=f"{item.kind}:{number}",
            serial_key=item.serial_key,
        )

    @api.model
    def _cron_refresh_balances(self):
        self._ask_list("accounts", {})

    @api.model
    def _ask_list(self, kind, payload):
        """Ask for a whole list unless the same question is still open."""
        serial = ":".join([kind, "all", *map(str, payload.values())])
        if self.env["lottery.outbox"].search_count(
            [("serial_key", "=", serial), ("state", "in", ("pending", "running"))],
            limit=1,
        ):
            return
        number = self.env["instant.order"]._next_ilms_number()
        self.env["lottery.outbox"]._enqueue(
            "ilms", kind, payload, key=f"{kind}:{number}", serial_key=serial
        )

    # === GAMES === #

    @api.model
    def _request_games(self, item):
        return {}, {}

    @api.model
    def _result_games(self, item, answer):
        """Games we do not have yet arrive as drafts; a person puts them on sale."""
        games = self.env["instant.game"].with_context(active_test=False)
        rows = {row["code"]: row for row in answer["games"]}
        known = set(games.search([("code", "in", list(rows))]).mapped("code"))
        games.create(
            [
                self._prepare_game_values(row)
                for code, row in rows.items()
                if code not in known and row.get("faceValue")
            ]
        )

    @api.model
    def _prepare_game_values(self, row):
        values = {
            "code": row["code"],
            "name": row.get("name") or row["code"],
            "theme": row.get("theme"),
            "face_value": to_yuan(row["faceValue"]),
            "tickets_per_pack": row.get("ticketsPerPack") or 100,
            "packs_per_carton": row.get("packsPerCarton") or 20,
            "top_prize": to_yuan(row.get("topPrize") or 0),
            "print_run": row.get("printRun") or 0,
            "prize_group_size": row.get("prizeGroupSize") or 0,
            "odds": row.get("odds"),
        }
        for ours, theirs in (("launch_date", "launchDate"), ("exit_date", "exitDate")):
            if row.get(theirs):
                values[ours] = fields.Date.to_date(row[theirs])
        return values

    @api.model
    def _cron_fetch_games(self):
        self._ask_list("games", {})

    # === MANIFESTS === #

    @api.model
    def _request_manifests(self, item):
        warehouse = self.env["stock.warehouse"].browse(item.payload["warehouse_id"])
        return {"warehouse": warehouse.code, "cursor": warehouse.ilms_manifest}, {}

    @api.model
    def _result_manifests(self, item, answer):
        """Each manifest becomes a receipt that waits for its cartons.

        One whose packs came by file before makes none.
        """
        manifest = answer.get("manifest")
        if not manifest:
            return
        warehouse = self.env["stock.warehouse"].browse(item.payload["warehouse_id"])
        rows = [
            {
                "game": carton["game"],
                "carton": int(carton["carton"].rpartition("C")[2]),
                "serial_from": carton["first"],
                "serial_to": carton["last"],
                "pallet": carton.get("pallet"),
            }
            for carton in manifest["cartons"]
        ]
        with suppress(ManifestKnown), self.env.cr.savepoint():
            self.env["instant.receipt"]._create_from_manifest(
                warehouse, rows, reference=manifest["number"], source="ilms"
            )
        warehouse.ilms_manifest = answer["next"]
        self._ask_next_page(item, answer["next"])

    @api.model
    def _cron_fetch_manifests(self):
        for warehouse in self.env["stock.warehouse"].search(
            [("branch_id", "!=", False)]
        ):
            self._ask_list("manifests", {"warehouse_id": warehouse.id})

    # === SALES === #

    @api.model
    def _request_sales(self, item):
        return {"day": item.payload["day"], "cursor": item.payload.get("cursor")}, {}

    @api.model
    def _result_sales(self, item, answer):
        self.env["instant.sale.day"]._take_over(answer["day"], answer["sales"])
        if answer.get("next"):
            self._ask_next_page(item, answer["next"])

    @api.model
    def _cron_fetch_sales(self, days=2):
        """What was sold and activated yesterday, and once more the days before it:
        late entries."""
        self.env["instant.ilms.difference"]._retry_activations()
        today = fields.Date.context_today(self.with_context(tz="Asia/Shanghai"))
        for back in range(1, days + 1):
            day = {"day": str(today - timedelta(days=back))}
            self._ask_list("activations", day)
            self._ask_list("sales", day)

    # === LOSSES === #

    @api.model
    def _ask_loss(self, packs, kind):
        """Report packs lost, damaged or stolen; queued with the ledger's own step."""
        for start in range(0, len(packs), PACKS_PER_REPORT):
            part = packs[start : start + PACKS_PER_REPORT]
            number = self.env["instant.order"]._next_ilms_number()
            self.env["lottery.outbox"]._enqueue(
                "ilms",
                "loss",
                {"kind": kind, "packs": sorted(part.mapped("code"))},
                key=f"loss:{number}",
                branch_id=part.branch_id.id if len(part.branch_id) == 1 else None,
            )

    @api.model
    def _request_loss(self, item):
        return item.payload, {}

    @api.model
    def _result_loss(self, item, answer):
        if answer["code"] != "OK":
            self.env["instant.ilms.difference"]._report_loss_refused(item, answer)
