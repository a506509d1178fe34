"""The platform at work: somebody with two roles, teams, tags, announcements, questions,
changes that wait for approval."""

from .people import CHANGJI, KASHGAR, role_of, unit

DEPUTY = "deputy.changji"
SECOND_ROLE = "specialist"
WORK = {  # login: department, position
    "leader": ("中心办公室", "主任"),
    "desk": ("客户服务部", "坐席"),
    "keeper.changji": ("仓储部", "库管员"),
    "keeper.kashgar": ("仓储部", "库管员"),
    "branch.changji": ("综合部", "系统管理员"),
    "head.changji": ("分中心", "负责人"),
    "specialist.changji": ("渠道部", "专管员"),
    "specialist.kashgar": ("渠道部", "专管员"),
}
ANNOUNCEMENTS = [
    (
        "月末库房盘点安排",
        "business",
        "<p>本月最后一天18:00起库房盘点，当晚不受理订票。请各分中心提前通知业主备足票。</p>",
        True,
    ),
    (
        "即开票仓储安全自查",
        "notice",
        "<p>请各分中心本月内完成库房消防、监控与盘点自查，并留存记录。</p>",
        False,
    ),
]
QUESTIONS = [
    ("打票机提示“网络中断”怎么办？", "phone", "样例 业主甲"),
    ("新票什么时候可以预订？", "wechat", "样例 业主乙"),
    ("缴款账户多久到账？", "phone", "样例 业主丙"),
]


def load(env):
    """Everything is looked for before it is made."""
    load_people(env)
    load_teams(env)
    load_tags(env)
    load_announcements(env)
    load_questions(env)
    load_changes(env)


def user(env, login):
    return env["res.users"].search([("login", "=", login)])


def load_people(env):
    env.ref("base.user_admin").name = "样例 系统管理员"
    for login, (department, position) in WORK.items():
        user(env, login).write({"department": department, "position": position})
    unit(env, None).write(
        {
            "head_id": user(env, "leader").id,
            "admin_ids": [(6, 0, env.ref("base.user_admin").ids)],
        }
    )
    deputy = user(env, DEPUTY)
    missing = role_of(env, SECOND_ROLE) - deputy.role_line_ids.role_id
    deputy.write(
        {
            "department": "分中心",
            "position": "副主任",
            "role_line_ids": [(0, 0, {"role_id": role.id}) for role in missing],
        }
    )


def load_teams(env):
    teams = env["lottery.team"]
    if teams.search([], limit=1):
        return
    teams.create(
        {
            "name": "市场走访组",
            "branch_id": unit(env, CHANGJI).id,
            "lead_id": user(env, "head.changji").id,
            "member_ids": [(6, 0, user(env, "specialist.changji").ids)],
            "purpose": "每季度走访全部网点，核对档案",
        }
    )


def load_tags(env):
    sets = env["lottery.tag.set"]
    if sets.search([("name", "=", "网点距离")], limit=1):
        return
    distance = sets.create(
        {
            "name": "网点距离",
            "model": "lottery.outlet",
            "choice": "single",
            "kind": "automatic",
            "branch_id": False,
            "note": "按网点到库房城市的距离自动打标签，每晚更新",
            "tag_ids": [
                (0, 0, {"name": name, "color": color, "rule_domain": domain})
                for name, color, domain in (
                    ("近郊（50公里内）", 10, "[('distance_km', '<=', 50)]"),
                    ("中途（50–400公里）", 3, "[('distance_km', '<=', 400)]"),
                    ("偏远（400公里以上）", 1, "[('distance_km', '>', 400)]"),
                )
            ],
        }
    )
    distance._retag()
    sets.create(
        {
            "name": "经营特点",
            "model": "lottery.outlet",
            "choice": "multi",
            "kind": "manual",
            "branch_id": False,
            "tag_ids": [
                (0, 0, {"name": name, "color": color})
                for name, color in (("临近学校", 2), ("社区店", 4), ("旅游景点", 6))
            ],
        }
    )
    sets.create(
        {
            "name": "咨询主题",
            "model": "lottery.consultation",
            "choice": "multi",
            "kind": "manual",
            "branch_id": False,
            "tag_ids": [
                (0, 0, {"name": name, "color": color})
                for name, color in (("设备故障", 1), ("常见问题", 4), ("投诉建议", 3))
            ],
        }
    )


def load_announcements(env):
    announcements = env["lottery.announcement"]
    if announcements.search([], limit=1):
        return
    for name, kind, body, pinned in ANNOUNCEMENTS:
        announcements.with_user(user(env, "leader")).sudo().create(
            {
                "name": name,
                "kind": kind,
                "body": body,
                "pinned": pinned,
                "branch_id": unit(env, None).id,
                "branch_ids": [(6, 0, unit(env, None).ids)],
            }
        ).action_publish()


def load_questions(env):
    questions = env["lottery.consultation"]
    if questions.search([], limit=1):
        return
    desk = user(env, "desk")
    kind = env["lottery.consultation.kind"].search([], limit=1)
    rows = questions.create(
        [
            {
                "subject": subject,
                "question": subject,
                "channel": channel,
                "kind_id": kind.id,
                "asker_name": asker,
                "branch_id": unit(env, code).id,
                "user_id": desk.id,
            }
            for (subject, channel, asker), code in zip(
                QUESTIONS, (None, CHANGJI, KASHGAR), strict=True
            )
        ]
    )
    rows[0]._tag_add(
        env["lottery.tag"].search(
            [("model", "=", "lottery.consultation"), ("name", "=", "设备故障")]
        )
    )
    rows[0].answer = "请先重启路由器；仍不通时报修，工程师两小时内上门。"
    rows[0].action_answer()


def load_changes(env):
    """A specialist asks for a change of an outlet and of their own data."""
    requests = env["lottery.change.request"]
    if requests.search([], limit=1):
        return
    specialist = user(env, "specialist.changji")
    outlet = env["lottery.outlet"].search(
        [("branch_id", "=", unit(env, CHANGJI).id), ("state", "=", "active")], limit=1
    )
    asked = requests.with_user(specialist)
    asked._propose(
        outlet.with_user(specialist),
        {"address": f"{outlet.address or ''}（东门）"},
        "网点搬到隔壁门面",
    )
    asked._propose(specialist, {"position": "高级专管员"}, "年度评聘")
