"""Automatic tags on very many records, in one statement a set (PF-TAG-02).

The rival gives the tags as a loop over records would, a sample of them, reckoned up;
the floor is the bare INSERT … SELECT of the same links into a table of the same shape.
"""

import time
import uuid
from unittest.mock import patch

from odoo import fields
from odoo.tools import SQL

from .filling import multiply
from .frame import absolute, measures

SAMPLE = 300
MINUTES = 5  # what 1,000,000 records may take, on two cores
PLAIN, LIMITS, RANKS = 12, 4, 4  # rules by condition, by limits, by rank: 20


@measures("PF-TAG-02")
def automatic_tags(stage):
    count = stage.size.tagged
    with stage.site.env(commit=True) as env:
        mark = uuid.uuid4().hex[:8]
        make_records(env, mark, count)
        tag_set = make_set(env, mark)
    with patch_figures(stage, mark):
        with stage.site.env(commit=True) as env:
            tag_set = env["lottery.tag.set"].browse(tag_set.id)
            first, links = clock(tag_set._retag)
        with stage.site.env(commit=True) as env:
            env.cr.execute("ANALYZE lottery_tag_link")
            change_some(env, mark)
            again, changes = clock(env["lottery.tag.set"].browse(tag_set.id)._retag)
        with stage.site.env() as env:
            floor = measure_floor(env, tag_set.id)
        with stage.site.env() as env:
            loop = measure_loop(env, tag_set.id, mark) * count
    limit = MINUTES * 60 * count / 1_000_000
    note = f"{links[0]:,} links; bare INSERT … SELECT {floor:.1f} s"
    yield absolute(
        "PF-TAG-02",
        f"{count:,} records, 20 automatic tags, first time",
        first,
        "s",
        f"<= {limit:g}",
        first <= limit,
        reference=loop,
        note=f"{note}; reference: record by record, of {SAMPLE}",
    )
    yield absolute(
        "PF-TAG-02",
        f"{count:,} records, 20 automatic tags, 1 % changed",
        again,
        "s",
        f"<= {limit:g}",
        again <= limit and 0 < changes[0] < links[0] / 5,
        reference=loop,
        note=f"{changes[0]:,} given, {changes[1]:,} taken",
    )


def clock(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def make_records(env, mark, count):
    """Contacts whose ``color`` is 0 to 99, ``partner_latitude`` 0 to 90."""
    source = env["res.partner"].create({"name": f"Tagged {mark}", "ref": mark})
    env.flush_all()
    multiply(
        env.cr,
        "res_partner",
        source.id,
        count,
        name=f"'Tagged {mark} ' || n",
        complete_name=f"'Tagged {mark} ' || n",
        commercial_partner_id="NULL::int",
        color="n %% 100",
        partner_latitude="(n::bigint * 7919 %% 9000) / 100.0",
    )
    source.unlink()
    env.cr.execute("ANALYZE res_partner")


def make_set(env, mark):
    own = ("ref", "=", mark)
    rules = [
        {"rule_domain": repr([own, ("color", "<", 4 * (n + 1))])} for n in range(PLAIN)
    ]
    figure = {"metric": "res.partner:bench"}
    rules += [
        {
            **figure,
            "rule": "metric",
            "metric_from": 20 * n,
            "metric_to": 20 * n + 20,
            "limits": "between",
        }
        for n in range(LIMITS)
    ]
    rules += [
        {
            **figure,
            "rule": "quantile",
            "quantile_from": 25 * n,
            "quantile_to": 25 * n + 25,
        }
        for n in range(RANKS)
    ]
    tags = [
        (0, 0, {"name": f"T{n}", "sequence": n, **rule}) for n, rule in enumerate(rules)
    ]
    with figures_of(env, mark):
        return env["lottery.tag.set"].create(
            {
                "name": f"Bench {mark}",
                "model": "res.partner",
                "kind": "automatic",
                "branch_id": False,
                "tag_ids": tags,
            }
        )


def patch_figures(stage, mark):
    with stage.site.env() as env:
        return figures_of(env, mark)


def figures_of(env, mark):
    """The figure a business addon would register."""
    query = SQL("SELECT id, partner_latitude FROM res_partner WHERE ref = %s", mark)
    return patch.object(
        env.registry["res.partner"],
        "_get_tag_metrics",
        lambda self: {"bench": ("Bench", query)},
    )


def change_some(env, mark):
    env.cr.execute(
        """UPDATE res_partner SET color = (color + 37) %% 100,
                  partner_latitude = (partner_latitude * 1.7)::numeric %% 90
            WHERE ref = %s AND id %% 100 = 0""",
        [mark],
    )


def measure_floor(env, set_id):
    """Seconds to write the same links without asking anything."""
    env.cr.execute("CREATE TABLE bench_link (LIKE lottery_tag_link INCLUDING ALL)")
    start = time.perf_counter()
    env.cr.execute(
        """INSERT INTO bench_link SELECT * FROM lottery_tag_link
            WHERE set_id = %s AND ended_at IS NULL""",
        [set_id],
    )
    return time.perf_counter() - start


def measure_loop(env, set_id, mark):
    """Seconds a record, when each is asked for each tag and links are records."""
    tag_set = env["lottery.tag.set"].browse(set_id)
    links = env["lottery.tag.link"]
    sample = env["res.partner"].search([("ref", "=", mark)], limit=SAMPLE)
    links._forget("res.partner", sample.ids)
    domains = {tag: tag._parse_domain("rule_domain") for tag in tag_set.tag_ids}
    env.invalidate_all()
    start = time.perf_counter()
    for record in sample:
        for tag, domain in domains.items():
            key = [("tag_id", "=", tag.id), ("res_id", "=", record.id)]
            if _matches(tag, domain, record) and not links.search(key):
                links.create(
                    {
                        "tag_id": tag.id,
                        "set_id": set_id,
                        "model_id": tag_set.model_id.id,
                        "res_id": record.id,
                        "tagged_at": fields.Datetime.now(),
                    }
                )
    env.flush_all()
    return (time.perf_counter() - start) / len(sample)


def _matches(tag, domain, record):
    """Whether a rule holds; the limits of ranks are given for nothing."""
    figure = record.partner_latitude
    match tag.rule:
        case "domain":
            return record.filtered_domain(domain)
        case "metric":
            return tag.metric_from <= figure < tag.metric_to
    return tag.quantile_from <= figure / 0.9 < tag.quantile_to
