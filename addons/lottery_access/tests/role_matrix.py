"""What every role of the suite may do with every model of the suite, computed live.

`tools/role_matrix` writes what `compute` returns beside this file and into the
documents; `test_role_matrix.py` compares the file with what real users may do.
"""

import csv
import pathlib

from odoo.fields import Command

from odoo.addons.lottery_base.tests.isolation import get_suite_addons

EXPECTED = pathlib.Path(__file__).with_name("role_matrix.csv")
OPERATIONS = {"read": "r", "write": "w", "create": "c", "unlink": "d"}
VISITORS = {"portal": "base.group_portal", "public": "base.group_public"}


def get_models(env):
    """Return the names of the models the suite brings, screens of wizards included."""
    own = set(get_suite_addons(env))
    return sorted(
        name
        for name, model in env.registry.items()
        if not model._abstract and model._original_module in own
    )


def make_users(env):
    """Return a user of the centre for every role the suite brings, by the role's name."""
    data = env["ir.model.data"].search(
        [("model", "=", "res.users.role"), ("module", "in", get_suite_addons(env))]
    )
    centre = env.ref("lottery_base.lottery_branch_centre")
    users = {}
    for entry in data.sorted(
        lambda entry: env["res.users.role"].browse(entry.res_id).sequence
    ):
        role = entry.name.removeprefix("res_users_role_")
        users[role] = env["res.users"].create(
            {
                "name": role,
                "login": f"role_matrix_{role}",
                "branch_ids": centre.ids,
                "role_line_ids": [Command.create({"role_id": entry.res_id})],
            }
        )
    for name, group in VISITORS.items():
        users[name] = env["res.users"].create(
            {
                "name": name,
                "login": f"role_matrix_{name}",
                "group_ids": env.ref(group).ids,
            }
        )
    return users


def compute(env):
    """Return ``{model: {role: letters}}``: ``r``ead, ``w``rite, ``c``reate, ``d``elete.

    What an administrator has set is taken back first: the matrix is the code's.
    """
    env["res.users.role"].search([]).action_reset()
    users = make_users(env)
    return {
        name: {
            role: "".join(
                letter
                for operation, letter in OPERATIONS.items()
                if env[name].with_user(user).has_access(operation)
            )
            for role, user in users.items()
        }
        for name in get_models(env)
    }


def read_expected():
    """Return what the file says, as `compute` does, and the addon of each model."""
    with EXPECTED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    addons = {row["model"]: row.pop("addon") for row in rows}
    return {row.pop("model"): row for row in rows}, addons


def write_expected(env, matrix):
    roles = list(next(iter(matrix.values())))
    with EXPECTED.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["model", "addon", *roles])
        for name, row in matrix.items():
            addon = env.registry[name]._original_module
            writer.writerow([name, addon, *(row[role] for role in roles)])
