"""Records of a unit for the isolation walk (PF-SEC-02)."""

from odoo.addons.lottery_base.tests.isolation import factory


def _make_run(env):
    months = env["lottery.reconcile.month"]
    month = months.search([("month", "=", "2019-01-01")]) or months.create(
        {"month": "2019-01-01"}
    )
    return month.run_ids.filtered(lambda run: run.kind == "users")


@factory("lottery.reconcile.month")
def create_month(env, branch):
    return _make_run(env).month_id


@factory("lottery.reconcile.run")
def create_run(env, branch):
    return _make_run(env)


@factory("lottery.reconcile.row")
def create_row(env, branch):
    run = _make_run(env)
    run._take_theirs([("isolation", {})], origin="isolation")
    return env["lottery.reconcile.row"].search([("run_id", "=", run.id)])


@factory("lottery.reconcile.difference")
def create_difference(env, branch):
    run = _make_run(env)
    run._take_theirs([("isolation", {"branch": branch.code})], origin="isolation")
    return run.difference_ids.filtered(lambda row: row.key == "isolation")
