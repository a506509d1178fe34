from odoo.fields import Command

from odoo.addons.lottery_base.tests.isolation import common, create_record, factory

common("lottery.change.model", "one registry for the whole suite")
common(
    "lottery.approval.absence", "belongs to two people, not to a unit; see its rules"
)


@factory("lottery.approval.flow")
def create_flow(env, branch):
    return env["lottery.approval.flow"].create(
        {
            "name": f"Flow {branch.code}",
            "model_id": env["ir.model"]._get_id("lottery.change.request"),
            "branch_id": branch.id,
            "sequence": -5,
            "level_ids": [
                Command.create(
                    {
                        "name": "Administrator",
                        "company_id": False,
                        "review_type": "group",
                        "reviewer_group_id": env.ref("lottery_base.group_admin").id,
                    }
                )
            ],
        }
    )


@factory("lottery.change.request")
def create_request(env, branch):
    """A request of ``branch`` in approval, with what hangs on it."""
    create_flow(env, branch)
    applicant = env["res.users"].create(
        {
            "name": f"Applicant {branch.code}",
            "login": f"applicant_{branch.code}_{env['res.users'].search_count([])}",
            "group_ids": [Command.link(env.ref("lottery_base.group_specialist").id)],
            "branch_ids": branch.ids,
        }
    )
    request = (
        env["lottery.change.request"]
        .with_user(applicant)
        ._propose(branch.with_user(applicant), {"phone": "020 1"}, "isolation")
    )
    return env["lottery.change.request"].browse(request.id)


def get_run(env, branch):
    return create_record(env, "lottery.change.request", branch).approval_id


@factory("lottery.change.line")
def create_line(env, branch):
    return create_record(env, "lottery.change.request", branch).line_ids


@factory("lottery.approval")
def create_approval(env, branch):
    return get_run(env, branch)


@factory("lottery.approval.level")
def create_level(env, branch):
    return get_run(env, branch).level_ids


@factory("lottery.approval.event")
def create_event(env, branch):
    return get_run(env, branch).event_ids


@factory("tier.review")
def create_review(env, branch):
    return get_run(env, branch).review_ids
