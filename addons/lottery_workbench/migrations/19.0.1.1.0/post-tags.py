"""Tags of consultations become a set of the tag engine, with what they were given to."""

from odoo import api
from odoo.api import SUPERUSER_ID
from odoo.tools import sql


def migrate(cr, version):
    if not sql.table_exists(cr, "lottery_consultation_tag"):
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    lang = env["res.lang"].search([("code", "=", "zh_CN")]).code or "en_US"
    cr.execute(
        """SELECT t.id, COALESCE(t.name->>%s, t.name->>'en_US'), t.color,
                  array_agg(r.lottery_consultation_id)
                      FILTER (WHERE r.lottery_consultation_id IS NOT NULL)
             FROM lottery_consultation_tag t
        LEFT JOIN lottery_consultation_lottery_consultation_tag_rel r
               ON r.lottery_consultation_tag_id = t.id
         GROUP BY t.id ORDER BY 2""",
        [lang],
    )
    if rows := cr.fetchall():
        move_tags(env, rows, "咨询标签" if lang == "zh_CN" else "Consultations")
    cr.execute(
        "DROP TABLE lottery_consultation_lottery_consultation_tag_rel,"
        " lottery_consultation_tag"
    )


def move_tags(env, rows, name):
    tag_set = env["lottery.tag.set"].create(
        {"name": name, "model": "lottery.consultation", "branch_id": False}
    )
    for sequence, (_old_id, label, color, ticket_ids) in enumerate(rows):
        tag = env["lottery.tag"].create(
            {
                "name": label,
                "set_id": tag_set.id,
                "color": color or 0,
                "sequence": sequence,
            }
        )
        env["lottery.consultation"].browse(ticket_ids or [])._tag_add(tag)
