from itertools import count

from odoo.addons.lottery_base.tests.isolation import create_record, factory

_numbers = count(1)


@factory("lottery.tag.set")
def create_set(env, branch):
    return env["lottery.tag.set"].create(
        {
            "name": f"Set {branch.code} {next(_numbers)}",
            "model": "res.partner",
            "branch_id": branch.id,
        }
    )


@factory("lottery.tag")
def create_tag(env, branch):
    tag_set = create_record(env, "lottery.tag.set", branch)
    return env["lottery.tag"].create(
        {"name": f"Tag {branch.code} {next(_numbers)}", "set_id": tag_set.id}
    )


@factory("lottery.tag.link")
def create_link(env, branch):
    """A common tag on the unit's contact: the link is the unit's all the same."""
    tag_set = env["lottery.tag.set"].create(
        {
            "name": f"Common {next(_numbers)}",
            "model": "res.partner",
            "branch_id": False,
        }
    )
    tag = env["lottery.tag"].create({"name": "Common", "set_id": tag_set.id})
    contact = create_record(env, "res.partner", branch)
    contact._tag_add(tag)
    return env["lottery.tag.link"].search([("tag_id", "=", tag.id)])
