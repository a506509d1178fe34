"""Usage: tools/service env python tools/role_matrix.py DATABASE

Writes what every role may do with every model of the installed suite: the file the
tests compare with, and docs/role_matrix.md for people. `tools/role_matrix` prepares the
database and calls this.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from odoo_env import environment  # noqa: E402

TARGET = pathlib.Path(__file__).resolve().parent.parent / "docs" / "role_matrix.md"
WORDS = {"r": "读", "w": "改", "c": "增", "d": "删"}
VISITORS = {"portal": "业主门户", "public": "公众"}
HEAD = """# 角色权限矩阵

由 `tools/role_matrix` 从已安装的模块生成，测试按真实用户逐项核对（PF-SEC-01）。
读＝查看，改＝修改，增＝新建，删＝删除；空白表示没有。数据范围（本机构及下级等）和管理员在界面上另行设置的权限不在此表内。
"""


def spell(letters: str) -> str:
    """
    >>> spell("rw"), spell("")
    ('读改', '')
    """
    return "".join(WORDS[letter] for letter in letters)


def name_roles(env, roles):
    """Roles as users see them."""
    for role in roles:
        if role in VISITORS:
            yield VISITORS[role]
        else:
            data = env["ir.model.data"].search(
                [
                    ("model", "=", "res.users.role"),
                    ("name", "=", f"res_users_role_{role}"),
                ],
                limit=1,
            )
            yield env["res.users.role"].browse(data.res_id).name


def document(env, matrix) -> str:
    """The matrix as Markdown, one table an addon."""
    roles = list(next(iter(matrix.values())))
    titles = list(name_roles(env, roles))
    lines = [HEAD]
    by_addon: dict[str, list[str]] = {}
    for name in matrix:
        by_addon.setdefault(env.registry[name]._original_module, []).append(name)
    for addon, names in sorted(by_addon.items()):
        lines += [
            f"## {addon}",
            "",
            f"| 对象 | {' | '.join(titles)} |",
            f"|---|{'---|' * len(titles)}",
        ]
        for name in names:
            label = env["ir.model"]._get(name).name.replace("|", "\\|")
            cells = " | ".join(spell(matrix[name][role]) for role in roles)
            lines.append(f"| {label} `{name}` | {cells} |")
        lines.append("")
    return "\n".join(lines)


def main(database: str) -> None:
    """Compute in a transaction that is rolled back, write both files."""
    with environment(database) as env:
        from odoo.addons.lottery_access.tests import role_matrix

        matrix = role_matrix.compute(env)
        role_matrix.write_expected(env, matrix)
        TARGET.write_text(document(env, matrix), encoding="utf-8")
        env.cr.rollback()
    print(f"{len(matrix)} models: {role_matrix.EXPECTED.name}, {TARGET.name}")


if __name__ == "__main__":
    main(*sys.argv[1:])
