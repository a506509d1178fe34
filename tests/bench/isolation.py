"""A list of very many records, with and without the rules of units (PF-SEC-02)."""

import statistics
import time
import uuid

from .filling import multiply
from .frame import absolute, measures

PREFECTURES, COUNTIES, BELOW = 16, 11, 16  # of each unit above: 3,008 units
PAGE = 80
COUNT_LIMIT = 10_001  # what the web client counts up to
SPECIFICATION = {"name": {}, "phone": {}, "email": {}, "branch_id": {"fields": {}}}
ROUNDS = 9
LIMIT_MS = 20


@measures("PF-SEC-02")
def list_with_rules(stage):
    """Contacts, opened as the web client does: a page of 80 and their number."""
    with stage.site.env(commit=True) as env:
        units = make_units(env)
        make_contacts(env, [unit.id for unit in units[-1]], stage.size.records)
        users = {
            "centre": make_user(
                stage, env, env.ref("lottery_base.lottery_branch_centre")
            ),
            "prefecture": make_user(stage, env, units[0][0]),
            "lowest unit": make_user(stage, env, units[-1][0]),
        }
    for order, text in (("id", "first page"), ("id desc", "newest")):
        for name, user_id in users.items():
            ours, reference = [], []
            for _round in range(ROUNDS):
                reference.append(open_list(stage, None, order))
                ours.append(open_list(stage, user_id, order))
            with_rules, without = map(statistics.median, (ours, reference))
            yield absolute(
                "PF-SEC-02",
                f"list of {stage.size.records:,} contacts, {text}, {name}",
                with_rules,
                "ms",
                f"rules add <= {LIMIT_MS} ms",
                with_rules <= without + LIMIT_MS,
                reference=without,
                note="reference: no rules",
            )


def make_units(env):
    """Return [prefectures, counties, units below] of a new tree below the centre."""
    branches = env["lottery.branch"].with_context(tracking_disable=True)
    parents, levels = env.ref("lottery_base.lottery_branch_centre"), []
    for kind, each in (
        ("prefecture", PREFECTURES),
        ("county", COUNTIES),
        ("sub_branch", BELOW),
    ):
        parents = branches.create(
            [
                {
                    "name": f"Bench {kind} {number}",
                    "code": f"B-{uuid.uuid4().hex[:12]}",
                    "kind": kind,
                    "parent_id": parent.id,
                }
                for parent in parents
                for number in range(each)
            ]
        )
        levels.append(parents)
    return levels


def make_contacts(env, unit_ids, contacts):
    source = env["res.partner"].create({"name": "Bench", "branch_id": unit_ids[0]})
    env.flush_all()
    multiply(
        env.cr,
        "res_partner",
        source.id,
        contacts,
        name="'Bench ' || n",
        complete_name="'Bench ' || n",
        commercial_partner_id="NULL::int",
        branch_id=f"({sql_array(unit_ids)})[1 + n %% {len(unit_ids)}]",
    )
    env.cr.execute("ANALYZE res_partner")


def sql_array(ids):
    return f"ARRAY[{','.join(map(str, ids))}]"


def make_user(stage, env, unit):
    fixture = stage.bind(env)
    return fixture._create_user(
        f"bench_{uuid.uuid4().hex[:8]}", unit, "branch_admin"
    ).id


def open_list(stage, user_id, order):
    """Milliseconds of a list's first call, caches of the rules warm."""
    with stage.site.env() as env:
        partners = env["res.partner"]
        partners = partners.with_user(user_id) if user_id else partners
        partners.search([], limit=1)
        env.invalidate_all()
        start = time.perf_counter()
        found = partners.web_search_read(
            [], SPECIFICATION, limit=PAGE, order=order, count_limit=COUNT_LIMIT
        )
        spent = (time.perf_counter() - start) * 1000
    if len(found["records"]) != min(PAGE, found["length"]) or not found["length"]:
        raise AssertionError(f"{len(found['records'])} of {found['length']} records")
    return spent
