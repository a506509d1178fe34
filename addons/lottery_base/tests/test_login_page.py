from odoo.tests import HttpCase, tagged


@tagged("post_install", "-at_install", "security")
class TestLoginPage(HttpCase):
    """PF-SEC-04: accounts are given; the login page opens no other door."""

    def test_no_sign_up(self):
        scope = self.env["res.users"]._get_signup_invitation_scope()
        self.assertEqual(scope, "b2b")
        self.assertEqual(self.url_open("/web/signup").status_code, 404)

    def test_no_way_to_the_database_manager(self):
        page = self.url_open("/web/login").text
        self.assertIn('name="password"', page)
        self.assertIn(self.env.company.name, page)
        for word in ("/web/database/manager", "/web/signup", "odoo.com"):
            self.assertNotIn(word, page)
