"""What all pages of the owner's portal share: outlet, shell, words, formats."""

import base64
import hashlib
from datetime import timedelta

import babel.dates
import pytz
import werkzeug.exceptions

from odoo import fields
from odoo.http import request
from odoo.tools.json import scriptsafe

from .owner_words import client_texts

DEFAULT_TZ = "Asia/Shanghai"
# Odoo marks failed bundles by this attribute of its script tags.
ASSET_ERROR = base64.b64encode(hashlib.sha256(b"__odooAssetError=1").digest()).decode()
# Pages load nothing from elsewhere and run no script but their bundle.
CSP = (
    f"default-src 'none'; script-src 'self' 'unsafe-hashes' 'sha256-{ASSET_ERROR}'; "
    "style-src 'self'; img-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


class OwnerPage:
    """Mixed into the controllers of the portal."""

    def _get_outlet(self):
        """Return the outlet in use; end the request when there is none.

        Read again as the owner on every request: a closed or transferred outlet is
        gone at once (IT-POR-01).
        """
        outlet = request.env["lottery.outlet"]._get_owner_outlet(request)
        if not outlet:
            werkzeug.exceptions.abort(self._answer_no_outlet())
        return outlet

    def _answer_no_outlet(self):
        """Return the choice of outlets, or a page that says there is none."""
        if request.dispatcher.routing_type != "http":
            return request.make_json_response(
                {"jsonrpc": "2.0", "id": None, "result": self._refusal_no_outlet()}
            )
        outlets = request.env["lottery.outlet"]._read_owner_outlets()
        if len(outlets) > 1:
            return request.redirect_query(
                "/owner/outlet", {"redirect": request.httprequest.path}
            )
        response = request.render(
            "instant_ticket.portal_no_outlet",
            {"page_lang": self._get_lang()},
            status=403,
        )
        response.flatten()
        return response

    def _refusal_no_outlet(self):
        return {
            "ok": False,
            "code": "no_outlet",
            "message": request.env._("Choose your outlet first."),
            "details": {},
        }

    def _render(self, template, tab, outlet, values, *, shop=None, status=200):
        """Render a page in the shell.

        :param str tab: the tab of the bottom bar that is lit
        :param shop: row of ``instant.portal._read_shop`` if it was read already
        """
        portal = request.env["instant.portal"]
        shop = shop or portal._read_shop(outlet.id)
        reopening = request.env["instant.closure"]._reopening(shop["branch_id"])
        return request.render(
            f"instant_ticket.{template}",
            {
                "tab": tab,
                "shop": shop,
                "reopening": reopening,
                "money": self._format_money,
                "moment": self._format_moment,
                "client_texts": scriptsafe.dumps(client_texts(request.env)),
                "page_lang": self._get_lang(),
                **values,
            },
            status=status,
            headers={
                "Content-Security-Policy": CSP,
                "Cache-Control": "private, no-cache",
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "same-origin",
            },
        )

    def _not_found(self, outlet, tab="orders"):
        """The same neutral page for what never was and for what is another's."""
        return self._render("portal_not_found", tab, outlet, {}, status=404)

    # === FORMATS === #

    @staticmethod
    def _get_lang():
        return (request.env.lang or "en_US").replace("_", "-")

    @staticmethod
    def _format_money(amount):
        """Return yuan as ``¥1,200`` or ``¥1,200.50``."""
        amount = round(float(amount or 0), 2)
        sign = "−" if amount < 0 else ""
        digits = 0 if amount == int(amount) else 2
        return f"{sign}¥{abs(amount):,.{digits}f}"

    @staticmethod
    def _local(moment):
        zone = pytz.timezone(request.env.user.tz or DEFAULT_TZ)
        return pytz.utc.localize(moment).astimezone(zone)

    def _format_moment(self, moment, with_year=False):
        """Return a UTC moment in the owner's words, e.g. ``Today 14:05``."""
        if not moment:
            return ""
        env = request.env
        local = self._local(moment)
        today = self._local(fields.Datetime.now()).date()
        clock = f"{local:%H:%M}"
        near = {
            today: env._("Today %(time)s", time=clock),
            today + timedelta(days=1): env._("Tomorrow %(time)s", time=clock),
            today - timedelta(days=1): env._("Yesterday %(time)s", time=clock),
        }
        if local.date() in near and not with_year:
            return near[local.date()]
        skeleton = "yMMMd" if with_year or local.year != today.year else "MMMd"
        locale = request.env.lang or "en_US"
        day = babel.dates.format_skeleton(skeleton, local.date(), locale=locale)
        return f"{day} {clock}"
