"""A list of very many records under scopes, defaults and shares (PF-SEC-03)."""

import statistics
import uuid

from odoo.fields import Command
from odoo.tools import SQL

from .frame import absolute, measures
from .isolation import LIMIT_MS, ROUNDS, make_contacts, make_units, open_list

RECORDS = 100_000
SHARES = 500  # with the user, one by one
UNIT_SHARES = 5_000  # with the province's units, so with everybody below
OWN_EACH = 50  # every so many contacts has the user as its owner
MODEL = "res.partner"


@measures("PF-SEC-03")
def list_with_scopes(stage):
    """Contacts as the web client opens them; the reference is the list without rules."""
    with stage.site.env(commit=True) as env:
        units = make_units(env)
        make_contacts(env, [unit.id for unit in units[-1]], RECORDS)
        users = {scope: make_person(env, units[0][0], scope) for scope in SCOPES}
        users["own records, nothing shared"] = make_person(
            env, units[0][1], "own records"
        )
        make_owners(env, users["own records"])
        make_shares(env, users.values(), units[0])
    yield from compare(stage, users)
    set_default(stage, "private")
    private = {"default private": users["default"]}
    yield from compare(stage, private)
    set_default(stage, "public_write")


SCOPES = {
    "default": {},
    "own records": {"scope": "own"},
    "own unit": {"scope": "unit"},
    "own unit and below": {"scope": "below"},
    "everything": {"scope": "all"},
    "sees below, changes own": {"scope": "below", "scope_change": "own"},
}


def compare(stage, users):
    for order, text in (("id", "first page"), ("id desc", "newest")):
        for name, user_id in users.items():
            ours, reference = [], []
            for _round in range(ROUNDS):
                reference.append(open_list(stage, None, order))
                ours.append(open_list(stage, user_id, order))
            with_rules, without = map(statistics.median, (ours, reference))
            yield absolute(
                "PF-SEC-03",
                f"list of {RECORDS:,} contacts, {text}, {name}",
                with_rules,
                "ms",
                f"rules add <= {LIMIT_MS} ms",
                with_rules <= without + LIMIT_MS,
                reference=without,
                note=f"reference: no rules; {SHARES} + {UNIT_SHARES} shares",
            )


def make_person(env, unit, scope):
    """A user of ``unit`` whose one role has the scope; returns the id."""
    role = env["res.users.role"].create(
        {
            "name": f"Bench {uuid.uuid4().hex[:8]}",
            "implied_ids": [
                Command.link(env.ref("lottery_base.group_branch_admin").id)
            ],
        }
    )
    role.operation_ids.filtered(lambda line: line.object_id.model == MODEL).write(
        SCOPES[scope]
    )
    login = f"bench_{uuid.uuid4().hex[:8]}"
    return (
        env["res.users"]
        .create(
            {
                "name": login,
                "login": login,
                "branch_ids": unit.ids,
                "role_line_ids": [Command.create({"role_id": role.id})],
            }
        )
        .id
    )


def make_owners(env, user_id):
    env.cr.execute(
        SQL(
            "UPDATE res_partner SET user_id = %s WHERE name LIKE 'Bench %%' AND id %% %s = 0",
            user_id,
            OWN_EACH,
        )
    )


def make_shares(env, user_ids, prefectures):
    """Share contacts with each of the users and with units above them, in SQL."""
    env.flush_all()
    for column, ids, count in (
        ("user_id", list(user_ids), SHARES),
        ("branch_id", prefectures.ids, UNIT_SHARES),
    ):
        env.cr.execute(
            SQL(
                """INSERT INTO lottery_access_share (model, res_id, %s, access)
                   SELECT %s, p.id, r.id, 'read'
                     FROM unnest(%s) AS r (id) CROSS JOIN LATERAL (
                          SELECT id FROM res_partner WHERE name LIKE 'Bench %%'
                           ORDER BY hashint4(id + r.id) LIMIT %s) p
                   ON CONFLICT DO NOTHING""",
                SQL.identifier(column),
                MODEL,
                ids,
                count if column == "user_id" else count // len(ids),
            )
        )
    env.cr.execute("ANALYZE lottery_access_share, res_partner")
    env.registry.clear_cache()


def set_default(stage, default):
    with stage.site.env(commit=True) as env:
        env["lottery.access.object"].search(
            [("model", "=", MODEL)]
        ).default_access = default
