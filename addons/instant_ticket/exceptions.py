"""Errors of the ordering service that callers tell apart by code."""

from odoo.exceptions import UserError


class OrderRefused(UserError):
    """An order that could not be placed; nothing was held.

    :param message: text for the person who orders, in their language
    :param code: one of ``closed``, ``outlet_inactive``, ``no_account``,
        ``no_warehouse``, ``game_not_on_sale``, ``bad_quantity``, ``short_stock``,
        ``short_balance``, ``key_reused``
    :param details: JSON-ready facts, e.g. ``{"games": [{"game_id", "available"}]}``
    """

    def __init__(self, message, code, details=None):
        super().__init__(message)
        self.code = code
        self.details = details or {}


class ManifestKnown(UserError):
    """Every pack of a manifest is in the ledger already; nothing was loaded."""
