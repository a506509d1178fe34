"""Close the free sign-up of databases installed before the hook did (PF-SEC-04)."""

from odoo.tools import SQL


def migrate(cr, version):
    if version:
        cr.execute(
            SQL(
                "UPDATE ir_config_parameter SET value = 'b2b'"
                " WHERE key = 'auth_signup.invitation_scope' AND value = 'b2c'"
            )
        )
