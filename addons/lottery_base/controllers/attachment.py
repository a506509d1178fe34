from odoo.exceptions import AccessError, UserError
from odoo.http import request, route

from odoo.addons.mail.controllers.attachment import AttachmentController


class GuardedAttachmentController(AttachmentController):
    @route()
    def mail_attachment_upload(self, *args, **kwargs):
        """Who hands in a file that is not taken reads why; the web client shows nothing
        but "Server error" for other answers (PF-SEC-06)."""
        try:
            with request.env.cr.savepoint():
                return super().mail_attachment_upload(*args, **kwargs)
        except AccessError:
            raise
        except UserError as error:
            return request.make_json_response({"error": error.args[0]})
