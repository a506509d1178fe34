"""A notification to 10,000 readers, in the app and by short message (PF-NTF-01).

Beside it a loop that makes the same rows one reader at a time through the ORM, as
addons commonly do; it is run over a sample and extrapolated.
"""

import time
import uuid

from .filling import multiply
from .frame import absolute, at_most, measures

READERS = 10_000
SAMPLE = 200
LIMIT_SECONDS = 20


@measures("PF-NTF-01")
def fan_out(stage):
    with stage.site.env() as env:  # rolled back
        template = _make_template(env)
        users = _make_readers(env)
        env.flush_all()
        env.invalidate_all()
        before, start = env.cr.sql_log_count, time.perf_counter()
        rows = env["lottery.notification"]._notify(template.code, users)
        env.flush_all()
        env.cr.precommit.run()
        ours, queries = time.perf_counter() - start, env.cr.sql_log_count - before
        env.cr.postcommit.clear()
        if len(rows) != 2 * READERS:
            raise AssertionError(f"{len(rows)} rows")
        start = time.perf_counter()
        _notify_each(env, template, users[:SAMPLE])
        naive = (time.perf_counter() - start) * READERS / SAMPLE
        env.cr.precommit.clear()
        env.cr.postcommit.clear()
    yield at_most(
        "PF-NTF-01",
        f"notify {READERS:,} readers in the app and by SMS",
        ours,
        naive,
        "s",
        1 / 5,
        note=f"reference: a loop of creates, {SAMPLE} readers extrapolated",
    )
    yield absolute(
        "PF-NTF-01",
        f"statements for {READERS:,} readers",
        queries,
        "statements",
        f"<= 60, and within {LIMIT_SECONDS} s",
        queries <= 60 and ours <= LIMIT_SECONDS,
    )


def _make_template(env):
    return env["lottery.notification.template"].create(
        {
            "code": f"bench.{uuid.uuid4().hex[:8]}",
            "name": "Bench",
            "subject": "A new rule",
            "body": "From Monday on orders close at 17:00.",
            "sms": True,
            "urgent": True,
        }
    )


def _make_readers(env):
    """Return users with a mobile number each."""
    name = f"bench_{uuid.uuid4().hex[:8]}"
    source = env["res.users"].create(
        {"name": name, "login": name, "phone": "15400000000", "lang": "zh_CN"}
    )
    env.flush_all()
    partners = multiply(
        env.cr,
        "res_partner",
        source.partner_id.id,
        READERS,
        phone="'1541' || lpad(n::text, 7, '0')",
        commercial_partner_id="NULL::int",
    )
    users = multiply(
        env.cr,
        "res_users",
        source.id,
        READERS,
        login=f"'{name}_' || n",
        partner_id=f"{partners[0] - 1} + n",
    )
    env.cr.execute("ANALYZE res_users, res_partner")
    return env["res.users"].browse(users)


def _notify_each(env, template, users):
    for user in users:
        for channel, state in (("in_app", "sent"), ("sms", "waiting")):
            row = env["lottery.notification"].create(
                {
                    "template_id": template.id,
                    "user_id": user.id,
                    "channel": channel,
                    "subject": template.subject,
                    "body": template.body,
                    "state": state,
                }
            )
        env["lottery.sms.message"]._send(
            user.phone, row.body, purpose="notice", branch_id=False
        ).notification_id = row
        user._bus_send("lottery.notification", {})
    env.flush_all()
    env.cr.precommit.run()
