"""Records of a unit for the isolation walk (PF-SEC-02)."""

from itertools import count

from odoo import fields

from odoo.addons.lottery_base.tests.isolation import common, factory

_numbers = count(1)

common("lottery.consultation.kind", "one list of kinds for the whole suite")
common("lottery.home.layout", "laid out by role, not by unit")
common("lottery.home.layout.line", "laid out by role, not by unit")
common("lottery.home.preference", "one row a user, seen by that user only")


def _make_colleague(env, branch):
    number = next(_numbers)
    return env["res.users"].create(
        {
            "name": f"Reader {number}",
            "login": f"workbench_{number}",
            "branch_ids": branch.ids,
        }
    )


@factory("lottery.announcement")
def create_announcement(env, branch):
    announcement = env["lottery.announcement"].create(
        {
            "name": f"Announcement {branch.code}",
            "body": "<p>secret</p>",
            "branch_id": branch.id,
            "branch_ids": branch.ids,
        }
    )
    announcement.action_publish()
    return announcement


@factory("lottery.announcement.receipt")
def create_receipt(env, branch):
    _make_colleague(env, branch)
    receipts = create_announcement(env, branch).receipt_ids
    return receipts.filtered(lambda row: row.branch_id == branch)


@factory("lottery.feedback")
def create_feedback(env, branch):
    author = _make_colleague(env, branch)
    return env["lottery.feedback"].create(
        {"text": "secret", "author_id": author.id, "branch_id": branch.id}
    )


@factory("lottery.consultation")
def create_consultation(env, branch):
    return env["lottery.consultation"].create(
        {
            "subject": f"Ticket {branch.code}",
            "question": "secret",
            "kind_id": env["lottery.consultation.kind"].search([], limit=1).id,
            "branch_id": branch.id,
        }
    )


@factory("lottery.consultation.handover")
def create_handover(env, branch):
    ticket = create_consultation(env, branch)
    ticket._hand_over(_make_colleague(env, branch), "isolation")
    return ticket.handover_ids


@factory("calendar.event")
def create_event(env, branch):
    """Odoo's own calendar is open to every colleague; here it ends at the unit."""
    user = _make_colleague(env, branch)
    now = fields.Datetime.now()
    return env["calendar.event"].create(
        {
            "name": f"Meeting {branch.code}",
            "start": now,
            "stop": now,
            "user_id": user.id,
            "partner_ids": user.partner_id.ids,
        }
    )
