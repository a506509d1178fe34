from odoo import models
from odoo.http import Stream

from ..engine.upload import HEAD, looks_active

ACTIVE_MIMETYPES = ("html", "svg", "xml", "multipart/related", "message/rfc822")
HARMLESS_PREFIX = "application/vnd.openxmlformats"
ACTIVE_ENDINGS = (".htm", ".html", ".mht", ".mhtml", ".shtml", ".svg", ".svgz")
ACTIVE_ENDINGS += (".xht", ".xhtml", ".xml", ".xsl")


class GuardedStream(Stream):
    """A file somebody uploaded: what a browser might run is saved, never shown."""

    def get_response(self, as_attachment=None, *args, **kwargs):
        if self.type != "url" and self._is_active():
            as_attachment = True
        return super().get_response(as_attachment, *args, **kwargs)

    def _is_active(self):
        mimetype = (self.mimetype or "").lower()
        if mimetype.startswith(HARMLESS_PREFIX):
            return False
        if any(word in mimetype for word in ACTIVE_MIMETYPES):
            return True
        if (self.download_name or "").lower().endswith(ACTIVE_ENDINGS):
            return True
        # pages that core has put down as plain text
        return mimetype.startswith("text/plain") and looks_active(self._read_head())

    def _read_head(self):
        if self.type == "data":
            return self.data[:HEAD]
        with open(self.path, "rb") as file:
            return file.read(HEAD)


def guard_stream(stream):
    """Return the stream as one that keeps browsers from running the file."""
    return (
        stream if isinstance(stream, GuardedStream) else GuardedStream(**vars(stream))
    )


class IrBinary(models.AbstractModel):
    """SVG, HTML and XML from people are sent as downloads by every door (PF-SEC-06):
    back office, portal, public pages; whatever type the address asks for."""

    _inherit = "ir.binary"

    def _record_to_stream(self, record, field_name):
        return guard_stream(super()._record_to_stream(record, field_name))
