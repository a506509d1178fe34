from odoo.addons.lottery_base.tests.isolation import common, factory

common("lottery.sms.provider", "the centre's administrators keep one set for all")
common("lottery.otp", "asked for before anybody is known; administrators only")
common("lottery.otp.policy", "one record for the whole suite")
common("lottery.otp.proof", "puzzles of visitors belong to no unit")
common("lottery.otp.spend", "one budget for the whole suite")
common("lottery.otp.failure", "addresses of visitors belong to no unit")


@factory("lottery.sms.message")
def create_message(env, branch):
    return env["lottery.sms.message"]._send(
        "+8615400009999", "您好", purpose="notice", branch_id=branch.id
    )
