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


common(
    "lottery.journal.archive",
    "months of all units in one file; kept to the centre by its access line",
)
common(
    "lottery.log.rule",
    "says which objects are logged; the same for every unit",
)
common(
    "lottery.log.archive",
    "a month of all units in one file; kept to the centre by its access lines",
)


def _insert(env, log, branch, **row):
    env[log]._insert_log([{"branch_id": branch.id, **row}])
    return env[log].search([("branch_id", "=", branch.id)], limit=1)


@factory("lottery.log.login")
def create_login(env, branch):
    return _insert(
        env, "lottery.log.login", branch, login="isolation", kind="web", result="ok"
    )


@factory("lottery.log.operation")
def create_operation(env, branch):
    return _insert(
        env,
        "lottery.log.operation",
        branch,
        operation="write",
        model="lottery.branch",
        res_id=branch.id,
        record_name=branch.name,
    )


@factory("lottery.log.export")
def create_export(env, branch):
    return _insert(
        env, "lottery.log.export", branch, model="lottery.branch", door="csv", count=1
    )


@factory("lottery.log.menu")
def create_visit(env, branch):
    menu = env.ref("lottery_journal.lottery_journal_menu")
    return _insert(env, "lottery.log.menu", branch, menu_id=menu.id, opens=1, seconds=5)
