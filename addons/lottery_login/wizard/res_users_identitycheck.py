from odoo import models
from odoo.exceptions import AccessDenied, UserError

from ..exceptions import LoginRefused


class ResUsersIdentitycheck(models.TransientModel):
    _inherit = "res.users.identitycheck"

    def _check_identity(self):
        """The dialog that asks for the password again has the login page's limit; its
        own words for a wrong password stay."""
        wrong = None
        try:
            with self.create_uid._assert_can_auth(user=self.create_uid.login):
                try:
                    return super()._check_identity()
                except UserError as error:
                    wrong = error
                    raise AccessDenied() from error
        except LoginRefused as refusal:
            raise UserError(refusal.args[0]) from refusal
        except AccessDenied as denial:
            raise (wrong or denial) from denial
