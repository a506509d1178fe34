from odoo import fields

from odoo.addons.lottery_base.tests.isolation import common, factory

common("lottery.login.policy", "one policy for the staff of all units")
common("lottery.login.group", "groups belong to no unit; kept to the administrator")


@factory("lottery.login.attempt")
def create_attempt(env, branch):
    return env["lottery.login.attempt"].create(
        {
            "scope": "pair",
            "key": f"isolation {branch.code}",
            "login": "isolation",
            "branch_id": branch.id,
            "last_at": fields.Datetime.now(),
        }
    )
