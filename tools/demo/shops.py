"""Outlets of the demo with their owners."""

from odoo_env import password_for

from .people import CHANGJI, KASHGAR, unit
from .places import FAMILY_NAMES, GIVEN_NAMES, KINDS, PLACES, SHOP_NAMES, phone

PER_PLACE = 2


def _rows():
    """Yield ``(serial, prefecture's code, place, number on the spot)``."""
    serial = 0
    for code, places in PLACES.items():
        for place in places:
            for spot in range(PER_PLACE):
                serial += 1
                yield serial, code, place, spot


def number(code, serial):
    """Return the outlet's number: unit and running number."""
    return f"{code}{serial:05d}"


def load(env):
    outlets = env["lottery.outlet"]
    have = set(outlets.with_context(active_test=False).search([]).mapped("number"))
    specialists = {
        code: env["res.users"].search([("login", "=", f"specialist.{name}")])
        for code, name in ((CHANGJI, "changji"), (KASHGAR, "kashgar"))
    }
    partners = env["res.partner"]
    values = []
    for serial, code, (county, town, street, km), spot in _rows():
        if number(code, serial) in have:
            continue
        branch = unit(env, code)
        owner = partners.create(
            {
                "name": FAMILY_NAMES[serial % 8] + GIVEN_NAMES[serial % 10],
                "phone": phone(serial),
                "branch_id": branch.id,
                "lang": "zh_CN",
            }
        )
        values.append(
            {
                "number": number(code, serial),
                "name": f"{SHOP_NAMES[serial % 8]}体彩店（{street}）",
                "kind": KINDS[serial % 3],
                "branch_id": branch.id,
                "county": county,
                "town": town,
                "street": f"{street}{10 + 7 * spot}号",
                "latitude": branch.latitude + (0.011 + spot * 0.007),
                "longitude": branch.longitude + (0.013 + spot * 0.005),
                "distance_km": km + spot * 2,
                "distance_manual": True,
                "owner_id": owner.id,
                "specialist_id": specialists.get(code, env["res.users"]).id,
            }
        )
    created = outlets.create(values)
    for state in ("recruiting", "opening", "active"):
        created._update_state(state)
    active = outlets.search([("state", "=", "active")])
    active._ensure_portal_user()
    for login in _owner_logins(env):
        user = env["res.users"].search([("login", "=", login)])
        user.password = password_for(login)


def _owner_logins(env):
    """Logins of the owners that stand in the accounts file: two prefectures."""
    chosen = env["lottery.outlet"].search(
        [("branch_id", "child_of", (unit(env, CHANGJI) | unit(env, KASHGAR)).ids)],
        order="number",
    )
    return list(dict.fromkeys(chosen.owner_id.user_ids.mapped("login")))[:8]


def accounts(env):
    rows = []
    for login in _owner_logins(env):
        user = env["res.users"].search([("login", "=", login)])
        outlet = env["lottery.outlet"].search(
            [("owner_id", "=", user.partner_id.id)], limit=1
        )
        rows.append(
            {
                "login": login,
                "role": "outlet_owner",
                "kind": "portal",
                "branch": outlet.branch_id.name,
                "outlet": outlet.number,
            }
        )
    return rows
