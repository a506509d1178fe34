import doctest

from odoo.tests import BaseCase, tagged

from ..engine import password
from ..engine.password import Rules, find_faults


@tagged("post_install", "-at_install", "doctest", "security")
class TestPasswordEngine(BaseCase):
    """PF-SEC-05: what a good password is."""

    def test_examples(self):
        self.assertEqual(doctest.testmod(password).failed, 0)

    def test_weak_list_and_its_spellings(self):
        """Common words in leet, with numbers and signs around them, and rows of keys."""
        for text in (
            "Password123!", "P@ssw0rd123!", "!!Passw0rd!!99", "Woaini1314!!",
            "woAini@520520", "Admin@12345678", "Adm1n!strat0r", "Qwerty!@#456",
            "1qaz@WSX3edc", "Zaq12wsx!@#$", "Abcd1234!@#$", "Aa123456789!",
            "Caipiao@2026", "Fucai#888888", "Lottery-2026!", "Kunming@871871",
            "Welcome2026!!", "Iloveyou1314.", "Wangwei@1990", "aA1!aaaaaaaa",
            "Abababab12!!", "Zhongguo#1949", "5201314@Aini", "QAZwsx123!@#",
        ):  # fmt: skip
            with self.subTest(text):
                self.assertIn("weak", find_faults(text, Rules()))

    def test_good_ones_pass(self):
        for text in (
            "Tulip-Harbour-42", "k7#Vq2!mZx9w", "Correct9 Horse-Battery",
            "Bing-Xue+Chuang8", "3f9a1c-07B2AA-q7Z",
        ):  # fmt: skip
            with self.subTest(text):
                self.assertEqual(find_faults(text, Rules()), [])

    def test_classes_and_length(self):
        for text, fault in (
            ("Tulip-Harb4", "length"),
            ("tulip-harbour-42", "upper"),
            ("TULIP-HARBOUR-42", "lower"),
            ("Tulip-Harbour-Xy", "digit"),
            ("TulipHarbourX42", "symbol"),
        ):
            with self.subTest(text):
                self.assertEqual(find_faults(text, Rules()), [fault])

    def test_own_parts(self):
        own = ["li.xiuying@example.com", "李秀英", "+86 154 0000 0812"]
        for text in (
            "Xiuying-Harbour-42", "X1uy1ng-Harbour-42", "Tulip-李秀英-Harbour-42",
            "Tulip-15400000812-Q", "Tulip-Harbour-000812",
        ):  # fmt: skip
            with self.subTest(text):
                self.assertIn("own", find_faults(text, Rules(), own))
