import re

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

# What owners may ask for. Owner, specialist, unit and position are the staff's; people,
# card and devices are told in words (`correction`).
OWNER_FIELDS = (
    "name",
    "county",
    "town",
    "street",
    "address",
    "opening_hours",
    "licence_number",
    "licence_expiry",
    "contract_number",
    "contract_expiry",
    "correction",
)
MAX_LINE = 120
MAX_WORDS = 500
SHOWN_REQUESTS = 5
_OWN_FIELDS = {"by_owner", "specialist_id"}
# Bank and ID-card numbers, in one piece or by fours; phones are shorter.
_LONG_NUMBER = re.compile(r"\d{14,}|(?:\d{4}[ -]){3,}\d")


class LotteryChangeRequest(models.Model):
    """Owners ask for changes of their outlet's data (IT-POR-08)."""

    _inherit = "lottery.change.request"

    by_owner = fields.Boolean(
        "Asked by the Owner",
        readonly=True,
        copy=False,
        help="Sent from the owner's own page.",
    )
    specialist_id = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="In charge of the outlet when the request was made; looks at an owner's "
        "request first.",
    )

    _owner_pending_uniq = models.UniqueIndex(
        "(model, res_id) WHERE by_owner AND approval_state = 'pending'",
        "The owner has asked already.",
    )

    # === CRUD METHODS === #

    @api.model
    def _prepare_target_values(self, target):
        values = super()._prepare_target_values(target)
        # empty as well: nobody types these
        specialist = target._name == "lottery.outlet" and target.sudo().specialist_id
        return {
            **values,
            "by_owner": self.env.user.share,
            "specialist_id": specialist.id if specialist else False,
        }

    def write(self, vals):
        if vals.keys() & _OWN_FIELDS:
            raise UserError(
                self.env._("Record: a change request stays with its record.")
            )
        return super().write(vals)

    # === THE OWNER'S DOOR === #

    @api.model
    def _ask_as_owner(self, outlet, values, reason):
        """Ask for a change of the outlet as its owner, once (IT-POR-08).

        :param outlet: `lottery.outlet`, found as the owner
        :param dict values: what was typed, by the names in `OWNER_FIELDS`
        :raise UserError: names field and rule; nothing is kept then
        """
        wanted = self._prepare_owner_values(outlet, values)
        reason = (reason or "").strip()
        self._check_words("reason", reason)
        if self._find_owner_requests(outlet, pending=True):
            self._refuse_second()
        try:
            with self.env.cr.savepoint():
                request_sudo = self._propose(
                    outlet, wanted, reason or self.env._("Asked on the owner's page")
                )
                request_sudo.flush_recordset()
        except UniqueViolation:  # the button was pressed twice
            self._refuse_second()
        return request_sudo

    def _refuse_second(self):
        raise UserError(
            self.env._(
                "Your last request is still being checked. Take it back first, or wait "
                "for the answer."
            )
        )

    @api.model
    def _prepare_owner_values(self, outlet, values):
        wanted = {}
        for name, text in values.items():
            if name not in self._get_owner_fields():
                raise ValidationError(
                    self.env._("%(field)s: can't be changed on request.", field=name)
                )
            wanted[name] = text.strip()
            self._check_words(name, wanted[name], outlet)
        if wanted.get("correction"):
            # what was taken over before and is not corrected yet stays
            told = filter(None, (outlet.correction, wanted["correction"]))
            wanted["correction"] = "\n".join(told)
        else:
            wanted.pop("correction", None)
        return wanted

    @api.model
    def _get_owner_fields(self):
        """Return what owners may ask for of the fields that are open to requests."""
        registered = self.env["lottery.change.model"]._find("lottery.outlet")
        names = registered._get_names() if registered else ()
        return [name for name in OWNER_FIELDS if name in names]

    @api.model
    def _check_words(self, name, text, outlet=None):
        field = self._fields[name] if outlet is None else outlet._fields[name]
        label = field._description_string(self.env)
        most = MAX_WORDS if field.type == "text" else MAX_LINE
        if len(text) > most:
            raise ValidationError(
                self.env._(
                    "%(field)s: at most %(count)s characters.", field=label, count=most
                )
            )
        if field.type == "text" and _LONG_NUMBER.search(text):
            raise ValidationError(
                self.env._(
                    "%(field)s: don't write ID-card or bank-card numbers here; your "
                    "specialist asks for them.",
                    field=label,
                )
            )

    @api.model
    def _find_owner_requests(self, outlet, request_id=None, pending=False):
        """Return (sudo) what the user asked for this outlet, newest first."""
        domain = [
            ("model", "=", "lottery.outlet"),
            ("res_id", "=", outlet.id),
            ("user_id", "=", self.env.uid),
        ]
        if request_id is not None:
            domain.append(("id", "=", request_id))
        if pending:
            domain.append(("approval_state", "=", "pending"))
        # owners have no rights on requests; these are their own, of an own outlet
        return self.sudo().search(domain, limit=SHOWN_REQUESTS)

    def _prepare_owner_rows(self):
        """Return what the owner's page shows of these requests, plain data."""
        return [
            {
                "id": request.id,
                "name": request.name,
                "made_at": request.create_date,
                "state": request.approval_state,
                "reason": request.approval_reason
                if request.approval_state == "rejected"
                else "",
                "lines": [
                    {
                        "label": line.label,
                        "old": line.old_text or "—",
                        "new": line.new_text or "—",
                    }
                    for line in request.line_ids
                ],
            }
            for request in self
        ]


class LotteryApproval(models.Model):
    _inherit = "lottery.approval"

    def _notify_people(self, code, users, values=None):
        """Owners are told in their own words, and of the end only (IT-POR-08)."""
        owners = users.filtered("share")
        if owners and code == "decided" and self.model == "lottery.change.request":
            self.env["lottery.notification"]._notify(
                "outlet.change_decided",
                owners,
                record=self.env[self.model].sudo().browse(self.res_id),
                values=values,
            )
        return super()._notify_people(code, users - owners, values)
