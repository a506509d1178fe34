"""Back-office users of the demo, one role each."""

from odoo_env import password_for

from .places import phone

CHANGJI, KASHGAR = "6523", "6531"

# login, name, role, unit's code (None: the centre)
STAFF = [
    ("leader", "样例 中心领导", "centre_leader", None),
    ("desk", "样例 订票坐席", "order_desk", None),
    ("keeper.changji", "样例 昌吉库管", "warehouse_keeper", CHANGJI),
    ("keeper.kashgar", "样例 喀什库管", "warehouse_keeper", KASHGAR),
    ("branch.changji", "样例 昌吉管理员", "branch_admin", CHANGJI),
    ("branch.kashgar", "样例 喀什管理员", "branch_admin", KASHGAR),
    ("head.changji", "样例 昌吉负责人", "branch_head", CHANGJI),
    ("specialist.changji", "样例 昌吉专管员", "specialist", CHANGJI),
    ("specialist.kashgar", "样例 喀什专管员", "specialist", KASHGAR),
    ("integrator", "样例 接口账号", "integrator", None),
    ("driver.changji", "样例 昌吉司机", "driver", CHANGJI),
    ("deputy.changji", "样例 昌吉副主任", "branch_head", CHANGJI),
]


def load(env):
    users = env["res.users"].with_context(no_reset_password=True, active_test=False)
    have = set(users.search([]).mapped("login"))
    for number, (login, name, role, code) in enumerate(STAFF):
        if login in have:
            continue
        users.create(
            {
                "login": login,
                "name": name,
                "password": password_for(login),
                "lang": "zh_CN",
                "tz": "Asia/Shanghai",
                "phone": phone(900 + number),
                "role_line_ids": [(0, 0, {"role_id": role_of(env, role).id})],
                "branch_ids": [(6, 0, unit(env, code).ids)],
            }
        )
    for code in (CHANGJI, KASHGAR):
        name = {CHANGJI: "changji", KASHGAR: "kashgar"}[code]
        admin = users.search([("login", "=", f"branch.{name}")])
        head = users.search([("login", "=", f"head.{name}")]) or admin
        unit(env, code).write({"admin_ids": [(6, 0, admin.ids)], "head_id": head.id})


def role_of(env, role):
    return env.ref(f"lottery_base.res_users_role_{role}")


def unit(env, code):
    """Return the unit of a code; the centre for None."""
    if code is None:
        return env.ref("lottery_base.lottery_branch_centre")
    return env["lottery.branch"].search([("code", "=", code)])


def accounts(env):
    return [
        {
            "login": login,
            "role": role,
            "kind": "internal",
            "branch": unit(env, code).name,
        }
        for login, _name, role, code in STAFF
    ]
