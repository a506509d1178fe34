from odoo.exceptions import UserError
from odoo.http import request, route

from ..models.lottery_change_request import MAX_LINE, MAX_WORDS
from .portal import HEADERS, OWNER_HOME, OwnerPortal


class OwnerChange(OwnerPortal):
    """The owner asks for a change where the outlet's data are wrong (IT-POR-08).

    Plain forms: they work without script and on every phone.
    """

    @route("/my/outlet/change", type="http", auth="user", methods=["GET"])
    def my_outlet_change(self, **_kw):
        outlet = self._find_my_outlet()
        if not outlet:
            return request.redirect(OWNER_HOME)
        return self._render_change(outlet)

    @route(
        "/my/outlet/change",
        type="http",
        auth="user",
        methods=["POST"],
        max_content_length=64 * 1024,
    )
    def my_outlet_change_ask(self, reason="", **form):
        outlet = self._find_my_outlet()
        if not outlet:
            return request.redirect(OWNER_HOME)
        requests = request.env["lottery.change.request"]
        values = {
            name: form[name]
            for name in requests._get_owner_fields()
            if isinstance(form.get(name), str)
        }
        try:
            with request.env.cr.savepoint():
                requests._ask_as_owner(outlet, values, reason)
        except UserError as error:
            return self._render_change(
                outlet,
                typed={**values, "reason": reason},
                error=error.args[0],
                status=422,
            )
        return request.redirect(f"{OWNER_HOME}#requests")

    @route(
        "/my/outlet/change/<int:request_id>/withdraw",
        type="http",
        auth="user",
        methods=["POST"],
    )
    def my_outlet_change_withdraw(self, request_id, **_kw):
        """Take an own request back while nobody has decided on it."""
        outlet = self._find_my_outlet()
        if not outlet:
            return request.redirect(OWNER_HOME)
        found_sudo = request.env["lottery.change.request"]._find_owner_requests(
            outlet, request_id=request_id
        )
        if not found_sudo:
            return request.not_found()
        try:
            found_sudo.action_withdraw()
        except UserError as error:
            return self._render_my_outlet(outlet, error=error.args[0], status=409)
        return request.redirect(f"{OWNER_HOME}#requests")

    # === HELPERS === #

    def _render_change(self, outlet, typed=None, error=None, status=200):
        requests = request.env["lottery.change.request"]
        typed = typed or {}
        rows = [
            self._prepare_field(outlet, name, typed)
            for name in requests._get_owner_fields()
            if name != "correction"
        ]
        return request.render(
            "outlet_channel.portal_outlet_change",
            {
                "page_name": "outlet",
                "outlet": outlet,
                "home": OWNER_HOME,
                "rows": rows,
                "correction": typed.get("correction", ""),
                "reason": typed.get("reason", ""),
                "error": error,
                "max_line": MAX_LINE,
                "max_words": MAX_WORDS,
                "waiting": bool(requests._find_owner_requests(outlet, pending=True)),
            },
            status=status,
            headers=HEADERS,
        )

    def _prepare_field(self, outlet, name, typed):
        field = outlet._fields[name]
        # a date prints as the form wants it: 2026-01-31
        value = str(outlet[name] or "")
        return {
            "name": name,
            "label": field._description_string(request.env),
            "type": "date" if field.type == "date" else "text",
            "present": value,
            "value": typed.get(name, value),
            "required": field.required,
        }
