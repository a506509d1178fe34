from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request


class ExportController(http.Controller):
    @http.route(
        "/lottery/export/job/<int:job_id>", type="http", auth="user", readonly=True
    )
    def download(self, job_id):
        """The finished file, to who asked for it."""
        job = request.env["lottery.export.job"].search(
            [("id", "=", job_id), ("state", "=", "done")]
        )
        if not job.attachment_id:
            raise NotFound()
        job._check_right()
        # found as the user; the file is behind the job
        stream = request.env["ir.binary"]._get_stream_from(job.attachment_id.sudo())
        return stream.get_response(as_attachment=True, download_name=job.filename)
