from odoo.addons.lottery_base.tests.isolation import common, factory

common(
    "lottery.outbox.circuit",
    "one row a channel for the whole authority: whether the other side answers",
)


@factory("lottery.outbox")
def create_message(env, branch):
    env.cr.execute(
        """INSERT INTO lottery_outbox
            (channel, kind, key, payload, state, attempts, next_attempt_at, branch_id)
        VALUES ('isolation', 'walk', 'isolation:' || %s || clock_timestamp(),
            '{}', 'done', 1, now(), %s) RETURNING id""",
        [branch.code, branch.id],
    )
    return env["lottery.outbox"].browse(env.cr.fetchone()[0])


@factory("lottery.outbox.attempt")
def create_attempt(env, branch):
    env.cr.execute(
        """INSERT INTO lottery_outbox_attempt
            (outbox_id, branch_id, channel, number, started_at, result)
        VALUES (%s, %s, 'isolation', 1, now(), 'done') RETURNING id""",
        [create_message(env, branch).id, branch.id],
    )
    return env["lottery.outbox.attempt"].browse(env.cr.fetchone()[0])
