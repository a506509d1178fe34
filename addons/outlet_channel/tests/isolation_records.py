from itertools import count

from odoo.addons.lottery_base.tests.isolation import create_record, factory

from .common import PIXEL

_numbers = count(1)


@factory("lottery.outlet")
def create_outlet(env, branch):
    """An opened outlet: its contact, owner and portal user come with it."""
    number = next(_numbers)
    owner = env["res.partner"].create(
        {
            "name": f"Owner {branch.code}",
            "phone": f"+861540009{number:04d}",
            "branch_id": branch.id,
            "is_outlet_owner": True,
        }
    )
    outlet = env["lottery.outlet"].create(
        {
            "name": f"Outlet {branch.code}",
            "number": f"ISO-{number:05d}",
            "branch_id": branch.id,
            "owner_id": owner.id,
        }
    )
    outlet.action_start_opening()
    outlet.action_activate()
    return outlet


@factory("lottery.outlet.photo")
def create_photo(env, branch):
    outlet = create_record(env, "lottery.outlet", branch)
    return env["lottery.outlet.photo"].create(
        {"outlet_id": outlet.id, "image_1920": PIXEL}
    )
