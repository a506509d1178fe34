"""One-time codes: a flood, and what a known phone gives away (PF-OTP-01).

The flood is 100,000 requests (size full) of 1,000 addresses with right solutions of their puzzles,
straight at the model on real connections: what no limit of a web server helps against.
Its addresses are those that RFC 2544 sets aside for benchmarks; everything written is
removed again.
"""

import collections
import contextlib
import itertools
import os
import random
import statistics
import threading
import time
from unittest.mock import patch

from .frame import absolute, measures

ADDRESSES = 1_000
PHONES = 5_000
THREADS = 4
PAIRS = 300
DAY_BUDGET, PRICE = 200.0, 0.05
_OURS = "network LIKE '198.18.%' OR network LIKE '198.19.%'"


@measures("PF-OTP-01")
def flood(stage):
    site, requests = stage.site, stage.size.otp_requests
    os.environ.setdefault("LOTTERY_OTP_PEPPER", "pepper-of-the-bench-0123456789")
    with _prepared(site):
        ratio, known, unknown = _compare_answers(site)
        _clean(site)
        seconds, refused = _flood(site, requests)
        worst = _read_worst(site)
    cap = round(DAY_BUDGET / PRICE)
    floods = f"{requests:,} requests of {ADDRESSES:,} addresses"
    yield from [
        absolute(
            "PF-OTP-01",
            f"{floods}: codes paid for",
            worst["sent"],
            "codes",
            f"<= {cap} (budget of the day)",
            worst["sent"] <= cap and worst["cost"] <= DAY_BUDGET + 1e-6,
            note=", ".join(f"{rule} {count}" for rule, count in refused.most_common()),
        ),
        absolute(
            "PF-OTP-01",
            f"{floods}: most codes of a phone, address, network",
            worst["phone"],
            "codes",
            "phone <= 5, address <= 10, network <= 60 an hour",
            worst["phone"] <= 5 and worst["address"] <= 10 and worst["network"] <= 60,
            note=f"address {worst['address']}, network {worst['network']}",
        ),
        absolute(
            "PF-OTP-01",
            f"{floods}: requests judged",
            round(requests / seconds),
            "requests/s",
            "stated",
            True,
        ),
        absolute(
            "PF-OTP-01",
            "time of a known phone / an unknown one, before the floor",
            round(ratio, 3),
            "ratio of medians",
            "0.9 to 1.1",
            0.9 <= ratio <= 1.1,
            note=f"{known * 1000:.1f} ms / {unknown * 1000:.1f} ms",
        ),
    ]


@contextlib.contextmanager
def _prepared(site):
    """Known limits, no watch on the verified share, no waiting; all put back."""
    otp_class = site.registry["lottery.otp"]
    with site.env(commit=True) as env:
        policy = _get_policy(env)
        kept = policy.read(["price", "daily_budget", "minimum_rate"], load=False)[0]
        kept.pop("id")
        policy.write({"price": PRICE, "daily_budget": DAY_BUDGET, "minimum_rate": 0})
        env.cr.execute("SELECT day, sent, cost FROM lottery_otp_spend")
        spends = env.cr.fetchall()
    try:
        with patch.object(otp_class, "_wait_until"):
            yield
    finally:
        _clean(site)
        with site.env(commit=True) as env:
            policy = _get_policy(env)
            policy.write(kept)
            for spend in spends:
                env.cr.execute(
                    "INSERT INTO lottery_otp_spend (day, sent, cost) VALUES (%s, %s, %s)",
                    spend,
                )


def _get_policy(env):
    policies = env["lottery.otp.policy"].with_context(tracking_disable=True)
    return policies._get_policy()


def _clean(site):
    with site.env(commit=True) as env:
        env.cr.execute(f"DELETE FROM lottery_otp WHERE {_OURS} RETURNING message_id")
        messages = [row[0] for row in env.cr.fetchall() if row[0]] or [0]
        env.cr.execute(
            "DELETE FROM lottery_outbox WHERE model = 'lottery.sms.message'"
            " AND res_id = ANY(%s)",
            [messages],
        )
        env.cr.execute("DELETE FROM lottery_sms_message WHERE id = ANY(%s)", [messages])
        env.cr.execute("DELETE FROM lottery_otp_spend")


def _ask(env, phone, address, known=True):
    """Make one request with a solved puzzle; return the refusing rule or None."""
    from odoo.addons.lottery_message.engine import proof
    from odoo.addons.lottery_message.exceptions import OtpRefused
    from odoo.addons.lottery_message.tests.common import solve

    try:
        env["lottery.otp"]._request_code(
            phone,
            "login",
            address=address,
            device=f"{phone}{address}",
            proof=solve(proof.make_challenge(1)),
            known=known,
        )
    except OtpRefused as refusal:
        return refusal.code
    return None


def _compare_answers(site):
    """Return the ratio of the medians and both medians in seconds; the requests take
    turns, so that what the machine does besides hits both alike."""
    times = {True: [], False: []}
    for number in range(PAIRS):
        for known in (True, False) if number % 2 else (False, True):
            address = f"198.19.{number % 250}.{1 + (number // 250) * 2 + known}"
            with site.env() as env:
                start = time.perf_counter()
                refusal = _ask(env, f"+861541{number:04d}{known:03d}", address, known)
                times[known].append(time.perf_counter() - start)
            if refusal:
                raise RuntimeError(f"request {number} was refused: {refusal}")
    known, unknown = (statistics.median(times[key]) for key in (True, False))
    return known / unknown, known, unknown


def _flood(site, requests):
    """Send all requests; return seconds and how often each rule refused."""
    numbers = itertools.count()
    refused = collections.Counter()
    dice = random.Random(20260101)
    plan = [
        (dice.randrange(PHONES), dice.randrange(ADDRESSES)) for _ in range(requests)
    ]
    failures = []

    def work():
        mine = collections.Counter()
        try:
            while (number := next(numbers)) < requests:
                phone, address = plan[number]
                with site.env() as env:
                    mine[
                        _ask(
                            env,
                            f"+861542{phone:07d}",
                            f"198.18.{address // 10}.{1 + address % 10}",
                        )
                    ] += 1
        except Exception as error:
            failures.append(error)
        refused.update(mine)

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    refused.pop(None, None)
    return time.perf_counter() - start, refused


def _read_worst(site):
    with site.env() as env:
        worst = {}
        for name, column in (
            ("phone", "phone_digest"),
            ("address", "address"),
            ("network", "network"),
        ):
            env.cr.execute(
                f"""SELECT COALESCE(max(sent), 0) FROM (
                    SELECT count(*) AS sent FROM lottery_otp a JOIN lottery_otp b
                        ON a.{column} = b.{column}
                       AND b.requested_at BETWEEN a.requested_at
                                              AND a.requested_at + interval '1 hour'
                     WHERE a.network LIKE '198.18.%' GROUP BY a.id) AS windows"""
            )
            worst[name] = env.cr.fetchone()[0]
        env.cr.execute(
            "SELECT COALESCE(sum(sent), 0), COALESCE(sum(cost), 0)"
            " FROM lottery_otp_spend"
        )
        worst["sent"], worst["cost"] = (float(value) for value in env.cr.fetchone())
        worst["sent"] = int(worst["sent"])
        return worst
