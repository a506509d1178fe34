import hashlib
import logging
import os
import shutil
import tempfile
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.lottery_base.tools.transaction import read_committed

from ..tools.sheet import Sheets

_logger = logging.getLogger(__name__)

MIMETYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KEPT_DAYS = 7
TELL_SECONDS = 0.5
TELL_ROWS = 500
# Files up to this many rows are made while the user waits.
INLINE_ROWS = 3_000


class ExportCancelled(Exception):
    """The user does not want the file any more."""


class LotteryExportJob(models.Model):
    """A file made in the background: progress, result, expiry (PF-RPT-01).

    A job is its user's alone. The row is changed in short transactions of their own, so
    that progress shows while the long one reads.
    """

    _name = "lottery.export.job"
    _description = "Export"
    _order = "id desc"

    name = fields.Char(required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.user,
    )
    state = fields.Selection(
        [
            ("pending", "Waiting"),
            ("running", "Under Way"),
            ("done", "Ready"),
            ("failed", "Failed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="pending",
    )
    producer = fields.Char(required=True, readonly=True)
    params = fields.Json(readonly=True)
    done = fields.Integer(string="Rows Written", readonly=True)
    total = fields.Integer(string="Rows", readonly=True)
    progress = fields.Float(compute="_compute_progress")
    attachment_id = fields.Many2one("ir.attachment", readonly=True, ondelete="set null")
    filename = fields.Char(compute="_compute_filename")
    size = fields.Char(compute="_compute_size")
    error = fields.Text(readonly=True)
    seconds = fields.Float(readonly=True, string="Seconds Taken")
    finished_at = fields.Datetime(readonly=True)
    expires_at = fields.Datetime(readonly=True, index=True)

    # === COMPUTE METHODS === #

    @api.depends("done", "total", "state")
    def _compute_progress(self):
        for job in self:
            share = 100 * job.done / job.total if job.total else 0
            job.progress = 100 if job.state == "done" else min(share, 99)

    @api.depends("name", "create_date")
    def _compute_filename(self):
        for job in self:
            made = fields.Datetime.context_timestamp(
                job, job.create_date or fields.Datetime.now()
            )
            name = "".join("_" if sign in '\\/:*?"<>|' else sign for sign in job.name)
            job.filename = f"{name} {made:%Y%m%d-%H%M}.xlsx"

    @api.depends("attachment_id")
    def _compute_size(self):
        for job in self:
            # the file is behind the job, which is the user's
            count = job.attachment_id.sudo().file_size
            job.size = f"{count / 1024 / 1024:.1f} MB" if count else False

    # === ACTIONS === #

    def action_download(self):
        self.ensure_one()
        self.check_access("read")
        if self.state != "done" or not self.attachment_id:
            raise UserError(self.env._("The file is not ready, or it has expired."))
        self._check_right()
        return {"type": "ir.actions.act_url", "url": self._get_url(), "target": "self"}

    def action_cancel(self):
        self.check_access("unlink")
        # rows are changed by the machine; the owner may stop it
        for job_sudo in self.sudo():
            if job_sudo.state in ("pending", "running"):
                job_sudo._change({"state": "cancelled"})

    def _check_right(self):
        """Ask again: the right may have been taken since the file was asked for."""
        producer = self.env.get(self.producer)
        if producer is None:
            raise UserError(self.env._("The file is not ready, or it has expired."))
        producer._check_export(self.params)

    def _get_url(self):
        return f"/lottery/export/job/{self.id}"

    # === BUSINESS METHODS === #

    @api.model
    def _start(self, producer, params, inline_rows=INLINE_ROWS):
        """Make a file of what a producer yields, now if it is short, else in a job.

        :param str producer: model that inherits `lottery.export.producer`
        :param params: JSON for its hooks
        :return: ``{"id", "url" when ready, "waiting" when not}``
        :raise AccessError: the user's roles do not give the export of what it holds
        """
        model = self.env[producer]
        model._check_export(params)
        total = model._export_count(params)
        # jobs are made by this method only
        job = self.sudo().create(
            {
                "name": model._export_title(params),
                "user_id": self.env.uid,
                "producer": producer,
                "params": params,
                "total": total,
            }
        )
        job = job.with_env(self.env)
        if total <= inline_rows:
            job._run_now()
            return {"id": job.id, "url": job._get_url(), "waiting": False}
        job.with_delay(
            channel="root.lottery_export",
            max_retries=1,
            description=f"Export: {job.name}",
        )._run_job()
        return {"id": job.id, "url": False, "waiting": True}

    def _run_now(self):
        """Write a short file in the caller's transaction; what fails is raised."""
        with tempfile.TemporaryDirectory() as workdir:
            path = os.path.join(workdir, "export.xlsx")
            count = self._write_file(path, workdir)
            self._store(path, {"done": count})
        self.env[self.producer]._log_export(self.params, count, "xlsx")

    def _run_job(self):
        """Queue job: write a long file; how it went is in the row and on the bus."""
        start = time.monotonic()
        if not self._change({"state": "running"}, ("pending",)):
            return
        try:
            self._check_right()
            with tempfile.TemporaryDirectory() as workdir:
                path = os.path.join(workdir, "export.xlsx")
                count = self._write_file(path, workdir, self._note)
                with read_committed(self.env) as env:
                    seconds = time.monotonic() - start
                    job = self.with_env(env)
                    job._store(path, {"done": count, "seconds": seconds})
                    env[job.producer]._log_export(job.params, count, "job")
        except ExportCancelled:
            self._tell(closed=True)
            return
        except Exception as error:
            _logger.warning("Export %s: %s", self.id, error, exc_info=True)
            words = str(error) if isinstance(error, UserError) else repr(error)
            self._change({"state": "failed", "error": words})
        self._tell(closed=True)
        self._tell_end()

    def _write_file(self, path, workdir, note=None):
        """Write what the producer yields; ``note(count)`` is called now and then."""
        producer = self.env[self.producer]
        columns = producer._export_columns(self.params)
        notes = producer._export_notes(self.params)
        count, due = 0, time.monotonic() + TELL_SECONDS
        with Sheets(path, self.name, columns, notes, workdir) as sheets:
            for row in producer._produce_rows(self.params):
                bold = bool(getattr(row, "is_total", False))
                sheets.write(row, bold)
                count += not bold  # totals are nobody's records
                if note and not count % TELL_ROWS and time.monotonic() >= due:
                    note(count)
                    due = time.monotonic() + TELL_SECONDS
        return count

    def _store(self, path, values):
        # the row is the machine's to change
        job_sudo = self.sudo()
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            ._lottery_store(
                path,
                {
                    "name": self.filename,
                    "res_model": self._name,
                    "res_id": self.id,
                    "mimetype": MIMETYPE,
                },
            )
        )
        now = fields.Datetime.now()
        job_sudo.write(
            {
                **values,
                "state": "done",
                "attachment_id": attachment.id,
                "finished_at": now,
                "expires_at": now + timedelta(days=KEPT_DAYS),
            }
        )

    # === PROGRESS === #

    def _note(self, count):
        """Store and tell how far the file is.

        :raise ExportCancelled: the user has stopped it.
        """
        if not self._change({"done": count}, ("running",)):
            raise ExportCancelled
        self._tell(count)

    def _change(self, values, states=None):
        """Write the row in a transaction of its own; False if it is in another state."""
        with read_committed(self.env) as env:
            job_sudo = self.with_env(env).sudo()
            job_sudo.invalidate_recordset()
            if not job_sudo.exists() or (states and job_sudo.state not in states):
                return False
            job_sudo.write(values)
        self.invalidate_recordset()
        return True

    def _tell(self, count=0, closed=False):
        """Move the bar on the user's screens (`lottery_base`, progress service)."""
        with read_committed(self.env) as env:
            env.user._bus_send(
                "lottery_progress",
                {
                    "key": f"export-{self.id}",
                    "label": self.name,
                    "done": count,
                    "total": self.total,
                    "closed": closed,
                },
            )

    def _tell_end(self):
        self.invalidate_recordset()
        with read_committed(self.env) as env:
            env.user._bus_send(
                "lottery_export",
                {
                    "id": self.id,
                    "name": self.name,
                    "state": self.state,
                    "error": self.error,
                    "url": self._get_url(),
                },
            )

    @api.autovacuum
    def _gc_expired(self):
        """Delete files past their time, and what never finished."""
        now = fields.Datetime.now()
        old = now - timedelta(days=KEPT_DAYS)
        jobs = self.search(
            [
                "|",
                ("expires_at", "<", now),
                "&",
                ("expires_at", "=", False),
                ("create_date", "<", old),
            ]
        )
        jobs.attachment_id.unlink()
        jobs.unlink()


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def _lottery_store(self, path, values):
        """Make an attachment of a file without reading it into memory.

        Only where files lie in Odoo's own filestore; another store reads it.
        """
        if self._storage() != "file":
            with open(path, "rb") as file:
                return self.create({**values, "raw": file.read()})
        digest = hashlib.sha1(usedforsecurity=False)
        with open(path, "rb") as file:
            while chunk := file.read(1024 * 1024):
                digest.update(chunk)
        checksum = digest.hexdigest()
        name = f"{checksum[:2]}/{checksum}"
        target = self._full_path(name)
        size = os.path.getsize(path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        self._mark_for_gc(name)
        shutil.move(path, target)
        self._store_object(name)
        attachment = self.create(values)
        self.env.execute_query(
            SQL(
                """UPDATE ir_attachment SET store_fname = %s, checksum = %s,
                          file_size = %s, db_datas = NULL, index_content = NULL
                    WHERE id = %s RETURNING id""",
                name,
                checksum,
                size,
                attachment.id,
            )
        )
        attachment.invalidate_recordset()
        return attachment
