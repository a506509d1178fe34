from odoo.addons.lottery_base.tests.isolation import common, create_record, factory

common("lottery.access.object", "the objects of the suite are the same everywhere")
common("lottery.access.operation", "roles are the centre's; administrators only")
common("lottery.access.menu", "roles are the centre's; administrators only")


@factory("lottery.access.share")
def create_share(env, branch):
    record = create_record(env, "res.partner", branch)
    shares = env["lottery.access.share"]
    return shares._share(record, env["res.users"], branch, "read")
