import pathlib
import runpy

from odoo.tests import tagged

from .common import OutletCase

SCRIPT = (
    pathlib.Path(__file__).parents[1] / "migrations" / "19.0.1.1.0" / "post-tags.py"
)


@tagged("post_install", "-at_install")
class TestTagMigration(OutletCase):
    def test_labels_become_tags_of_a_set(self):
        """Stored labels of 19.0.1.0 are carried over with their outlets."""
        outlet, other = self._create_outlet(1), self._create_outlet(2)
        self.env.cr.execute(
            """CREATE TABLE lottery_outlet_tag (id int, name varchar, color int,
                   sequence int, active bool, branch_id int);
               CREATE TABLE lottery_outlet_lottery_outlet_tag_rel (
                   lottery_outlet_id int, lottery_outlet_tag_id int);
               INSERT INTO lottery_outlet_tag VALUES (1, '旗舰', 3, 5, TRUE, NULL),
                   (2, '本地', 0, 10, TRUE, %(unit)s), (3, '旧', 0, 10, FALSE, %(unit)s);
               INSERT INTO lottery_outlet_lottery_outlet_tag_rel
                   VALUES (%(one)s, 1), (%(one)s, 2), (%(two)s, 1), (%(two)s, 3)""",
            {"unit": self.changji.id, "one": outlet.id, "two": other.id},
        )
        runpy.run_path(str(SCRIPT))["migrate"](self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()
        self.assertEqual(set(outlet.lottery_tag_ids.mapped("name")), {"旗舰", "本地"})
        self.assertEqual(other.lottery_tag_ids.name, "旗舰")
        common = other.lottery_tag_ids
        self.assertFalse(common.branch_id)
        self.assertEqual((common.color, common.sequence), (3, 5))
        local = outlet.lottery_tag_ids - common
        self.assertEqual(local.branch_id, self.changji)
        self.assertEqual(local.set_id.granted_branch_ids, self.fukang)
        stopped = self.env["lottery.tag"].search(
            [("name", "=", "旧"), ("active", "=", False)]
        )
        links = self.env["lottery.tag.link"].search([("tag_id", "=", stopped.id)])
        self.assertEqual((links.res_id, links.end_kind), (other.id, "stopped"))
        self.env.cr.execute("SELECT to_regclass('lottery_outlet_tag')")
        self.assertFalse(self.env.cr.fetchone()[0])
