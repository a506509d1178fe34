import base64
import binascii
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.lottery_base.engine.upload import (
    MEGABYTE,
    UploadError,
    check_upload,
)

MAX_TEXT = 5_000
MAX_URL = 1_000
MAX_PICTURE = 8 * MEGABYTE


class LotteryFeedback(models.Model):
    """A word from any page of the back office, with a picture of it (PF-WRK-01).

    Written by `send` alone, the door of the button at the top bar; those in charge
    answer, the author is told.
    """

    _name = "lottery.feedback"
    _description = "Feedback"
    _inherit = ["lottery.branch.mixin", "lottery.state.mixin"]
    _order = "id desc"

    _state_transitions = {
        "new": {"in_progress", "answered", "closed"},
        "in_progress": {"answered", "closed"},
        "answered": {"in_progress", "answered", "closed"},
        "closed": {"in_progress"},
    }

    name = fields.Char("Number", readonly=True, copy=False, default="/")
    kind = fields.Selection(
        [
            ("fault", "Fault"),
            ("wish", "Wish"),
            ("question", "Question"),
            ("praise", "Praise"),
        ],
        required=True,
        default="fault",
    )
    text = fields.Text(required=True, readonly=True)
    picture = fields.Binary("Picture of the Page", attachment=True, readonly=True)
    has_picture = fields.Boolean(readonly=True)
    url = fields.Char("Page", readonly=True)
    menu_name = fields.Char("Menu", readonly=True)
    browser = fields.Char(readonly=True)
    state = fields.Selection(
        [
            ("new", "New"),
            ("in_progress", "In Progress"),
            ("answered", "Answered"),
            ("closed", "Closed"),
        ],
        default="new",
        required=True,
        readonly=True,
    )
    author_id = fields.Many2one(
        "res.users", required=True, readonly=True, index=True, ondelete="restrict"
    )
    branch_id = fields.Many2one(readonly=True)
    user_id = fields.Many2one(
        "res.users", string="In Charge", domain=[("share", "=", False)]
    )
    reply = fields.Text(help="What the author gets to read.")
    replied_by = fields.Many2one("res.users", readonly=True)
    replied_at = fields.Datetime(readonly=True)
    is_mine = fields.Boolean(compute="_compute_is_mine")

    # read by the home page's card and the default list
    _open_idx = models.Index("(branch_id, id) WHERE state IN ('new', 'in_progress')")

    @api.depends_context("uid")
    def _compute_is_mine(self):
        for row in self:
            row.is_mine = row.author_id == self.env.user

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals["name"] = self.env["ir.sequence"].next_by_code(self._name) or "/"
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and set(vals) - {"user_id", "reply", "kind", "state"}:
            raise UserError(
                self.env._("Feedback stays as its author wrote it; answer it instead.")
            )
        return super().write(vals)

    # === ACTIONS === #

    @api.model
    def send(self, text, kind="fault", url="", menu_name="", picture=None):
        """Take a feedback from the page; the picture is drawn anew.

        :param picture: base64 of a PNG, JPEG or WebP, or nothing
        :return: ``{"id", "name"}``
        """
        if not self.env.user._is_internal():
            raise UserError(self.env._("Feedback is for staff."))
        values = {
            "text": self._check_text(text),
            "kind": self._check_kind(kind),
            "url": self._clean_url(url),
            "menu_name": str(menu_name or "")[:200],
            "browser": self._get_browser(),
            "author_id": self.env.uid,
            "branch_id": self.env.user.branch_id.id,
        }
        if picture:
            values["picture"] = self._redraw(picture)
            values["has_picture"] = True
        # sudo: this is the one door; everything has just been checked
        record = self.sudo().create(values)
        return {"id": record.id, "name": record.name}

    def action_start(self):
        self.check_access("write")
        self._update_state("in_progress")
        self.filtered(lambda row: not row.user_id).user_id = self.env.user
        return True

    def action_answer(self):
        """Send the reply to the author."""
        self.check_access("write")
        for row in self:
            if not (row.reply or "").strip():
                raise UserError(
                    self.env._("Write the “Reply” to %(name)s first.", name=row.name)
                )
        self._update_state("answered")
        # sudo: stamps, not inputs
        self.sudo().write(
            {"replied_by": self.env.uid, "replied_at": fields.Datetime.now()}
        )
        for row in self:
            self.env["lottery.notification"]._notify(
                "feedback_answered", row.sudo().author_id, record=row
            )
        return True

    def action_close(self):
        """Nothing is left to do; the author may say so too."""
        for row in self:
            if not row.is_mine:
                row.check_access("write")
        self.check_access("read")
        self.sudo()._update_state("closed")  # the author does not write otherwise
        return True

    # === CHECKS === #

    @api.model
    def _check_text(self, text):
        text = str(text or "").strip()
        if not text:
            raise UserError(self.env._("Say in a few words what it is about."))
        if len(text) > MAX_TEXT:
            raise UserError(
                self.env._("“Text”: at most %(limit)s characters.", limit=MAX_TEXT)
            )
        return text

    @api.model
    def _check_kind(self, kind):
        if kind not in dict(self._fields["kind"].selection):
            raise UserError(self.env._("“Kind”: none of the list."))
        return kind

    @api.model
    def _clean_url(self, url):
        """Keep path and query of a page of ours; another address is dropped."""
        parts = urlsplit(str(url or "")[:MAX_URL])
        if not parts.path.startswith("/") or parts.path.startswith("//"):
            return ""
        return parts.path + (f"?{parts.query}" if parts.query else "")

    @api.model
    def _get_browser(self):
        return request.httprequest.user_agent.string[:200] if request else ""

    @api.model
    def _redraw(self, picture):
        try:
            data = base64.b64decode(picture, validate=True)
            upload = check_upload(data, "page", {"image"}, MAX_PICTURE)
        except UploadError as error:
            if error.code in ("too_large", "too_many_pixels"):
                raise UserError(self.env._("The picture is too large.")) from error
            raise UserError(
                self.env._("The picture is no PNG, JPEG or WebP.")
            ) from error
        except (binascii.Error, TypeError, ValueError) as error:
            raise UserError(self.env._("The picture arrived damaged.")) from error
        return base64.b64encode(upload.data)
