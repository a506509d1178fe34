from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal

OWNER_HOME = "/my/outlet"
HEADERS = {
    # Nothing of another origin and no script at all; names and numbers of persons stay
    # out of shared caches.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


class OwnerPortal(CustomerPortal):
    """What an owner sees of the outlet (IT-POR-08), phone first.

    Core's own account pages are closed to owners: they would let a person change name
    and mobile, and the mobile is the login.
    """

    def _is_owner(self):
        return request.env.user.share and request.env.user.partner_id.is_outlet_owner

    def _get_owner_home(self):
        """Return where owners land; higher addons name their own page."""
        return OWNER_HOME

    # === PAGES === #

    @route("/my/outlet", type="http", auth="user", methods=["GET"], readonly=True)
    def my_outlet(self, **kwargs):
        if not request.env.user.share:
            return request.redirect("/odoo/outlets")
        if outlet := self._find_my_outlet():
            return self._render_my_outlet(outlet)
        if request.env["lottery.outlet"]._read_owner_outlets():
            return request.redirect_query("/owner/outlet", {"redirect": OWNER_HOME})
        return request.render(
            "outlet_channel.portal_no_outlet",
            {"page_name": "outlet"},
            headers=HEADERS,
        )

    def _find_my_outlet(self):
        """Return the outlet in use, searched as the owner; empty when there is none."""
        return request.env["lottery.outlet"]._get_owner_outlet(request)

    def _render_my_outlet(self, outlet, error=None, status=200):
        return request.render(
            "outlet_channel.portal_my_outlet",
            {
                **self._prepare_my_outlet_values(outlet),
                "outlets": request.env["lottery.outlet"]._read_owner_outlets(),
                "home": self._get_owner_home(),
                "error": error,
            },
            status=status,
            headers=HEADERS,
        )

    def _prepare_my_outlet_values(self, outlet):
        """Return the values of the page; ``outlet`` was searched as the owner.

        Names and numbers of people and unit come from contacts an owner may not read,
        each of them shown on this page on purpose.
        """
        outlet_sudo = outlet.sudo()
        owner_sudo = outlet_sudo.owner_id
        specialist_sudo = outlet_sudo.specialist_id
        return {
            "page_name": "outlet",
            "outlet": outlet,
            "unit_name": outlet_sudo.branch_id.name,
            "unit_phone": outlet_sudo.branch_id.phone,
            "owner_name": owner_sudo.name,
            "owner_phone": self._mask_phone(owner_sudo.phone),
            "owner_id_card": owner_sudo.id_card_number_hint,
            "commission_card": outlet_sudo.commission_card_hint,
            "sales_persons": [
                {"name": person.name, "phone": self._mask_phone(person.phone)}
                for person in outlet_sudo.sales_person_ids
            ],
            "specialist_name": specialist_sudo.name,
            "specialist_phone": specialist_sudo.phone,
            "address": outlet._get_full_address(),
            "requests": request.env["lottery.change.request"]
            ._find_owner_requests(outlet)
            ._prepare_owner_rows(),
        }

    def _mask_phone(self, phone):
        """Show an own number well enough to recognise it, not over a shoulder."""
        national = (phone or "").removeprefix("+86")
        return f"{national[:3]}****{national[-4:]}" if len(national) == 11 else national

    # === PAGES OF CORE === #

    @route()
    def home(self, **kw):
        if self._is_owner():
            return request.redirect(self._get_owner_home())
        return super().home(**kw)

    @route()
    def account(self, **kwargs):
        if self._is_owner():
            return request.redirect(OWNER_HOME)
        return super().account(**kwargs)

    @route()
    def my_addresses(self, **query_params):
        if self._is_owner():
            return request.redirect(OWNER_HOME)
        return super().my_addresses(**query_params)

    @route()
    def portal_address(self, *args, **query_params):
        if self._is_owner():
            return request.redirect(OWNER_HOME)
        return super().portal_address(*args, **query_params)

    @route()
    def portal_address_submit(self, *args, **form_data):
        if self._is_owner():
            return request.redirect(OWNER_HOME)
        return super().portal_address_submit(*args, **form_data)

    @route()
    def security(self, **post):
        if self._is_owner():
            return request.redirect(OWNER_HOME)
        return super().security(**post)

    @route()
    def deactivate_account(self, validation, password, **post):
        if self._is_owner():
            return request.redirect(OWNER_HOME)
        return super().deactivate_account(validation, password, **post)
