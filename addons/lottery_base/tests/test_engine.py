import doctest
import io
import tracemalloc
import zipfile
from datetime import date, datetime
from decimal import Decimal

from openpyxl import Workbook

from odoo.tests import BaseCase, tagged

from ..engine import columns, parameter, password, photo, tabular, upload
from ..engine.columns import CellError, Column
from ..engine.tabular import TableError, read_table
from ..tools import phone
from ..tools.workbook import make_workbook

MODULES = (columns, parameter, password, phone, photo, tabular, upload)


def xlsx(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@tagged("post_install", "-at_install")
class TestTabular(BaseCase):
    """PF-ORG-03: tables as people send them."""

    def assertRefused(self, code, data, filename="t.xlsx", **options):
        with self.assertRaises(TableError) as caught:
            list(read_table(data, filename, **options))
        self.assertEqual(caught.exception.code, code)

    def test_doctests(self):
        for module in MODULES:
            result = doctest.testmod(module)
            self.assertGreater(result.attempted, 0)
            self.assertFalse(result.failed)

    def test_xlsx(self):
        data = xlsx(
            [None],
            ["编号 *", "名称", None, "日期"],
            ["007", "昆明", "ignored", datetime(2026, 3, 1)],
            [],
            [8, 1.5, None, None],
        )
        self.assertEqual(
            list(read_table(data, "x.xlsx")),
            [
                (3, {"编号": "007", "名称": "昆明", "日期": datetime(2026, 3, 1)}),
                (5, {"编号": 8, "名称": 1.5, "日期": None}),
            ],
        )

    def test_csv_encodings(self):
        text = '编号,名称\r\n1,"昆明, 盘龙"\r\n,\r\n2,大理\r\n'
        for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
            with self.subTest(encoding):
                self.assertEqual(
                    list(read_table(text.encode(encoding), "x.csv")),
                    [
                        (2, {"编号": "1", "名称": "昆明, 盘龙"}),
                        (4, {"编号": "2", "名称": "大理"}),
                    ],
                )

    def test_csv_other_delimiters(self):
        self.assertEqual(
            list(read_table(b"a;b\n1;2\n", "x.csv")), [(2, {"a": "1", "b": "2"})]
        )

    def test_content_tells_the_type(self):
        self.assertEqual(
            list(read_table(xlsx(["a"], [1]), "renamed.csv")), [(2, {"a": 1})]
        )

    def test_refusals(self):
        ole = tabular.OLE_MAGIC + b"\0" * 600
        self.assertRefused("old_xls", ole, "t.xls")
        self.assertRefused("encrypted", ole + tabular.ENCRYPTED_MARK)
        self.assertRefused("damaged", b"no archive at all")
        self.assertRefused("damaged", xlsx(["a"], [1])[:-300])
        self.assertRefused("unknown_type", b"%PDF-1.7", "t.pdf")
        self.assertRefused("empty", b"  ")
        self.assertRefused("empty", xlsx())
        self.assertRefused("duplicate_header", xlsx(["a", "a"], [1, 2]))
        self.assertRefused("encoding", b"a,b\n\xff\xff\x00,1\n", "t.csv")
        self.assertRefused("damaged", b'a,b\n"open,1\n', "t.csv")
        self.assertRefused("too_many_columns", xlsx(["a"] + [1] * 300))
        self.assertRefused("too_many_rows", xlsx(["a"], [1], [2]), max_rows=1)

    def test_too_large(self):
        self.assertRefused("too_large", b"a\n" * (tabular.MAX_BYTES // 2 + 1), "t.csv")

    def _forge(self, name, content):
        stream = io.BytesIO(xlsx(["a"], [1]))
        with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, content)
        return stream.getvalue()

    def test_zip_bomb(self):
        """PF-SEC-06: 30 MB of blanks in 30 kB never reach the parser."""
        self.assertRefused("too_large", self._forge("xl/x.xml", b" " * 30_000_000))

    def test_entities(self):
        self.assertRefused(
            "damaged",
            self._forge("xl/x.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
        )

    def test_constant_memory(self):
        """PF-ORG-03: 100,000 rows pass through without piling up."""
        data = b"serial,game\n" + b"".join(
            b"%07d,G1\n" % number for number in range(100_000)
        )
        tracemalloc.start()
        try:
            count = sum(1 for _row in read_table(data, "t.csv"))
            _now, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        self.assertEqual(count, 100_000)
        self.assertLess(peak, 4 * 1024 * 1024)

    def test_round_trip_keeps_text(self):
        """What looks like a formula stays the text somebody typed."""
        data = make_workbook(["a", "b"], [["=1+1", 3], ["0012", 4.5]], ["note", ""])
        self.assertEqual(
            [row for _number, row in read_table(data, "t.xlsx")],
            [{"a": "=1+1", "b": 3}, {"a": "0012", "b": 4.5}],
        )


@tagged("post_install", "-at_install")
class TestColumns(BaseCase):
    """PF-ORG-03: every fault has a reason."""

    def test_values(self):
        cases = [
            (Column("c", "C"), 5301.0, "5301"),
            (Column("c", "C"), "  ", None),
            (Column("c", "C", type="integer"), "1,200", 1200),
            (Column("c", "C", type="integer"), 3.0, 3),
            (Column("c", "C", type="decimal"), "0.10", Decimal("0.10")),
            (Column("c", "C", type="float"), "2.5", 2.5),
            (Column("c", "C", type="date"), "2026/3/1", date(2026, 3, 1)),
            (Column("c", "C", type="date"), "2026年3月1日", date(2026, 3, 1)),
            (Column("c", "C", type="date"), datetime(2026, 3, 1), date(2026, 3, 1)),
            (Column("c", "C", type="boolean"), "是", True),
            (Column("c", "C", type="boolean"), False, False),
            (Column("c", "C", type="mobile"), 15400001234.0, "+8615400001234"),
            (Column("c", "C", type="selection", choices={"a": "甲"}), "甲", "a"),
            (Column("c", "C", type="selection", choices={"a": "甲"}), "a", "a"),
        ]
        for column, raw, expected in cases:
            with self.subTest(type=column.type, raw=raw):
                self.assertEqual(column.parse(raw), expected)

    def test_faults(self):
        cases = [
            (Column("c", "C", required=True), " ", "required"),
            (Column("c", "C", max_length=2), "abc", "too_long"),
            (Column("c", "C", pattern=r"\d+"), "a1", "pattern"),
            (Column("c", "C", type="integer"), "x", "not_a_number"),
            (Column("c", "C", type="integer"), "nan", "not_a_number"),
            (Column("c", "C", type="integer"), True, "not_a_number"),
            (Column("c", "C", type="integer"), 1.5, "not_whole"),
            (Column("c", "C", type="integer", minimum=1), 0, "too_small"),
            (Column("c", "C", type="float", maximum=1), "1.1", "too_large"),
            (Column("c", "C", type="date"), "2026-02-30", "not_a_date"),
            (Column("c", "C", type="date"), 45000, "not_a_date"),
            (Column("c", "C", type="boolean"), "maybe", "not_yes_no"),
            (Column("c", "C", type="mobile"), "0871-65000000", "not_a_mobile"),
            (
                Column("c", "C", type="selection", choices={"a": "甲"}),
                "乙",
                "not_a_choice",
            ),
        ]
        for column, raw, code in cases:
            with self.subTest(type=column.type, raw=raw):
                with self.assertRaises(CellError) as caught:
                    column.parse(raw)
                self.assertEqual(caught.exception.code, code)
