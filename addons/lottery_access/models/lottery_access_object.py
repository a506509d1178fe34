from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, ormcache, sql

from ..const import BRANCH, OPERATIONS

SUITE_CATEGORY = "base.module_category_lottery"
ROOT_MENU = "lottery_base.lottery_root_menu"


class LotteryAccessObject(models.Model):
    """A model as the screens of permissions show it, with its default (PF-SEC-03)."""

    _name = "lottery.access.object"
    _description = "Object of Permissions"
    _order = "app_sequence, app_menu_id, model_id, id"
    _rec_name = "name"

    model_id = fields.Many2one(
        comodel_name="ir.model", required=True, readonly=True, ondelete="cascade"
    )
    model = fields.Char(
        "Technical Name", related="model_id.model", store=True, index=True
    )
    name = fields.Char(related="model_id.name")
    app_menu_id = fields.Many2one(
        comodel_name="ir.ui.menu", string="App", readonly=True, ondelete="set null"
    )
    app_name = fields.Char("App Name", related="app_menu_id.name")
    app_sequence = fields.Integer(related="app_menu_id.sequence", store=True)
    default_access = fields.Selection(
        selection=[
            ("private", "Private"),
            ("public_read", "Public, read only"),
            ("public_write", "Public, read and write"),
        ],
        required=True,
        default="public_write",
        help="For roles that set no scope of their own. Private: everybody sees their "
        "own records. Public, read only: everybody sees the records of their units and "
        "changes their own. Public, read and write: as the units say.",
    )
    owner_field_ids = fields.Many2many(
        comodel_name="ir.model.fields",
        relation="lottery_access_object_owner_rel",
        column1="object_id",
        column2="field_id",
        string="Owners",
        domain="[('model_id', '=', model_id), ('relation', '=', 'res.users'), "
        "('store', '=', True), ('ttype', 'in', ('many2one', 'many2many'))]",
        help="Whoever stands in one of these fields owns the record.",
    )
    has_unit = fields.Boolean("By Unit", compute="_compute_has_unit")
    share_count = fields.Integer("Shares", compute="_compute_share_count")
    active = fields.Boolean(
        default=True, help="Without it no permission is set on the object."
    )

    _model_uniq = models.Constraint(
        "UNIQUE(model_id)", "Object: it is in the list already."
    )

    @api.depends("model")
    def _compute_has_unit(self):
        access = self.env["lottery.access"]
        for entry in self:
            entry.has_unit = entry.model in self.env and bool(
                access._get_branch_field(entry.model)
            )

    def _compute_share_count(self):
        # the administrator counts what the shares' rule would hide
        shares_sudo = self.env["lottery.access.share"].sudo()
        counts = dict(
            shares_sudo._read_group(
                [("model", "in", self.mapped("model"))], ["model"], ["__count"]
            )
        )
        for entry in self:
            entry.share_count = counts.get(entry.model, 0)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        entries = super().create(vals_list)
        self.env["lottery.access"]._forget()
        return entries

    def write(self, vals):
        self.env["lottery.access"]._check_administrator()
        before = {entry: entry._describe() for entry in self}
        result = super().write(vals)
        if vals.keys() & {"default_access", "owner_field_ids"}:
            self._index_owners()
        self.env["lottery.access"]._forget()
        self.env["lottery.journal"]._append_changes(
            "permission.default_changed", before, lambda entry: entry._describe()
        )
        return result

    def unlink(self):
        result = super().unlink()
        self.env["lottery.access"]._forget()
        return result

    def _describe(self):
        entry_sudo = self.sudo()
        return {
            "object": entry_sudo.model,
            "default": entry_sudo.default_access,
            "owners": sorted(entry_sudo.owner_field_ids.mapped("name")),
            "active": entry_sudo.active,
        }

    # === OBJECTS OF THE SUITE === #

    def _register_hook(self):
        """Take up models, roles and menus that came since the last start."""
        super()._register_hook()
        if sql.table_exists(self.env.cr, "lottery_access_menu"):
            self._sync()

    @api.model
    def _sync(self):
        """Make a row for every object, and one for each of them and every role.

        Rows that are there stay as they are; where nothing is missing nothing is
        written. Several workers may do it at once.
        """
        self._sync_objects()
        self.env["lottery.access.operation"]._sync()
        self.env["lottery.access.menu"]._sync()

    @api.model
    def _sync_objects(self):
        known = self._get_labels()
        missing = [name for name in self._get_suite_models() if name not in known]
        if not missing:
            return
        get_model_id = self.env["ir.model"]._get_id
        rows = [(get_model_id(name), name) for name in missing]
        created = self.env.execute_query(
            SQL(
                """INSERT INTO lottery_access_object
                       (model_id, model, default_access, active)
                   VALUES %s ON CONFLICT (model_id) DO NOTHING RETURNING id""",
                SQL(", ").join(
                    SQL("(%s, %s, 'public_write', true)", *row) for row in rows
                ),
            )
        )
        entries_sudo = self.sudo().browse(row[0] for row in created)
        entries_sudo._set_app()
        entries_sudo._set_owners()
        self.env["lottery.access"]._forget()

    @api.model
    def _get_suite_models(self):
        """Return the models the suite's roles work with, and what has units beside them.

        What no role of the staff reads (codes, providers) is the administrator's alone,
        and so are the settings of permissions.
        """
        own = set(self._get_suite_modules())
        access = self.env["lottery.access"]
        used = access._get_ceiling("read")
        return sorted(
            name
            for name, model in self.env.registry.items()
            if name in used
            and not model._abstract
            and not model._transient
            and model._original_module != "lottery_access"
            and (model._original_module in own or access._get_branch_field(name))
        )

    @api.model
    def _get_suite_modules(self):
        category = self.env.ref(SUITE_CATEGORY, raise_if_not_found=False)
        modules_sudo = self.env["ir.module.module"].sudo()
        return modules_sudo.search(
            [("category_id", "=", category.id if category else 0)]
        ).mapped("name")

    def _set_app(self):
        """The app is where the menus of the model's addon stand."""
        roots = dict(
            self.env.execute_query(
                SQL(
                    """SELECT DISTINCT ON (d.module) d.module,
                              split_part(m.parent_path, '/', 1)::int
                         FROM ir_model_data d JOIN ir_ui_menu m ON m.id = d.res_id
                        WHERE d.model = 'ir.ui.menu' AND m.parent_path <> ''
                     ORDER BY d.module, (m.parent_id IS NULL) DESC, m.id"""
                )
            )
        )
        fallback = self.env.ref(ROOT_MENU)
        closed = self.env["lottery.access.menu"]._get_closed_apps()
        for entry in self:
            root_id = roots.get(self.env[entry.model]._original_module)
            app = fallback.browse(root_id)
            entry.app_menu_id = fallback if not app or app in closed else app

    def _set_owners(self):
        """Who created a record owns it, and who is named on it as a user."""
        for entry in self:
            names = [
                name
                for name, field in self.env[entry.model]._fields.items()
                if field.type == "many2one"
                and field.comodel_name == "res.users"
                and field.store
                and name != "write_uid"
            ]
            entry.owner_field_ids = self.env["ir.model.fields"].search(
                [("model", "=", entry.model), ("name", "in", names)]
            )

    def _index_owners(self):
        """Give the owners' columns an index where somebody is kept to own records.

        Lists of own records would read the whole table otherwise.
        """
        for entry in self.sudo():
            model = self.env[entry.model]
            if not model._is_an_ordinary_table() or not entry._is_narrow():
                continue
            for field in entry.owner_field_ids:
                if field.ttype == "many2one":
                    index = sql.make_index_name(model._table, f"{field.name}_owner")
                    sql.create_index(
                        self.env.cr, index, model._table, [f'"{field.name}"']
                    )

    def _is_narrow(self):
        return self.default_access != "public_write" or bool(
            self.env["lottery.access.operation"].search_count(
                [
                    ("object_id", "=", self.id),
                    "|",
                    ("scope", "=", "own"),
                    ("scope_change", "=", "own"),
                ],
                limit=1,
            )
        )

    @api.model
    @ormcache("self.env.lang")
    def _get_labels(self):
        """Return the readable names of the objects by model."""
        return {
            entry.model: entry.name
            for entry in self.sudo().with_context(active_test=False).search(Domain.TRUE)
        }

    # === ACTIONS === #

    def action_open_shares(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "lottery_access.lottery_access_share_action"
        )
        return {**action, "domain": [("model", "=", self.model)], "context": {}}

    @api.model
    def _get_branch_of(self, record):
        """Return the unit of a record, empty where it has none."""
        name = self.env["lottery.access"]._get_branch_field(record._name)
        record_sudo = record.sudo()
        if name == "id":
            return record_sudo
        return record_sudo[name] if name else self.env[BRANCH].sudo()

    @api.model
    def _get_operation_labels(self):
        return dict(
            zip(
                OPERATIONS,
                (
                    self.env._("read"),
                    self.env._("change"),
                    self.env._("create"),
                    self.env._("delete"),
                ),
                strict=True,
            )
        )
