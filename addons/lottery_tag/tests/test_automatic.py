import json
from unittest.mock import patch

from odoo.tests import Form, tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.queue_job.tests.common import trap_jobs

from .common import TagCase


@tagged("post_install", "-at_install")
class TestAutomatic(TagCase):
    """Tags given by rule (PF-TAG-02)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # a figure: ten for the first contact, twenty for the second, …
        values = [
            (contact.id, 10 * number)
            for number, contact in enumerate(cls.contacts_north, start=1)
        ]
        cls.startClassPatcher(
            patch.object(
                type(cls.env["res.partner"]),
                "_get_tag_metrics",
                lambda self: {
                    "turnover": (
                        "Turnover",
                        SQL(
                            "SELECT * FROM json_to_recordset(%s) AS v(i int, n int)",
                            json.dumps([{"i": i, "n": n} for i, n in values]),
                        ),
                    )
                },
            )
        )

    def _automatic(self, *tags, branch=None, **values):
        return self._create_set("Auto", tags, branch, kind="automatic", **values)

    def _domain_tag(self, name, domain):
        return {"name": name, "rule": "domain", "rule_domain": repr(domain)}

    def _metric_tag(self, name, **values):
        return {"name": name, "metric": "res.partner:turnover", **values}

    def _tagged(self, tag):
        carriers = self.env["res.partner"].search([("lottery_tag_ids", "in", tag.ids)])
        return carriers.sorted("id")

    def test_three_kinds_of_rules(self):
        """A condition, a figure between limits, and the upper half of a sample."""
        tag_set = self._automatic(
            self._domain_tag("South", [("name", "like", "Tagged T-South")]),
            self._metric_tag(
                "Middle", rule="metric", limits="between", metric_from=20, metric_to=40
            ),
            self._metric_tag("Low", rule="metric", limits="below", metric_to=20),
            self._metric_tag("Top", rule="quantile", quantile_from=50),
            self._metric_tag(
                "Above the first two",
                rule="quantile",
                quantile_from=99,
                sample_domain=repr([("id", "in", self.contacts_north[:2].ids)]),
            ),
        )
        tag_set._run_retag()
        self.assertEqual(tag_set.retag_state, "idle", tag_set.retag_error)
        north = self.contacts_north
        expected = [self.contacts_south, north[1:3], north[:1], north[2:], north[1:]]
        for tag, contacts in zip(tag_set.tag_ids, expected, strict=True):
            with self.subTest(tag=tag.name):
                self.assertEqual(self._tagged(tag), contacts)
        self.assertFalse(self._links(*tag_set.tag_ids).user_id, "nobody tagged by hand")

    def test_only_changes_are_written(self):
        tag_set = self._automatic(self._domain_tag("Old", [("ref", "=", "old")]))
        self.contacts_north[:2].ref = "old"
        tag_set._run_retag()
        first = self._links(tag_set.tag_ids)
        self.assertEqual(len(first), 2)
        self.contacts_north[0].ref = "new"
        self.contacts_north[2].ref = "old"
        tag_set._run_retag()
        self.assertEqual((tag_set.retag_added, tag_set.retag_ended), (1, 1))
        links = self._links(tag_set.tag_ids)
        self.assertEqual(links & first, first)
        self.assertEqual(links[0].end_kind, "rule")
        self.assertFalse(links[1].ended_at)
        tag_set._run_retag()
        self.assertEqual((tag_set.retag_added, tag_set.retag_ended), (0, 0))

    def test_the_time_is_noted_whoever_starts_it(self):
        """PF-TAG-02: when, how many; by the button, the night or another addon."""
        tag_set = self._automatic(self._domain_tag("Old", [("ref", "=", "old")]))
        self.contacts_north[:2].ref = "old"
        self.assertFalse(tag_set.retagged_at)
        tag_set._retag()
        self.assertTrue(tag_set.retagged_at)
        self.assertEqual(
            (tag_set.retag_state, tag_set.retag_added, tag_set.retag_ended),
            ("idle", 2, 0),
        )

    def test_first_match_wins_in_a_single_choice_set(self):
        contacts = [("id", "in", self.contacts_north.ids)]
        tag_set = self._automatic(
            self._metric_tag("Top", rule="metric", metric_from=30),
            self._domain_tag("Others", contacts),
            choice="single",
        )
        top, others = tag_set.tag_ids
        tag_set._run_retag()
        self.assertEqual(self._tagged(top), self.contacts_north[2:])
        self.assertEqual(self._tagged(others), self.contacts_north[:2])
        top.sequence = 99
        tag_set.invalidate_recordset()
        tag_set._run_retag()
        self.assertEqual(tag_set.retag_error, False)
        self.assertEqual(self._tagged(others), self.contacts_north)
        self.assertEqual((tag_set.retag_added, tag_set.retag_ended), (2, 2))

    def test_one_statement_whatever_the_number_of_records(self):
        """PF-TAG-02: set-based; ten times the records, the same queries."""
        tag_set = self._automatic(
            *(self._domain_tag(f"T{n}", [("name", "like", "Tagged")]) for n in range(9))
        )
        tag_set._retag()
        counts = []
        for number in (5, 50):
            self._create_contacts(self.north, number)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(tag_set._retag()[0], 9 * number)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
        self.assertLess(counts[0], 15)

    def test_a_units_rules_stay_in_the_unit(self):
        """Rules of a unit's set don't reach records of others."""
        tag_set = self._automatic(
            self._domain_tag("All", [("name", "like", "Tagged")]), branch=self.south
        )
        tag_set._run_retag()
        self.assertEqual(self._tagged(tag_set.tag_ids), self.contacts_south)

    def test_preview_counts_before_saving(self):
        tag_set = self._automatic().with_user(self.admin_centre)
        tags = self.env["lottery.tag"].with_user(self.admin_centre)
        with Form(tags.with_context(default_set_id=tag_set.id)) as form:
            form.name = "Rich"
            form.rule_domain = "[('name', 'like', 'Tagged T-South')]"
            self.assertEqual(form.preview, "2 records match now")
            form.rule = "metric"
            form.metric = "res.partner:turnover"
            form.metric_from = 20
            self.assertEqual(form.preview, "3 records match now")
            form.rule = "domain"
            form.rule_domain = "[('nowhere', '=', 1)]"
            self.assertIn("nowhere", form.preview)
            form.rule_domain = "[]"

    def test_invalid_rules_are_refused_by_name(self):
        """The error names the tag; fields closed to the user can't be asked about."""
        tag_set = self._automatic()
        self._login(self.admin_centre)
        values = {"set_id": tag_set.id, "name": "Broken"}
        for wrong, text in (
            ({"rule_domain": "[('nowhere', '=', 1)]"}, "Broken.*nowhere"),
            ({"rule_domain": "[oops"}, "Broken"),
            ({"rule_domain": "[('signup_type', '!=', 'x')]"}, "signup_type"),
            ({"rule": "metric", "metric": False}, "Broken.*figure"),
            (
                {
                    "rule": "quantile",
                    "metric": "res.partner:turnover",
                    "quantile_from": 90,
                    "quantile_to": 10,
                },
                "0.*100",
            ),
        ):
            with self.subTest(wrong=wrong):
                self._refuse(text, self.env["lottery.tag"], "create", [values | wrong])
        self.assertFalse(tag_set.tag_ids)

    def test_button_books_a_job(self):
        """On demand: the button returns at once; the job reports to who pressed it."""
        tag_set = self._automatic(self._domain_tag("All", [("name", "like", "Tagged")]))
        self.env.cr.precommit.run()
        self.env["bus.bus"].search([]).unlink()
        with trap_jobs() as trap:
            tag_set.with_user(self.admin_centre).action_retag()
            self.assertEqual(tag_set.retag_state, "queued")
            trap.assert_jobs_count(1, only=tag_set._retag_job)
            trap.perform_enqueued_jobs()
        self.assertEqual(tag_set.retag_state, "idle")
        self.assertEqual(len(self._links(tag_set.tag_ids)), 6)
        self.env.cr.precommit.run()
        messages = [json.loads(row.message) for row in self.env["bus.bus"].search([])]
        kinds = {message["type"] for message in messages}
        self.assertLessEqual({"lottery_progress", "simple_notification"}, kinds)

    def test_a_failing_set_does_not_stop_the_night(self):
        broken = self._automatic(self._domain_tag("Gone", [("ref", "=", "x")]))
        self.env.cr.execute(
            "UPDATE lottery_tag SET rule_domain = '[(''gone'', ''='', 1)]'"
            " WHERE id = %s",
            [broken.tag_ids.id],
        )
        self.env.invalidate_all()
        good = self._create_set(
            "Good",
            [self._domain_tag("All", [("name", "like", "Tagged")])],
            kind="automatic",
        )
        with mute_logger("odoo.addons.lottery_tag.models.lottery_tag_set_retag"):
            self.env.ref("lottery_tag.ir_cron_retag").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(broken.retag_state, "failed")
        self.assertIn("Gone", broken.retag_error)
        self.assertEqual(len(self._links(good.tag_ids)), 6)

    def test_hands_off_automatic_tags(self):
        tag_set = self._automatic(self._domain_tag("All", [("name", "like", "Tagged")]))
        self._login(self.admin_centre)
        self._refuse(
            "by its rule",
            self.contacts_north[0],
            "web_save",
            {"lottery_tag_ids": [(4, tag_set.tag_ids.id)]},
            specification={},
        )

    def test_users_have_a_figure_of_their_own(self):
        """The registry's hook: days since the last login, for rules on users."""
        tag_set = self.env["lottery.tag.set"].create(
            {
                "name": "Sleepers",
                "model": "res.users",
                "kind": "automatic",
                "branch_id": False,
                "tag_ids": [
                    (
                        0,
                        0,
                        {
                            "name": "Awake",
                            "rule": "metric",
                            "limits": "below",
                            "metric": "res.users:login_days",
                            "metric_to": 1,
                        },
                    ),
                ],
            }
        )
        self.env["res.users.log"].with_user(self.admin_north).sudo().create({})
        tag_set._run_retag()
        self.assertEqual(tag_set.retag_error, False)
        awake = self.env["res.users"].search(
            [("lottery_tag_ids", "in", tag_set.tag_ids.ids)]
        )
        self.assertIn(self.admin_north, awake)
        self.assertNotIn(self.admin_south, awake)
