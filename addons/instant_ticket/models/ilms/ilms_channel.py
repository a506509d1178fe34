import functools
import os
import uuid

from odoo import api, models

from odoo.addons.lottery_outbox.engine.errors import PermanentError, TransientError

from ...engine.ilms_client import IlmsClient, IlmsMisused, IlmsUnreachable, Settings
from ...engine.ilms_money import to_fen

LOGGED_ROWS = 50
ENVIRONMENT_PREFIX = "LOTTERY_ILMS_"


@functools.lru_cache(maxsize=2)
def _client(environment):
    """One client per process and configuration, so that connections are kept."""
    return IlmsClient(Settings.from_environment(dict(environment)))


def ilms_client():
    """The client of this process' configuration.

    :raise ValueError: naming what is not configured
    """
    return _client(
        tuple(
            sorted(
                (name, value)
                for name, value in os.environ.items()
                if name.startswith(ENVIRONMENT_PREFIX)
            )
        )
    )


def send(request):
    """Carry out one call; runs in the outbox' threads, without ``env``.

    :param dict request: ``call``, ``request_id``, ``payload`` and ``context``, which
        comes back in the answer as ``_context``
    """
    try:
        answer = ilms_client().call(
            request["call"], request["request_id"], request["payload"]
        )
    except ValueError as error:  # not configured: calls wait until it is
        raise TransientError(str(error)) from error
    except IlmsUnreachable as error:
        raise TransientError(str(error)) from error
    except IlmsMisused as error:
        raise PermanentError(str(error)) from error
    return {**answer, "_context": request.get("context") or {}}


class IlmsChannel(models.AbstractModel):
    """ILMS behind the outbox: builds calls, applies answers (IT-ILM-02).

    Each kind has ``_request_<kind>(item) -> (payload, context)`` and
    ``_result_<kind>(item, answer)``. Those of orders are here, the others in
    ``ilms_feeds``, ``ilms_reconcile`` and ``ilms_transfer``. A refusal by ILMS is an
    answer whose ``code`` is not ``OK`` (docs/integrations/ilms.md lists the codes).
    """

    _name = "lottery.outbox.channel.ilms"
    _description = "ILMS Channel"
    _inherit = ["lottery.outbox.channel"]

    _max_attempts = 12
    _lease_seconds = 30
    _concurrency = 8
    _rate_per_second = 50

    # === SENDING === #

    @api.model
    def _prepare_request(self, item):
        payload, context = getattr(self, f"_request_{item.kind}")(item)
        return {
            "call": self._get_call(item.kind),
            "request_id": self._get_request_id(item),
            "payload": payload,
            "context": context,
        }

    @api.model
    def _prepare_sender(self):
        return send

    @api.model
    def _get_call(self, kind):
        """Name of the call (``engine.ilms_client.API_NAMES``) a kind is sent by."""
        return {"reconcile_accounts": "accounts", "reconcile_stock": "stock"}.get(
            kind, "orders" if kind.startswith("reconcile_orders") else kind
        )

    @api.model
    def _get_request_id(self, item):
        """The same for every attempt, different in every database.

        Two databases, or one that was restored to an earlier day, may use the same
        keys; ILMS must not take the one's order for a repetition of the other's.
        """
        # sudo: the parameter is readable by the system only
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return str(uuid.uuid5(uuid.UUID(database), f"{item.key}|{item.create_date}"))

    # === REQUESTS OF ORDERS === #

    @api.model
    def _get_order(self, item):
        return self.env["instant.order"].browse(item.payload["order_id"])

    @api.model
    def _request_lock(self, item):
        order = self._get_order(item)
        lines = sorted((line.game_id.code, line.quantity) for line in order.line_ids)
        return {
            "orderNo": order.name,
            "outlet": order.outlet_id.number,
            "warehouse": order.warehouse_id.code,
            "amount": to_fen(order.amount),
            "lines": [{"game": game, "packs": packs} for game, packs in lines],
        }, {}

    @api.model
    def _request_confirm(self, item):
        order = self._get_order(item)
        packs = self.env["instant.pack"].search([("order_id", "=", order.id)])
        return {"orderNo": order.name, "packs": sorted(packs.mapped("code"))}, {}

    @api.model
    def _request_release(self, item):
        return {"orderNo": self._get_order(item).name}, {}

    @api.model
    def _request_refund(self, item):
        order = self._get_order(item)
        packs = order._get_parcel_packs("returned")
        return {"orderNo": order.name, "packs": sorted(packs.mapped("code"))}, {}

    @api.model
    def _request_status(self, item):
        order = self._get_order(item)
        seen = {"state": order.state, "confirming": order.confirming}
        return {"orderNo": order.name}, seen

    # === ANSWERS OF ORDERS === #

    @api.model
    def _on_result(self, item, answer):
        getattr(self, f"_result_{item.kind}")(item, answer)

    @api.model
    def _result_lock(self, item, answer):
        order = self._get_order(item)
        if answer["code"] == "OK":
            order._set_locked(answer)
            return
        order._set_rejected(self._explain(order, answer))
        order.outlet_id._ask_ilms_balance()

    @api.model
    def _result_confirm(self, item, answer):
        order = self._get_order(item)
        if answer["code"] == "OK":
            order._set_shipped_by_ilms(answer)
            return
        order._set_confirm_refused(self._explain(order, answer))
        order.outlet_id._ask_ilms_balance()

    @api.model
    def _result_release(self, item, answer):
        differences = self.env["instant.ilms.difference"]
        order = self._get_order(item)
        if answer["code"] == "OK":
            differences._recheck_order(order, {"state": "released"})
        else:
            # Nothing to undo here: the order is cancelled and its hold is free. ILMS
            # says it was confirmed, which a person has to look into.
            differences._report_release_refused(order, answer)

    @api.model
    def _result_refund(self, item, answer):
        order = self._get_order(item)
        if answer["code"] == "OK":
            order._set_returned(answer)
            return
        order._set_return_refused(self._explain(order, answer))

    @api.model
    def _result_status(self, item, answer):
        self._get_order(item)._apply_ilms_status(answer)

    @api.model
    def _on_parked(self, item, error):
        """An order whose call is parked keeps its state: nobody knows what ILMS did.

        The order page says so (``instant.order.ilms_state``), the outbox alerts, and
        its retry button repeats the very same request.
        """
        if item.kind.startswith("reconcile_"):
            self.env["instant.ilms.reconcile"]._fail(item, error)
        elif item.kind == "transfer":
            self._get_transfer(item)._set_unknown()

    @api.model
    def _on_cancelled(self, item):
        """A call is given up although ILMS may have done it: nothing is left hanging."""
        if item.kind == "lock":
            order = self._get_order(item)
            if order._set_rejected(self.env._("The call to ILMS was given up.")):
                order._ask_ilms_release_again()
        elif item.kind == "confirm":
            order = self._get_order(item)
            if order.confirming:
                order._set_exception(self.env._("The call to ILMS was given up."))
                order._ask_ilms_status()
        elif item.kind == "refund":
            self._get_order(item)._set_return_refused(
                self.env._("The call to ILMS was given up.")
            )
        elif item.kind == "transfer":
            self._get_transfer(item)._give_up()
        elif item.kind.startswith("reconcile_"):
            self.env["instant.ilms.reconcile"]._fail(
                item, self.env._("The call to ILMS was given up.")
            )

    @api.model
    def _mask(self, data):
        """Long lists are shortened: the log is for reading, not for keeping copies."""
        return self._shorten(super()._mask(data))

    @api.model
    def _shorten(self, data):
        if isinstance(data, dict):
            return {
                name: self._shorten(value)
                for name, value in data.items()
                if name not in ("context", "_context")
            }
        if isinstance(data, list) and len(data) > LOGGED_ROWS:
            return [*data[:LOGGED_ROWS], f"… {len(data) - LOGGED_ROWS}"]
        return data

    # === WORDS === #

    @api.model
    def _explain(self, order, answer):
        """Why ILMS refused, for owner and desk, with what to do about it."""
        lang = order.owner_id.lang or self.env.company.partner_id.lang
        channel = self.with_context(lang=lang)
        describe = {
            "INSUFFICIENT_INSTANT_BALANCE": channel._explain_short_balance,
            "INSUFFICIENT_STOCK": channel._explain_short_stock,
            "PACK_STATE": channel._explain_pack,
            "PACK_UNKNOWN": channel._explain_pack,
        }.get(answer["code"])
        return describe(answer) if describe else channel._explain_code(answer)

    @api.model
    def _explain_code(self, answer):
        return self._get_code_texts().get(answer["code"]) or self.env._(
            "ILMS refused: %(code)s %(message)s",
            code=answer["code"],
            message=answer.get("message") or "",
        )

    @api.model
    def _get_code_texts(self):
        return {
            "OUTLET_UNKNOWN": self.env._("ILMS does not know this outlet."),
            "OUTLET_CLOSED": self.env._("The outlet is closed at ILMS."),
            "WAREHOUSE_UNKNOWN": self.env._("ILMS does not know this warehouse."),
            "GAME_UNKNOWN": self.env._("ILMS does not know one of the games."),
            "GAME_NOT_ON_SALE": self.env._("ILMS no longer sells one of the games."),
            "AMOUNT_MISMATCH": self.env._("The amount differs from ILMS's prices."),
            "ORDER_EXISTS": self.env._("ILMS has another order of this number."),
            "ORDER_RELEASED": self.env._("The order was released at ILMS before."),
            "ORDER_UNKNOWN": self.env._("ILMS does not know this order."),
            "ORDER_STATE": self.env._("The order is no longer locked at ILMS."),
            "PACKS_DIFFER": self.env._(
                "The packs scanned differ from the order at ILMS."
            ),
        }

    @api.model
    def _explain_short_balance(self, answer):
        """Which account to top up, or what to move between the two (调账)."""
        missing = answer.get("missing") or 0
        payment = answer.get("payment") or 0
        values = {
            "missing": f"{missing / 100:,.2f}",
            "payment": f"{payment / 100:,.2f}",
        }
        if payment >= missing:
            return self.env._(
                "The instant account is short of ¥%(missing)s; the payment account "
                "has ¥%(payment)s: transfer between the accounts, then try again.",
                **values,
            )
        return self.env._(
            "The instant account is short of ¥%(missing)s and the payment account "
            "has only ¥%(payment)s: top up, then try again.",
            **values,
        )

    @api.model
    def _explain_short_stock(self, answer):
        games = self.env["instant.game"]
        names = {
            game.code: game.name
            for game in games.search(
                [("code", "in", [line["game"] for line in answer.get("lines", [])])]
            )
        }
        return self.env._(
            "ILMS has not enough packs. %(games)s",
            games="; ".join(
                self.env._(
                    "%(game)s: %(packs)s left",
                    game=names.get(line["game"], line["game"]),
                    packs=line.get("available", 0),
                )
                for line in answer.get("lines", [])
            ),
        )

    @api.model
    def _explain_pack(self, answer):
        return self.env._(
            "ILMS does not have pack %(pack)s in this warehouse: undo its scan and "
            "take another one.",
            pack=answer.get("pack") or "?",
        )
