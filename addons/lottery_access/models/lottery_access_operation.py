from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..const import OPERATIONS, RIGHTS
from ..engine.policy import DEFAULTS, Setting, is_wider

STATES = [("inherit", "As the groups say"), ("allow", "Allowed"), ("deny", "Refused")]
SCOPES = [
    ("own", "Own records"),
    ("unit", "Own unit"),
    ("below", "Own unit and below"),
    ("all", "Everything"),
]


def _make_right(label, text):
    return fields.Selection(
        selection=STATES, string=label, required=True, default="inherit", help=text
    )


class LotteryAccessOperation(models.Model):
    """What one role does with one object, and with which records (PF-SEC-01)."""

    _name = "lottery.access.operation"
    _description = "Permission of a Role on an Object"
    _inherit = ["lottery.access.line"]
    _order = "object_id, role_id"
    _rec_name = "object_id"
    _access_event = "permission.operation_changed"
    _access_inner = frozenset({"acl_id"})

    object_id = fields.Many2one(
        comodel_name="lottery.access.object",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    app_name = fields.Char("App", related="object_id.app_menu_id.name")
    object_name = fields.Char("Object Name", related="object_id.name")
    has_unit = fields.Boolean(related="object_id.has_unit")
    default_access = fields.Selection(related="object_id.default_access")
    read_right = _make_right("Read", "Whether the role sees records of the object.")
    write_right = _make_right("Change", "Whether the role changes records.")
    create_right = _make_right("Create", "Whether the role makes new records.")
    unlink_right = _make_right("Delete", "Whether the role deletes records.")
    export_right = _make_right("Export", "Whether the role takes records as a file.")
    approve_right = _make_right("Approve", "Whether the role decides on requests.")
    share_right = _make_right("Share", "Whether the role shares single records.")
    scope = fields.Selection(
        selection=SCOPES,
        string="Sees",
        help="Which records the role sees. Empty: as the object's default says, inside "
        "the units of the user. “Everything” goes beyond them.",
    )
    scope_change = fields.Selection(
        selection=SCOPES,
        string="Changes",
        help="Which records the role changes and deletes. Empty: those it sees.",
    )
    acl_id = fields.Many2one(
        comodel_name="ir.model.access",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="Access line that holds what this role is given beyond its groups.",
    )
    is_set = fields.Boolean(
        "Changed", compute="_compute_is_set", search="_search_is_set"
    )

    _role_object_uniq = models.Constraint(
        "UNIQUE(role_id, object_id)", "A role has one line for each object."
    )

    # === COMPUTE === #

    @api.depends(*(f"{right}_right" for right in RIGHTS), "scope", "scope_change")
    def _compute_is_set(self):
        for line in self:
            line.is_set = bool(
                line.scope
                or line.scope_change
                or any(line[f"{right}_right"] != "inherit" for right in RIGHTS)
            )

    def _search_is_set(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [
            *["|"] * (len(RIGHTS) + 1),
            ("scope", "!=", False),
            ("scope_change", "!=", False),
            *((f"{right}_right", "!=", "inherit") for right in RIGHTS),
        ]

    @api.model
    def _get_scope_labels(self):
        return dict(self._fields["scope"]._description_selection(self.env))

    # === CONSTRAINTS === #

    @api.constrains(*(f"{right}_right" for right in RIGHTS))
    def _check_ceiling(self):
        """Give what some role of the code has, nothing beyond."""
        access = self.env["lottery.access"]
        for line in self:
            for right in OPERATIONS:
                if line[f"{right}_right"] != "allow":
                    continue
                if line.object_id.model not in access._get_ceiling(right):
                    raise ValidationError(
                        self.env._(
                            "%(right)s: “%(object)s” gives this to no role; it cannot be "
                            "given by configuration.",
                            right=line._get_label(f"{right}_right"),
                            object=line.object_name,
                        )
                    )

    @api.constrains("scope", "scope_change")
    def _check_scope(self):
        for line in self:
            for name in ("scope", "scope_change"):
                line._check_scope_fits(name)
            see = line.scope or DEFAULTS[line.object_id.default_access][0]
            if line.scope_change and is_wider(line.scope_change, see):
                raise ValidationError(
                    self.env._(
                        "Changes: on “%(object)s” the role cannot change more than it "
                        "sees.",
                        object=line.object_name,
                    )
                )

    def _check_scope_fits(self, name):
        entry = self.object_id
        if self[name] in ("unit", "below") and not entry.has_unit:
            raise ValidationError(
                self.env._(
                    "%(field)s: “%(object)s” has no unit, so there are no records of a "
                    "unit.",
                    field=self._get_label(name),
                    object=entry.name,
                )
            )
        if self[name] == "own" and not entry.owner_field_ids:
            raise ValidationError(
                self.env._(
                    "%(field)s: “%(object)s” says nowhere whose a record is.",
                    field=self._get_label(name),
                    object=entry.name,
                )
            )

    def _get_label(self, name):
        return self._fields[name]._description_string(self.env)

    # === CRUD === #

    def unlink(self):
        # the role's access lines go with what they were given for
        self.sudo().acl_id.unlink()
        result = super().unlink()
        self.env["lottery.access"]._forget()
        return result

    # === OF A LINE === #

    def _get_base_rights(self, groups):
        access, model = self.env["lottery.access"], self.object_id.model
        given = {
            right
            for right in OPERATIONS
            if model in access._get_acl_models(groups, right)
        }
        return given | {
            right
            for right in ("export", "approve", "share")
            if access._has_right(groups, right)
        }

    def _get_ceiling_rights(self):
        access, model = self.env["lottery.access"], self.object_id.model
        open_ones = {
            right for right in OPERATIONS if model in access._get_ceiling(right)
        }
        return open_ones | {"export", "share"}

    def _describe(self):
        values = {f"{right}": self[f"{right}_right"] for right in RIGHTS}
        return {
            "role": self.role_id.name,
            "object": self.object_id.model,
            **{right: state for right, state in values.items() if state != "inherit"},
            "see": self.scope or "",
            "change": self.scope_change or "",
        }

    def _apply(self):
        """Write what is given beyond the groups as access lines of the role's group."""
        for line in self.sudo():
            values = {
                f"perm_{right}": line[f"{right}_right"] == "allow"
                for right in OPERATIONS
            }
            if not any(values.values()):
                line.acl_id.unlink()
            elif line.acl_id:
                line.acl_id.write(values)
            else:
                line.acl_id = (
                    self.env["ir.model.access"]
                    .sudo()
                    .create(
                        {
                            "name": f"{line.object_id.model} {line.role_id.name}",
                            "model_id": line.object_id.model_id.id,
                            "group_id": line.role_id.group_id.id,
                            **values,
                        }
                    )
                )
        if self.filtered(lambda line: "own" in (line.scope, line.scope_change)):
            self.object_id._index_owners()
        self.env["lottery.access"]._forget()

    # === READ BY THE RULES === #

    @api.model
    def _sync(self):
        """Make the missing lines of roles and objects."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """INSERT INTO lottery_access_operation (role_id, object_id, %s)
                   SELECT r.id, o.id, %s
                     FROM res_users_role r CROSS JOIN lottery_access_object o
                    WHERE NOT EXISTS (SELECT FROM lottery_access_operation l
                                       WHERE l.role_id = r.id AND l.object_id = o.id)
                   ON CONFLICT DO NOTHING""",
                SQL(", ").join(SQL.identifier(f"{right}_right") for right in RIGHTS),
                SQL(", ").join(SQL("'inherit'") for _right in RIGHTS),
            )
        )
        self.invalidate_model()
        self.env["res.users.role"].invalidate_model(["operation_ids"])

    @api.model
    def _read_settings(self):
        """Return ``{role id: {model: Setting}}`` of what differs from the code."""
        lines_sudo = self.sudo().search(
            [("is_set", "=", True), ("object_id.active", "=", True)]
        )
        settings = {}
        for line in lines_sudo:
            states = {right: line[f"{right}_right"] for right in RIGHTS}
            settings.setdefault(line.role_id.id, {})[line.object_id.model] = Setting(
                frozenset(right for right in RIGHTS if states[right] == "deny"),
                frozenset(right for right in RIGHTS if states[right] == "allow"),
                line.scope or "",
                line.scope_change or "",
            )
        return settings
