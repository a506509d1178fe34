from odoo.addons.lottery_base.tests.isolation import common, factory

common(
    "lottery.journal.verification",
    "says whether the chain as a whole is intact; read by the centre's auditors",
)


@factory("lottery.journal")
def create_entry(env, branch):
    """Made in the table below the view, as business code makes it."""
    env["lottery.journal"]._append(
        [
            {
                "event": "isolation.walk",
                "model": "lottery.branch",
                "res_id": branch.id,
                "branch_id": branch.id,
                "values": {"unit": branch.code},
            }
        ]
    )
    return env["lottery.journal"].search(
        [("event", "=", "isolation.walk"), ("branch_id", "=", branch.id)], limit=1
    )
