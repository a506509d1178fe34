import re
from datetime import datetime

import babel.dates
import pytz
from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.http import Controller, request, route

from odoo.addons.outlet_channel.controllers.portal import OwnerPortal

from .owner_page import DEFAULT_TZ, OwnerPage

MONTHS = 18  # in the choice; older ones by the arrow
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


class PortalAccount(OwnerPage, Controller):
    """Money and the outlet's own data (IT-POR-05, IT-POR-08)."""

    @route(
        "/my/tickets/account", type="http", auth="owner", readonly=True, sitemap=False
    )
    def account(self, month=None, before=None, **_kw):
        """Statement of a month, newest first.

        :param month: ``YYYY-MM`` in the owner's time zone, default the present one
        """
        outlet = self._get_outlet()
        first, start, end = self._get_period(month)
        before = (
            int(before) if before and before.isdigit() and len(before) < 10 else None
        )
        portal = request.env["instant.portal"]
        moves, more = portal._read_statement(outlet.id, start, end, before)
        words = self._get_kind_words()
        for move in moves:
            move["words"] = words[move["kind"]]
            move["change"] = self._get_usable_change(move)
        this_month = self._local(fields.Datetime.now()).date().replace(day=1)
        return self._render(
            "portal_account",
            "account",
            outlet,
            {
                "moves": moves,
                "more": more,
                "before": before,
                "sums": portal._read_month_sums(outlet.id, start, end),
                "month": first,
                "months": self._get_months(this_month, first),
                "previous": first - relativedelta(months=1),
                "next": first + relativedelta(months=1) if first < this_month else None,
            },
        )

    @route("/my/tickets/me", type="http", auth="owner", readonly=True, sitemap=False)
    def me(self, **_kw):
        outlet = self._get_outlet()
        return self._render(
            "portal_me",
            "me",
            outlet,
            {
                "outlet": outlet,
                "phone": (outlet.owner_phone or "").removeprefix("+86"),
                "kinds": dict(
                    outlet._fields["kind"]._description_selection(request.env)
                ),
                "states": dict(
                    outlet._fields["state"]._description_selection(request.env)
                ),
                # sudo: owners may know who serves them, not read users
                "specialist_sudo": outlet.specialist_id.sudo(),
                "sales_people": outlet.sales_person_ids.sudo().mapped("name"),
                "outlet_count": len(
                    request.env["lottery.outlet"]._read_owner_outlets()
                ),
            },
        )

    # === HELPERS === #

    @staticmethod
    def _get_months(latest, shown):
        """Return ``[(YYYY-MM, words)]``, the last ones and the one shown."""
        days = [latest - relativedelta(months=back) for back in range(MONTHS)]
        if shown not in days:
            days = sorted({*days, shown}, reverse=True)
        locale = request.env.lang or "en_US"
        return [
            (f"{day:%Y-%m}", babel.dates.format_skeleton("yMMMM", day, locale=locale))
            for day in days
        ]

    @staticmethod
    def _get_period(month):
        """Return the first day of the month and its bounds in UTC, end excluded."""
        zone = pytz.timezone(request.env.user.tz or DEFAULT_TZ)
        match = _MONTH.fullmatch(month or "")
        if match:
            first = datetime(int(match[1]), int(match[2]), 1)
        else:
            first = datetime.now(zone).replace(tzinfo=None, day=1)
            first = first.replace(hour=0, minute=0, second=0, microsecond=0)
        bounds = [
            zone.localize(day).astimezone(pytz.utc).replace(tzinfo=None)
            for day in (first, first + relativedelta(months=1))
        ]
        return first.date(), *bounds

    @staticmethod
    def _get_usable_change(move):
        """Return by how much the movement changed what the owner can spend.

        A deduction spends what a hold had set aside; its release is booked with it.
        """
        return (
            -move["amount"] if move["kind"] in ("hold", "release") else move["amount"]
        )

    @staticmethod
    def _get_kind_words():
        env = request.env
        return {
            "top_up": {"tone": "ok", "icon": "down", "title": env._("Top-up")},
            "hold": {
                "tone": "wait",
                "icon": "lock",
                "title": env._("Held for an order"),
            },
            "release": {"tone": "way", "icon": "undo", "title": env._("Hold released")},
            "deduct": {"tone": "bad", "icon": "up", "title": env._("Deducted")},
            "refund": {"tone": "ok", "icon": "down", "title": env._("Refunded")},
            "transfer": {
                "tone": "way",
                "icon": "switch",
                "title": env._("Transfer between accounts"),
            },
            "correction": {
                "tone": "off",
                "icon": "refresh",
                "title": env._("Correction"),
            },
        }


class OwnerHome(OwnerPortal):
    def _get_owner_home(self):
        """Owners start at the tickets."""
        return "/my/tickets"
