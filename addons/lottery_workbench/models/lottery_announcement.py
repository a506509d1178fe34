from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

# Who is told and has no row yet. One statement an announcement, however many readers.
FILL_RECEIPTS = """
    INSERT INTO lottery_announcement_receipt
           (announcement_id, user_id, branch_id, create_uid, write_uid,
            create_date, write_date)
    SELECT %(announcement)s, u.id,
           (SELECT r.branch_id FROM lottery_branch_res_users_rel r
             WHERE r.user_id = u.id ORDER BY r.branch_id LIMIT 1),
           %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
      FROM res_users u
     WHERE u.id IN %(audience)s
        ON CONFLICT (announcement_id, user_id) DO NOTHING
 RETURNING user_id
"""
DROP_RECEIPTS = """
    DELETE FROM lottery_announcement_receipt
     WHERE announcement_id = %(announcement)s AND read_at IS NULL
       AND user_id NOT IN %(audience)s
"""


STAMPS = {"published_at", "published_by", "reminded_at"}


class LotteryAnnouncement(models.Model):
    """What a unit tells its people (公告, PF-WRK-01).

    Readers are the staff of the audience's units and of all below, and of the roles
    where some are named. The rule of the model says the same (`audience_branch_ids`
    and `held_role_ids` of the user), so that no door shows it to anybody else; a
    receipt a reader says who has read it and who has not.
    """

    _name = "lottery.announcement"
    _description = "Announcement"
    _inherit = ["lottery.branch.mixin", "lottery.state.mixin"]
    _order = "pinned desc, published_at desc, id desc"

    _state_transitions = {
        "draft": {"scheduled", "published"},
        "scheduled": {"draft", "published"},
        "published": {"expired"},
        "expired": {"draft"},
    }

    name = fields.Char("Title", required=True, index="trigram")
    kind = fields.Selection(
        [
            ("notice", "Notice"),
            ("business", "Business"),
            ("training", "Training"),
            ("system", "System"),
        ],
        required=True,
        default="notice",
    )
    body = fields.Html(required=True, sanitize_attributes=True, sanitize_form=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("scheduled", "Scheduled"),
            ("published", "Published"),
            ("expired", "Expired"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    branch_id = fields.Many2one(
        required=True, string="Publishing Unit", help="Whose administrators keep it."
    )
    branch_ids = fields.Many2many(
        "lottery.branch",
        string="Told To",
        required=True,
        default=lambda self: self.env.user.branch_id,
        help="Staff of these units and of all units below.",
    )
    role_ids = fields.Many2many(
        "res.users.role",
        string="Only Roles",
        help="Empty: everybody in these units.",
    )
    attachment_ids = fields.Many2many(
        "ir.attachment", string="Attachments", bypass_search_access=True
    )
    pinned = fields.Boolean(help="Stands above the others on the home page.")
    must_confirm = fields.Boolean(
        help="Opens as a dialog until the reader confirms having read it."
    )
    publish_at = fields.Datetime(
        copy=False, help="Empty: as soon as it is published by hand."
    )
    expire_at = fields.Datetime(
        copy=False, help="Nobody but its administrators sees it from then on."
    )
    published_at = fields.Datetime(readonly=True, copy=False)
    published_by = fields.Many2one("res.users", readonly=True, copy=False)
    reminded_at = fields.Datetime(readonly=True, copy=False, string="Last Reminder")
    receipt_ids = fields.One2many(
        "lottery.announcement.receipt", "announcement_id", readonly=True
    )
    reader_count = fields.Integer(compute="_compute_counts", string="Readers")
    read_count = fields.Integer(compute="_compute_counts", string="Have Read")
    unread_count = fields.Integer(compute="_compute_counts", string="Not Read Yet")
    is_read = fields.Boolean(compute="_compute_is_read", search="_search_is_read")

    # read by the home page and by the cron
    _live_idx = models.Index("(published_at DESC) WHERE state = 'published'")
    _due_idx = models.Index(
        "(publish_at, expire_at) WHERE state IN ('scheduled', 'published')"
    )
    _times_in_order = models.Constraint(
        "CHECK(expire_at IS NULL OR publish_at IS NULL OR expire_at > publish_at)",
        "An announcement can't expire before it is published.",
    )

    # === COMPUTE METHODS === #

    def _compute_counts(self):
        counts = {
            announcement: (total, read)
            for announcement, total, read in self.env[
                "lottery.announcement.receipt"
            ]._read_group(
                [("announcement_id", "in", self.ids)],
                ["announcement_id"],
                ["__count", "read_at:count"],
            )
        }
        for row in self:
            total, read = counts.get(row, (0, 0))
            row.reader_count, row.read_count = total, read
            row.unread_count = total - read

    def _get_own_receipts_domain(self, **stamps):
        done = "confirmed_at" if stamps.get("confirmed") else "read_at"
        return Domain("user_id", "=", self.env.uid) & Domain(done, "!=", False)

    @api.depends("receipt_ids.read_at")
    @api.depends_context("uid")
    def _compute_is_read(self):
        read = self.env["lottery.announcement.receipt"].search(
            self._get_own_receipts_domain() & Domain("announcement_id", "in", self.ids)
        )
        for row in self:
            row.is_read = row in read.announcement_id

    def _search_is_read(self, operator, value):
        if operator != "in":
            return NotImplemented
        own = Domain("receipt_ids", "any", self._get_own_receipts_domain())
        return own if True in value else ~own

    # === CONSTRAINTS === #

    @api.constrains("branch_ids")
    def _check_audience(self):
        """Links to units out of sight are refused by the ORM; none at all here."""
        for row in self:
            if not row.branch_ids:
                raise ValidationError(self.env._("“Told To”: name at least one unit."))

    @api.constrains("name", "body")
    def _check_text(self):
        for row in self:
            if not row.name.strip():
                raise ValidationError(self.env._("“Title” is empty."))

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self.env["lottery.branch"]._check_reach(vals.get("branch_id"))
            if not self.env.su and STAMPS & set(vals):
                raise UserError(
                    self.env._("Times of publishing are noted, not entered.")
                )
        records = super().create(vals_list)
        records._adopt_attachments()
        return records

    def write(self, vals):
        if not self.env.su and STAMPS & set(vals):
            raise UserError(self.env._("Times of publishing are noted, not entered."))
        told = {"branch_ids", "role_ids"} & set(vals)
        if told and "published" in self.mapped("state"):
            raise UserError(
                self.env._("The audience of a published announcement stands.")
            )
        result = super().write(vals)
        if "attachment_ids" in vals:
            self._adopt_attachments()
        return result

    def _adopt_attachments(self):
        """Files follow the announcement's rule from here on, not their uploader."""
        for row in self:
            files = row.attachment_ids.filtered(
                lambda file, row=row: (
                    (file.res_model, file.res_id) != (row._name, row.id)
                )
            )
            if any(file.res_id or file.create_uid != self.env.user for file in files):
                raise AccessError(
                    self.env._("“Attachments”: only files uploaded here by yourself.")
                )
            files.sudo().write({"res_model": self._name, "res_id": row.id})

    @api.ondelete(at_uninstall=False)
    def _unlink_except_published(self):
        if self.filtered("published_at"):
            raise UserError(
                self.env._("What was published stays in the records. Let it expire.")
            )

    # === ACTIONS === #

    def action_publish(self):
        """Publish now, or at the time that is set."""
        self.check_access("write")
        now = fields.Datetime.now()
        for row in self:
            if row.expire_at and row.expire_at <= now:
                raise UserError(
                    self.env._("“%(name)s”: the time of expiry is over.", name=row.name)
                )
        later = self.filtered(lambda row: row.publish_at and row.publish_at > now)
        if later:
            later._update_state("scheduled")
            cron_sudo = self.env.ref("lottery_workbench.ir_cron_announcements").sudo()
            cron_sudo._trigger(at=later.mapped("publish_at"))
        (self - later)._publish()
        return True

    def action_back_to_draft(self):
        self.check_access("write")
        self._update_state("draft")
        return True

    def action_expire(self):
        self.check_access("write")
        self._expire()
        return True

    def action_remind(self):
        """Remind those who have not read it yet."""
        self.check_access("write")
        for row in self:
            if row.state != "published":
                raise UserError(
                    self.env._("“%(name)s” is not published.", name=row.name)
                )
            # sudo: readers of other units are named by their receipts only
            waiting_sudo = row.sudo().receipt_ids.filtered(lambda r: not r.read_at)
            row._notify_users("announcement_reminder", waiting_sudo.user_id)
        self.sudo().reminded_at = fields.Datetime.now()  # a stamp, not an input
        return True

    def action_view_receipts(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "lottery_workbench.lottery_announcement_receipt_action"
        )
        return {
            **action,
            "domain": [("announcement_id", "=", self.id)],
            "context": dict(self.env.context.get("receipt_context") or {}),
        }

    def action_view_unread(self):
        return self.with_context(
            receipt_context={"search_default_filter_unread": 1}
        ).action_view_receipts()

    def action_confirm(self):
        """The reader confirms having read it; the door of the form and the dialog."""
        self.check_access("read")
        self._stamp("read_at", "confirmed_at")
        return True

    @api.model
    def read_announcement(self, announcement_id):
        """Return what the reading dialog shows and note that it was read.

        :return: a dictionary, empty when the announcement is not (or no longer) for
            this user
        """
        row = self.search(self._get_live_domain() & Domain("id", "=", announcement_id))
        if not row:
            return {}
        row._stamp("read_at")
        return {
            "id": row.id,
            "name": row.name,
            "kind": dict(row._fields["kind"]._description_selection(self.env))[
                row.kind
            ],
            "body": row.body,
            "unit": row.branch_id.sudo().name,
            "published_at": fields.Datetime.to_string(row.published_at),
            "must_confirm": row.must_confirm and not row._has_confirmed(),
            "attachments": [
                {"id": file.id, "name": file.name} for file in row.attachment_ids
            ],
        }

    # === BUSINESS METHODS === #

    @api.model
    def _get_live_domain(self):
        now = fields.Datetime.now()
        return Domain("state", "=", "published") & (
            Domain("expire_at", "=", False) | Domain("expire_at", ">", now)
        )

    @api.model
    def _get_reader_domain(self):
        """Live announcements the user belongs to the audience of (not: keeps)."""
        user = self.env.user
        return (
            self._get_live_domain()
            & Domain("branch_ids", "in", user.audience_branch_ids.ids)
            & (
                Domain("role_ids", "=", False)
                | Domain("role_ids", "in", user.held_role_ids.ids)
            )
        )

    @api.model
    def _get_to_confirm(self):
        """Return the ids of what this user still has to confirm, oldest first."""
        confirmed = self._get_own_receipts_domain(confirmed=True)
        return (
            self.search(
                self._get_reader_domain()
                & Domain("must_confirm", "=", True)
                & ~Domain("receipt_ids", "any", confirmed),
                order="published_at",
                limit=5,
            )
        ).ids

    def _has_confirmed(self):
        domain = self._get_own_receipts_domain(confirmed=True)
        receipts = self.env["lottery.announcement.receipt"]
        return bool(
            receipts.search_count(
                domain & Domain("announcement_id", "=", self.id), limit=1
            )
        )

    def _get_audience_domain(self):
        self.ensure_one()
        domain = (
            Domain("share", "=", False)
            & Domain("active", "=", True)
            & Domain("branch_ids", "child_of", self.branch_ids.ids)
        )
        if self.role_ids:
            domain &= self.env["res.users"]._get_role_domain(self.role_ids)
        return domain

    def _publish(self):
        if not self:
            return
        self._update_state("published", allowed={"draft", "scheduled"})
        self.sudo().write(
            {"published_at": fields.Datetime.now(), "published_by": self.env.uid}
        )
        for row in self:
            row._notify_users("announcement_published", row._sync_receipts())

    def _expire(self):
        self._update_state("expired")

    def _sync_receipts(self):
        """One row for everybody told; nobody's for whom it no longer is and unread.

        :return: users who are new in the audience
        """
        self.ensure_one()
        self.env.flush_all()
        # sudo: the audience reaches further down than the author's own list of users
        row_sudo = self.sudo()
        users_sudo = self.env["res.users"].sudo()
        audience = users_sudo._search(row_sudo._get_audience_domain())
        values = {
            "announcement": self.id,
            "uid": self.env.uid,
            "audience": audience.subselect(),
        }
        new = self.env.execute_query(SQL(FILL_RECEIPTS, **values))
        self.env.cr.execute(SQL(DROP_RECEIPTS, **values))
        self.env["lottery.announcement.receipt"].invalidate_model()
        self.invalidate_recordset(["receipt_ids"])
        return users_sudo.browse([user_id for (user_id,) in new])

    def _stamp(self, *names):
        """Write the time into the reader's own receipts; first times stand."""
        readers = self.search(self._get_reader_domain() & Domain("id", "in", self.ids))
        for row in readers:
            if not row._get_own_receipt():
                row._sync_receipts()  # somebody who joined since the last run
            receipt_sudo = row._get_own_receipt().sudo()  # stamps, not inputs
            now = fields.Datetime.now()
            receipt_sudo.write({name: now for name in names if not receipt_sudo[name]})

    def _get_own_receipt(self):
        return self.env["lottery.announcement.receipt"].search(
            [("announcement_id", "=", self.id), ("user_id", "=", self.env.uid)]
        )

    def _notify_users(self, code, users):
        if users:
            self.env["lottery.notification"]._notify(code, users, record=self)

    @api.model
    def _cron_tick(self):
        """Publish and expire what is due; new colleagues join the audience."""
        now = fields.Datetime.now()
        self.search([("state", "=", "scheduled"), ("publish_at", "<=", now)])._publish()
        over = self.search([("state", "=", "published"), ("expire_at", "<=", now)])
        over._expire()
        for row in self.search([("state", "=", "published")]):
            row._sync_receipts()
