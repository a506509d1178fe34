from itertools import count

from .isolation import common, factory

_numbers = count(1)  # a record may need several colleagues

common("lottery.parameter", "definitions are the suite's; units' values are walked")


@factory("lottery.branch")
def create_branch(env, branch):
    return env["lottery.branch"].create(
        {
            "name": f"Below {branch.name}",
            "code": f"{branch.code}-below",
            "kind": "county",
            "parent_id": branch.id,
        }
    )


@factory("res.users")
def create_colleague(env, branch):
    return env["res.users"].create(
        {
            "name": f"Colleague {branch.code}",
            "login": f"colleague_{branch.code}_{next(_numbers)}",
            "branch_ids": branch.ids,
        }
    )


@factory("res.partner")
def create_contact(env, branch):
    return env["res.partner"].create(
        {"name": f"Contact {branch.code}", "branch_id": branch.id}
    )


@factory("lottery.parameter.value")
def create_parameter_value(env, branch):
    parameter = env.ref("lottery_base.lottery_parameter_one_time_password_hours")
    return env["lottery.parameter.value"].create(
        {"parameter_id": parameter.id, "branch_id": branch.id, "value": "2"}
    )
