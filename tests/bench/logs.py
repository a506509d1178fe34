"""Logs: what the operation log costs a write, what the beacon of menu use costs the
server (PF-AUD-01)."""

import json
import statistics
import time
import uuid

from .frame import absolute, at_most, measures
from .inside import Visitor

RECORDS = 1_000
ROUNDS = 15
LIMIT_RATIO = 2.0  # with the log, of a write without
LIMIT_IDLE_US = 20  # a model without a rule
BEACONS = 300
LIMIT_BEACONS = 50  # requests/s by one process: 3,000 users send one a minute each


@measures("PF-AUD-01")
def operation_log(stage):
    for count in (1, RECORDS):
        with stage.site.env() as env:
            partners = _make_partners(env, count)
            rule = env.ref("lottery_journal.lottery_log_rule_res_partner")
            without, with_rule = [], []
            for _round in range(ROUNDS):
                rule.active = False
                without.append(_write(env, partners))
                rule.active = True
                with_rule.append(_write(env, partners))
        yield at_most(
            "PF-AUD-01",
            f"write of {count:,} contacts, logged",
            statistics.median(with_rule),
            statistics.median(without),
            "ms",
            LIMIT_RATIO,
            note="reference: no rule for contacts",
        )
    with stage.site.env() as env:
        spent = _look_up(env)
    yield absolute(
        "PF-AUD-01",
        "write of a model without a rule, added",
        spent,
        "µs",
        f"<= {LIMIT_IDLE_US}",
        spent <= LIMIT_IDLE_US,
    )


def _make_partners(env, count):
    return env["res.partner"].create(
        [{"name": f"Bench {number}", "lang": "en_US"} for number in range(count)]
    )


def _write(env, partners):
    """Milliseconds of a write of two fields, flushed; records not cached before."""
    env.flush_all()
    env.invalidate_all()
    env["lottery.log.rule"]._get_rules()
    start = time.perf_counter()
    partners.write({"comment": uuid.uuid4().hex, "function": uuid.uuid4().hex})
    env.flush_all()
    return (time.perf_counter() - start) * 1000


def _look_up(env):
    """Microseconds that the look for a rule takes."""
    countries = env["res.country"]
    countries._get_log_rule()
    start = time.perf_counter()
    for _call in range(10_000):
        countries._get_log_rule()
    return (time.perf_counter() - start) / 10_000 * 1e6


@measures("PF-AUD-01")
def menu_beacon(stage):
    with stage.site.env() as env:
        login = env.ref("base.user_admin").login
        menus = env["ir.ui.menu"].search([], limit=5).ids
    visitor = Visitor(stage.site, login)
    body = json.dumps(
        {"jsonrpc": "2.0", "params": {"visits": [[menu, 1, 12] for menu in menus]}}
    )
    _send(visitor, body)
    start = time.perf_counter()
    for _beacon in range(BEACONS):
        _send(visitor, body)
    rate = BEACONS / (time.perf_counter() - start)
    yield absolute(
        "PF-AUD-01",
        "batches of menu use taken by one process",
        rate,
        "requests/s",
        f">= {LIMIT_BEACONS}",
        rate >= LIMIT_BEACONS,
        note="5 menus each, one INSERT",
    )


def _send(visitor, body):
    answer = visitor.client.post(
        "/lottery/log/menu", data=body, content_type="application/json"
    )
    if answer.get_json().get("result") is not True:
        raise AssertionError(answer.get_data(as_text=True))
