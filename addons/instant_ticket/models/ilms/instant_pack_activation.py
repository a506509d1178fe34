from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.lottery_reconcile.const import LOCATE_HOURS

from ...engine.pack_code import normalize, parse_label

# the last steps of a pack's life, told by ILMS, each after the one before
LIFE = ("confirmed", "activated", "settled")


class IlmsChannel(models.AbstractModel):
    """Packs that went on sale or were settled at ILMS, day by day (IT-ILM-02)."""

    _inherit = "lottery.outbox.channel.ilms"

    @api.model
    def _request_activations(self, item):
        return {"day": item.payload["day"], "cursor": item.payload.get("cursor")}, {}

    @api.model
    def _result_activations(self, item, answer):
        refused = self.env["instant.pack"]._follow_ilms(answer["packs"], answer["day"])
        self.env["instant.ilms.difference"]._report_activations(refused)
        if answer.get("next"):
            self._ask_next_page(item, answer["next"])


class InstantPack(models.Model):
    _inherit = "instant.pack"

    @api.model
    def _follow_ilms(self, rows, reason):
        """Let packs take the steps they took at ILMS (IT-WHS-05).

        A pack goes on sale only after its outlet confirmed the whole parcel; one that
        ILMS activated before stays where it is.

        :param rows: ``[{"pack": label, "state": "activated" | "settled"}]``
        :param str reason: stands in the packs' history
        :return: ``{label: (pack or empty, state at ILMS)}`` of those that stayed
        """
        target = {}
        for row in rows:
            label, state = normalize(row["pack"]), row["state"]
            if state in LIFE[1:]:
                target[label] = max(target.get(label, state), state, key=LIFE.index)
        packs = self._search_labels(target)
        for before, step in zip(LIFE, LIFE[1:], strict=False):
            packs.filtered(
                lambda pack, before=before, step=step: (
                    pack.state == before
                    and LIFE.index(target[pack.code]) >= LIFE.index(step)
                )
            )._move_to(step, reason=reason)
        by_label = {pack.code: pack for pack in packs}
        return {
            label: (by_label.get(label, self.browse()), state)
            for label, state in target.items()
            if label not in by_label or by_label[label].state not in LIFE[1:]
        }

    @api.model
    def _search_labels(self, labels):
        """The packs of many printed labels, one condition a game."""
        serials = {}
        for label in filter(None, map(parse_label, labels)):
            if label.kind == "pack":
                serials.setdefault(label.game, []).append(label.number)
        return self.search(
            Domain.OR(
                Domain("game_id.code", "=", game) & Domain("serial", "in", numbers)
                for game, numbers in serials.items()
            )
        )


class InstantIlmsDifference(models.Model):
    _inherit = "instant.ilms.difference"

    @api.model
    def _report_activations(self, refused):
        """Packs on sale at ILMS that cannot be so here: for a person to look into.

        :param refused: as ``instant.pack._follow_ilms`` returns it
        """
        now = fields.Datetime.now()
        known = self._get_open_activations(list(refused))
        known.write({"seen_at": now})
        self.create(
            [
                {
                    "kind": "activation",
                    "key": label,
                    "ours": pack.state or "",
                    "theirs": state,
                    "order_id": pack.order_id.id,
                    "outlet_id": pack.outlet_id.id,
                    "warehouse_id": pack.warehouse_id.id,
                    "game_id": pack.game_id.id,
                    "branch_id": pack.branch_id.id,
                    "seen_at": now,
                    "deadline": now + timedelta(hours=LOCATE_HOURS),
                }
                for label, (pack, state) in refused.items()
                if label not in known.mapped("key")
            ]
        )

    @api.model
    def _get_open_activations(self, labels=None):
        domain = self._get_open_domain() & Domain("kind", "=", "activation")
        if labels is not None:
            domain &= Domain("key", "in", labels)
        return self.search(domain)

    @api.model
    def _retry_activations(self):
        """Parcels confirmed since: their packs follow ILMS now."""
        rows = self._get_open_activations()
        refused = self.env["instant.pack"]._follow_ilms(
            [{"pack": row.key, "state": row.theirs} for row in rows], "ILMS"
        )
        rows.filtered(lambda row: row.key not in refused)._settle(
            self.env._("The parcel was confirmed; the pack is on sale here too.")
        )
