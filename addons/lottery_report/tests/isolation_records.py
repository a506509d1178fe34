from odoo.addons.lottery_base.tests.isolation import common, factory

common("lottery.report.definition", "what reports exist is no unit's secret")


def get_colleague(env, branch):
    return env["res.users"].search([("branch_ids", "in", branch.ids)], limit=1)


@factory("lottery.export.job")
def create_job(env, branch):
    return env["lottery.export.job"].create(
        {
            "name": f"Export {branch.code}",
            "user_id": get_colleague(env, branch).id,
            "producer": "lottery.report",
        }
    )


@factory("lottery.report.favourite")
def create_favourite(env, branch):
    user = get_colleague(env, branch)
    return (
        env["lottery.report.favourite"]
        .with_user(user)
        .create({"name": f"Mine {branch.code}", "report": "x", "options": {"a": 1}})
        .with_env(env)
    )
