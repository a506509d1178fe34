from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from .ir_rule import SHARED_IDS

KEPT_DAYS = 90  # how long an expired share is still shown


class LotteryAccessShare(models.Model):
    """One record shared with a user, or with a unit and all below it (PF-SEC-03).

    Rows are made and ended by `_share` and `action_revoke` alone, which ask whether the
    record may be shared; nobody has access lines to write them.
    """

    _name = "lottery.access.share"
    _description = "Shared Record"
    _order = "id desc"
    _rec_name = "record_name"
    _rec_names_search = ["user_id", "branch_id", "reason"]

    model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        "Record ID", model_field="model", required=True, readonly=True
    )
    model_name = fields.Char("Object", compute="_compute_record")
    record_name = fields.Char("Record", compute="_compute_record")
    user_id = fields.Many2one(
        comodel_name="res.users", readonly=True, ondelete="cascade"
    )
    branch_id = fields.Many2one(
        comodel_name="lottery.branch",
        string="Unit and Below",
        readonly=True,
        ondelete="cascade",
    )
    recipient = fields.Char("Shared With", compute="_compute_recipient")
    access = fields.Selection(
        selection=[("read", "Read"), ("edit", "Read and change")],
        required=True,
        readonly=True,
        default="read",
    )
    expires_at = fields.Datetime("Ends", readonly=True)
    is_live = fields.Boolean(
        "Live", compute="_compute_is_live", search="_search_is_live"
    )
    reason = fields.Char(readonly=True)
    shared_by_id = fields.Many2one(
        comodel_name="res.users",
        readonly=True,
        index=True,
        default=lambda self: self._default_shared_by_id(),
    )

    _one_recipient = models.Constraint(
        "CHECK((user_id IS NULL) <> (branch_id IS NULL))",
        "A share goes to a user or to a unit.",
    )
    # read by ir.rule for every query on a shared model
    _user_uniq = models.UniqueIndex(
        "(user_id, model, res_id) WHERE user_id IS NOT NULL"
    )
    _branch_uniq = models.UniqueIndex(
        "(branch_id, model, res_id) WHERE branch_id IS NOT NULL"
    )
    # read by the list of a record's shares and when the record is deleted
    _record_idx = models.Index("(model, res_id)")

    @api.model
    def _default_shared_by_id(self):
        return self.env.user

    # === COMPUTE === #

    @api.depends("model", "res_id")
    def _compute_record(self):
        labels = self.env["lottery.access.object"]._get_labels()
        for share in self:
            share.model_name = labels.get(share.model, share.model)
            record = share._get_record()
            share.record_name = record.display_name if record else False

    @api.depends("user_id", "branch_id")
    def _compute_recipient(self):
        for share in self:
            # who was named may be out of the reader's sight
            share_sudo = share.sudo()
            share.recipient = (
                share_sudo.user_id.name or share_sudo.branch_id.complete_name
            )

    @api.depends("expires_at")
    def _compute_is_live(self):
        now = fields.Datetime.now()
        for share in self:
            share.is_live = not share.expires_at or share.expires_at > now

    def _search_is_live(self, operator, value):
        if operator != "in":
            return NotImplemented
        live = Domain("expires_at", "=", False) | Domain(
            "expires_at", ">", fields.Datetime.now()
        )
        return live if True in value else ~live

    def _get_record(self):
        """Return the record if it is there and the user may see it."""
        self.ensure_one()
        if self.model not in self.env:
            return None
        model = self.env[self.model].with_context(active_test=False)
        if not model.has_access("read"):
            return None
        return model.search([("id", "=", self.res_id)])

    # === BUSINESS METHODS === #

    @api.model
    def _check_shareable(self, records):
        """:raise AccessError: unless the user may share every one of the records

        Who shares must be able to change the record by right of their own: what was
        shared with them is not theirs to hand on, to others or longer to themselves.
        """
        access = self.env["lottery.access"]
        if records._name not in access._get_objects():
            raise UserError(self.env._("Records of this kind are not shared."))
        if not access._can_share(records._name):
            raise AccessError(
                self.env._("The permissions of your role do not allow sharing this.")
            )
        records.check_access("read")
        if not self._has_own_right(records, "write"):
            raise AccessError(
                self.env._(
                    "You can share only what you may change yourself, not what was "
                    "shared with you."
                )
            )

    @api.model
    def _has_own_right(self, records, operation):
        """Whether the user reaches the records without anybody's sharing."""
        if self.env.su:
            return True
        if not records.browse().has_access(operation):
            return False
        domain = self.env["ir.rule"]._get_unshared_domain(records._name, operation)
        records_sudo = records.sudo().with_context(active_test=False)
        return len(records_sudo.filtered_domain(domain)) == len(records)

    @api.model
    def _share(self, records, users, branches, access, expires_at=None, reason=None):
        """Share the records; who has a share already gets the new terms.

        :param str access: ``read`` or ``edit``.
        :return: the shares.
        """
        self._check_shareable(records)
        self._check_terms(users, branches, expires_at)
        terms = {
            "access": access,
            "expires_at": expires_at or False,
            "reason": reason or False,
            "shared_by_id": self.env.uid,
        }
        # rights are checked above; nobody may write the rows otherwise
        shares_sudo = self.sudo()
        made = shares_sudo.browse()
        for record in records:
            for name, recipients in (("user_id", users), ("branch_id", branches)):
                made += shares_sudo._upsert(record, name, recipients, terms)
        made._journal_terms("permission.shared")
        return made.sudo(self.env.su)

    def _upsert(self, record, name, recipients, terms):
        key = {"model": record._name, "res_id": record.id}
        present = self.search(
            [
                ("model", "=", record._name),
                ("res_id", "=", record.id),
                (name, "in", recipients.ids),
            ]
        )
        present.write(terms)
        missing = recipients - present[name]
        return present + self.create(
            [{**key, **terms, name: recipient.id} for recipient in missing]
        )

    @api.model
    def _check_terms(self, users, branches, expires_at):
        if not users and not branches:
            raise ValidationError(
                self.env._("Shared with: name at least one user or unit.")
            )
        if outsiders := users.sudo().filtered("share"):
            raise ValidationError(
                self.env._(
                    "Shared with: %(names)s do not work in the back office.",
                    names=", ".join(outsiders.mapped("name")),
                )
            )
        if expires_at and expires_at <= fields.Datetime.now():
            raise ValidationError(self.env._("Ends: the time lies in the past."))

    def action_revoke(self):
        """End the shares: who shared may, who may share the record, and the administrator."""
        self.check_access("read")
        for share in self:
            if share.shared_by_id == self.env.user:
                continue
            if not self.env["lottery.access"]._is_administrator():
                record = share._get_record()
                if not record:
                    raise AccessError(self.env._("You may not end this share."))
                self._check_shareable(record)
        self._end("permission.unshared")

    def _end(self, event):
        # rights are checked by who calls
        shares_sudo = self.sudo()
        shares_sudo._journal_terms(event)
        shares_sudo.unlink()

    @api.model
    def _forget_records(self, model, ids):
        """End the shares of records that are deleted."""
        shares_sudo = self.sudo().search([("model", "=", model), ("res_id", "in", ids)])
        if shares_sudo:
            shares_sudo._end("permission.unshared")

    def action_open_record(self):
        """Open what is shared."""
        self.ensure_one()
        record = self._get_record()
        if not record:
            raise UserError(
                self.env._("The record is gone or your roles do not see its kind.")
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }

    def _journal_terms(self, event):
        entries = []
        for share in self:
            record = self.env[share.model].browse(share.res_id)
            branch = self.env["lottery.access.object"]._get_branch_of(record.exists())
            entries.append(
                {
                    "event": event,
                    "model": share.model,
                    "res_id": share.res_id,
                    "branch_id": branch[:1].id,
                    "values": {
                        "with": share.recipient,
                        "user_id": share.user_id.id,
                        "branch_id": share.branch_id.id,
                        "access": share.access,
                        "ends": share.expires_at or None,
                        "reason": share.reason or "",
                    },
                }
            )
        self.env["lottery.journal"]._append(entries)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        known = self.env["lottery.access"]._get_shared_models()
        shares = super().create(vals_list)
        self._forget_ids()
        if not known.issuperset(vals["model"] for vals in vals_list):
            self.env.registry.clear_cache()
        return shares

    def write(self, vals):
        result = super().write(vals)
        self._forget_ids()
        return result

    def unlink(self):
        result = super().unlink()
        self._forget_ids()
        return result

    @api.model
    def _forget_ids(self):
        """Let the rules read the table anew within this transaction."""
        self.flush_model()
        self.env.cr.cache.pop(SHARED_IDS, None)

    @api.autovacuum
    def _gc_shares(self):
        """Drop what ended long ago, and what hangs on records deleted in SQL."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=KEPT_DAYS)
        self.search([("expires_at", "<", limit)], limit=1000).unlink()
        for model in self.env["lottery.access"]._get_shared_models():
            if model not in self.env:
                continue
            shares = self.search([("model", "=", model)], limit=10_000)
            kept = set(self.env[model].browse(shares.mapped("res_id")).exists().ids)
            shares.filtered(lambda share, kept=kept: share.res_id not in kept).unlink()
