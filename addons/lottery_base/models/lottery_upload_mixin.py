from odoo import api, models
from odoo.exceptions import UserError

from ..engine.upload import MEGABYTE, UploadError, check_upload


class LotteryUploadMixin(models.AbstractModel):
    """Files of a record are judged by their content (PF-SEC-06).

    A model that inherits this says in ``_upload_allowed`` which kinds of
    `engine.upload` it takes. Files attached to its records, by whichever door, are
    checked, and pictures are drawn anew.
    """

    _name = "lottery.upload.mixin"
    _description = "Checked Uploads"

    _upload_allowed = frozenset({"image", "pdf"})

    @api.model
    def _get_upload_limit(self):
        """Hook: the largest file that is taken, in bytes."""
        megabytes = self.env["lottery.parameter"]._get("base.upload_limit_mb")
        return megabytes * MEGABYTE

    @api.model
    def _check_upload(self, data, filename):
        """Return the file as an `engine.upload.Upload`.

        :param bytes data: what was uploaded
        :raise UserError: names the file and the reason
        """
        try:
            return check_upload(
                data, filename, self._upload_allowed, self._get_upload_limit()
            )
        except UploadError as error:
            raise UserError(
                self.env._(
                    "“%(file)s”: %(reason)s.",
                    file=filename or "",
                    reason=self._get_upload_fault(error),
                )
            ) from error

    @api.model
    def _get_upload_fault(self, error):
        match error.code:
            case "empty":
                return self.env._("the file is empty")
            case "too_large":
                return self.env._("larger than %(limit)s MB", **error.details)
            case "macros":
                return self.env._("files with macros are not taken")
            case "damaged":
                return self.env._("the file is damaged")
            case "too_many_pixels":
                return self.env._("the picture has too many pixels")
        return self.env._(
            "this kind of file is not taken here (taken: %(kinds)s)",
            kinds=", ".join(self._get_upload_kinds()),
        )

    @api.model
    def _get_upload_kinds(self):
        names = {
            "image": self.env._("pictures (JPEG, PNG, WebP)"),
            "pdf": "PDF",
            "document": "DOCX",
            "sheet": "XLSX",
            "slides": "PPTX",
            "text": self.env._("plain text"),
            "archive": "ZIP",
            "audio": self.env._("sound"),
            "video": self.env._("video"),
        }
        return [names[kind] for kind in names if kind in self._upload_allowed]
