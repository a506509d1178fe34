from odoo.addons.lottery_base.tests.isolation import common, factory

common("lottery.sms.provider", "the centre's administrators keep one set for all")
common("lottery.sms.provider.template", "belongs to a provider; administrators only")
common("lottery.wechat.account", "one set for all; administrators only")
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


common("lottery.notification.template", "texts of the suite; administrators keep them")
common("lottery.notification.delivery", "administrators see what became of all rows")


def _find_reader(env, branch):
    return env["res.users"].search([("branch_ids", "in", branch.ids)], limit=1)


@factory("lottery.notification")
def create_notification(env, branch):
    template = env["lottery.notification.template"].create(
        {
            "code": f"isolation.{branch.id}",
            "name": "Isolation",
            "subject": f"Isolation {branch.code}",
            "body": "-",
        }
    )
    return env["lottery.notification"]._notify(
        template.code, _find_reader(env, branch), branch
    )


@factory("lottery.notification.mute")
def create_mute(env, branch):
    return env["lottery.notification.mute"].create(
        {"user_id": _find_reader(env, branch).id, "channel": "sms"}
    )
