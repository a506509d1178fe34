import logging
import os

import requests
from werkzeug.exceptions import ServiceUnavailable

from odoo import api, models
from odoo.exceptions import UserError

from ..tools.object_store import object_store

_logger = logging.getLogger(__name__)


class IrAttachment(models.Model):
    """Files in an object store, where the environment names one (PF-OPS-01).

    What is written is in the store before its transaction ends, so no node or disk takes it
    away; the filestore of a node is a cache that fetches what it lacks. Nothing is deleted
    there: a database restored to an earlier moment finds its files.
    """

    _inherit = "ir.attachment"

    @api.model
    def _file_write(self, bin_value, checksum):
        fname = super()._file_write(bin_value, checksum)
        self._store_object(fname)
        return fname

    @api.model
    def _file_read(self, fname, size=None):
        self._fetch_object(fname)
        return super()._file_read(fname, size)

    def _to_http_stream(self):
        if self.store_fname:
            try:
                self._fetch_object(self.store_fname)
            except UserError as error:  # core would say that there is no such page
                raise ServiceUnavailable(error.args[0]) from error
        return super()._to_http_stream()

    @api.model
    def _store_object(self, fname):
        """Bring a file of the filestore into the store.

        An effect outside before the commit, against the rule: it is keyed by its content,
        so one of a transaction that failed is only a file nobody asks for.
        """
        if not (store := object_store()):
            return
        try:
            store.put(fname, self._full_path(fname))
        except requests.RequestException as error:
            _logger.warning("Object store: %s", error)
            raise UserError(
                self.env._(
                    "The file could not be stored: the file storage does not answer."
                    " Nothing was saved. Try again in a few minutes."
                )
            ) from error

    @api.model
    def _fetch_object(self, fname):
        """Have a stored file in this node's filestore."""
        path = self._full_path(fname)
        if os.path.exists(path) or not (store := object_store()):
            return
        try:
            store.fetch(fname, path)
        except requests.RequestException as error:
            _logger.warning("Object store: %s", error)
            raise UserError(
                self.env._(
                    "The file cannot be read now: the file storage does not answer."
                    " Try again in a few minutes."
                )
            ) from error

    @api.model
    def _fill_object_store(self):
        """Bring every file of this node's filestore that the store lacks (`odoo shell`, when
        the store is new).

        :return: how many were brought
        """
        self.env.cr.execute(
            "SELECT DISTINCT store_fname FROM ir_attachment WHERE store_fname <> ''"
        )
        names = [name for (name,) in self.env.cr.fetchall()]
        store = object_store()
        missing = [
            name
            for name in names
            if os.path.exists(self._full_path(name)) and not store.has(name)
        ]
        for name in missing:
            self._store_object(name)
        return len(missing)
