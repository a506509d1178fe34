from odoo.tests import tagged

from .common import REPORT, ReportCase


@tagged("post_install", "-at_install")
class TestReport(ReportCase):
    """The figures of a report, as the screen asks for them (PF-RPT-01)."""

    def _rows(self, result, figure=0):
        return {
            "/".join(map(str, row["labels"])): row["now"][figure]
            for row in result["rows"]
        }

    def test_dimensions_measures_and_totals(self):
        self._login(self.user_north)
        result = self._report()
        self.assertEqual(self._rows(result), {"2026-03-03": 1, "2026-03-04": 2})
        self.assertEqual(result["totals"]["now"], [3, 60, 20])
        self.assertEqual(len(result["parts"]), 31)
        result = self._report(dimensions=["unit", "day"], granularity="quarter")
        self.assertEqual(
            self._rows(result, 1),
            {
                f"{self.north.display_name}/2026 Q1": 30,
                f"{self.north_county.display_name}/2026 Q1": 30,
            },
        )
        result = self._report(dimensions=["company"], measures=["shared"])
        self.assertEqual(self._rows(result), {"No": 60})
        result = self._report(dimensions=["country"], measures=["average"])
        self.assertEqual(self._rows(result), {"QZ": 20})

    def test_rules_of_the_source_hold(self):
        """PF-SEC-02: a report counts what its reader may see, and no more."""
        for user, total in (
            (self.user_north, 3),
            (self.user_south, 1),
            (self.leader, 4),
        ):
            with self.subTest(user=user.login):
                self._login(user)
                self.assertEqual(self._report()["totals"]["now"][0], total)
        self._login(self.user_south)
        foreign = self._report(branch_id=self.north.id)
        self.assertEqual(foreign["rows"], [])
        self._login(self.leader)
        below = self._report(branch_id=self.north.id)
        self.assertEqual(below["totals"]["now"][0], 3)

    def test_year_on_year(self):
        """同比: the same days of the year before; a dash where there was nothing."""
        self._login(self.user_north)
        self._create_contact(self.north, "2025-03-04", 8)
        result = self._report(comparison="year")
        self.assertEqual(result["compared"], ["2025-03-01", "2025-03-31"])
        rows = {row["labels"][0]: row for row in result["rows"]}
        self.assertEqual(rows["2026-03-04"]["before"], [1, 8, 8])
        self.assertEqual(rows["2026-03-03"]["before"], [None, None, None])
        self.assertEqual(rows["2026-03-10"]["now"], [None, None, None])
        self.assertEqual(result["totals"]["before"], [2, 13, 6.5])

    def test_period_on_period(self):
        """环比: the period of the same length just before."""
        self._login(self.user_north)
        result = self._report(comparison="previous", dimensions=["unit"])
        self.assertEqual(result["compared"], ["2026-01-29", "2026-02-28"])
        self.assertEqual(result["totals"]["before"][1], 7)

    def test_days_are_the_readers(self):
        """Half past seven in the evening UTC is the next day in China."""
        self._create_contact(self.north, "2026-03-31", 1, hour=19)
        self._create_contact(self.north, "2026-02-28", 2, hour=19)
        self._login(self.user_north)
        rows = self._rows(self._report())
        self.assertEqual(rows["2026-03-01"], 1)
        self.assertNotIn("2026-04-01", rows)

    def test_sorting(self):
        self._login(self.leader)
        result = self._report(dimensions=["unit"], sort=["shared", True])
        figures = [row["now"][1] for row in result["rows"]]
        self.assertEqual(figures, sorted(figures, reverse=True))
        result = self._report(dimensions=["unit"], sort=["unit", False])
        names = [row["labels"][0] for row in result["rows"]]
        self.assertEqual(names, sorted(names))

    def test_figures_open_their_records(self):
        """Drill-down: each row's figure lists as many records as it counts."""
        self._login(self.user_north)
        for options in (
            self._options(comparison="year"),
            self._options(dimensions=["unit", "day"], granularity="week"),
            self._options(dimensions=["company"]),
        ):
            result = self._call(REPORT, "get_report", options)
            rows = [*result["rows"], result["totals"]]
            for row in rows:
                for before in (False, True):
                    count = (row["before"] if before else row["now"]) or [None]
                    if before and not options.get("comparison"):
                        continue
                    action = self._call(
                        REPORT, "open_records", options, row["key"], before
                    )
                    found = self._call("res.partner", "search_count", action["domain"])
                    with self.subTest(key=row["key"], before=before):
                        self.assertEqual(found, count[0] or 0)

    def test_several_values_of_a_record(self):
        """By tag: a record counts in the row of each of its tags, in the total once."""
        vip, near = self.env["res.partner.category"].create(
            [{"name": "Vip"}, {"name": "Near"}]
        )
        contacts = self.env["res.partner"].search([("name", "like", "Counted 2026-")])
        tags_by_latitude = {7: vip, 10: vip | near, 20: vip, 40: near}
        for contact in contacts:
            contact.category_id = tags_by_latitude.get(contact.partner_latitude)
        self._login(self.user_north)
        options = self._options(
            dimensions=["tag"], comparison="previous", sort=["contacts", True]
        )
        result = self._call(REPORT, "get_report", options)
        rows = [
            (row["labels"], row["now"][:2], row["before"][:2]) for row in result["rows"]
        ]
        self.assertEqual(rows[0], (["Vip"], [2, 30], [1, 7]))
        self.assertCountEqual(
            rows[1:],
            [(["Near"], [1, 10], [None] * 2), (["None"], [1, 30], [None] * 2)],
        )
        self.assertEqual(result["totals"]["now"], [3, 60, 20])
        self.assertTrue(result["overlap"])
        self.assertFalse(self._report()["overlap"])
        for row in [*result["rows"], result["totals"]]:
            for before, figures in ((False, row["now"]), (True, row["before"])):
                action = self._call(REPORT, "open_records", options, row["key"], before)
                found = self._call("res.partner", "search_count", action["domain"])
                with self.subTest(labels=row.get("labels"), before=before):
                    self.assertEqual(found, figures[0] or 0)
        result = self._report(dimensions=["unit", "tag"], measures=["shared"])
        self.assertEqual(
            self._rows(result),
            {
                f"{self.north.display_name}/Near": 10,
                f"{self.north.display_name}/Vip": 30,
                f"{self.north_county.display_name}/None": 30,
            },
        )
        result = self._report(dimensions=["tag", "day"], granularity="month")
        self.assertEqual(self._rows(result)["Vip/2026-03"], 2)
        self.assertEqual(result["totals"]["now"][0], 3)

    def test_wrong_options_are_refused_in_words(self):
        self._login(self.user_north)
        custom = {"kind": "custom"}
        for options, text in (
            ({"dimensions": ["password"]}, "password"),
            ({"measures": ["x"]}, "no “x”"),
            ({"sort": ["id; DROP TABLE res_partner", True]}, "no such option"),
            ({"granularity": "eon"}, "no such option"),
            (
                {"period": {**custom, "first": "2026-03-02", "last": "2026-03-01"}},
                "last",
            ),
            ({"period": custom}, "first"),
            ({"period": {"kind": "month", "count": "many"}}, "Period"),
        ):
            with self.subTest(options=options):
                self._refuse(text, REPORT, "get_report", self._options(**options))

    def test_roles_of_the_definition(self):
        """PF-SEC-01: a report opens for its roles only, through every door."""
        self.definition.group_ids = self.env.ref("lottery_base.group_centre_leader")
        self._login(self.user_north)
        for method, args in (
            ("get_setup", []),
            ("get_report", [self._options()]),
            ("open_records", [self._options()]),
            ("start_export", [self._options()]),
        ):
            with self.subTest(method=method):
                self._refuse("Your role", REPORT, method, *args)
        self.assertFalse(
            self._call("lottery.report.definition", "search", [("report", "=", REPORT)])
        )

    def test_saved_settings_open_first(self):
        """Favourites are kept per user; one of them is what the report opens with."""
        self._login(self.user_north)
        values = {"report": REPORT, "name": "Mine", "is_default": True}
        values["options"] = self._options(dimensions=["unit"], granularity="month")
        self._call("lottery.report.favourite", "create", [values])
        second = {**values, "name": "Other", "user_id": self.user_south.id}
        self._call("lottery.report.favourite", "create", [second])
        setup = self._call(REPORT, "get_setup")
        self.assertEqual(setup["options"]["dimensions"], ["unit"])
        self.assertEqual(
            [(known["name"], known["is_default"]) for known in setup["favourites"]],
            [("Mine", False), ("Other", True)],
        )
        self._login(self.user_south)
        self.assertEqual(self._call(REPORT, "get_setup")["favourites"], [])
