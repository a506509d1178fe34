"""Outlet tags become tags of the tag engine: one set a unit, links carried over."""

from odoo import api
from odoo.api import SUPERUSER_ID
from odoo.tools import sql


def migrate(cr, version):
    if not sql.table_exists(cr, "lottery_outlet_tag"):
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    cr.execute("SELECT DISTINCT branch_id FROM lottery_outlet_tag")
    for (branch_id,) in cr.fetchall():
        move_tags(env, env["lottery.branch"].browse(branch_id))
    cr.execute("DROP TABLE lottery_outlet_lottery_outlet_tag_rel, lottery_outlet_tag")


def move_tags(env, branch):
    """Move the tags of a unit, or the common ones, into a set."""
    lang = env["res.lang"].search([("code", "=", "zh_CN")]).code
    tag_set = env["lottery.tag.set"].create(
        {
            "name": "网点标签" if lang else "Outlet Tags",
            "model": "lottery.outlet",
            "branch_id": branch.id,
            # units below used the tags of the unit above
            "granted_branch_ids": [(6, 0, branch.child_ids.ids)] if branch else False,
        }
    )
    env.cr.execute(
        """SELECT id, name, color, sequence, active FROM lottery_outlet_tag
            WHERE branch_id IS NOT DISTINCT FROM %s ORDER BY sequence, name, id""",
        [branch.id or None],
    )
    for old_id, name, color, sequence, active in env.cr.fetchall():
        tag = env["lottery.tag"].create(
            {
                "name": name,
                "set_id": tag_set.id,
                "color": color or 0,
                "sequence": sequence or 10,
            }
        )
        env.cr.execute(
            """SELECT lottery_outlet_id FROM lottery_outlet_lottery_outlet_tag_rel
                WHERE lottery_outlet_tag_id = %s""",
            [old_id],
        )
        outlet_ids = [row[0] for row in env.cr.fetchall()]
        env["lottery.outlet"].browse(outlet_ids)._tag_add(tag)
        tag.active = bool(active)
