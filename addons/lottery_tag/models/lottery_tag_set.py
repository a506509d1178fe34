from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

TAG_ADMIN = "lottery_base.group_branch_admin"


class LotteryTagSet(models.Model):
    """Tags of one kind for one type of object (PF-TAG-01).

    A set of a unit is used by the records of that unit and of those below it, and seen
    there, in the units it is granted to (and below those) and above. A set without a
    unit is common.
    """

    _name = "lottery.tag.set"
    _description = "Tag Set"
    _inherit = ["mail.thread"]
    _order = "sequence, name, id"

    name = fields.Char(required=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    model = fields.Selection(
        "_selection_model",
        string="Object",
        required=True,
        index=True,
        help="Type of the records that carry these tags; fixed once the set has tags.",
    )
    model_id = fields.Many2one(
        "ir.model",
        compute="_compute_model_id",
        store=True,
        ondelete="cascade",
        index=True,
    )
    choice = fields.Selection(
        [("multi", "Any Number of Tags"), ("single", "One Tag at a Time")],
        required=True,
        default="multi",
        tracking=True,
        help="With one tag at a time a new tag takes the place of the old one; of "
        "automatic tags the first in order wins.",
    )
    kind = fields.Selection(
        [("manual", "By Hand"), ("automatic", "By Rule")],
        required=True,
        default="manual",
        tracking=True,
    )
    branch_id = fields.Many2one(
        "lottery.branch",
        string="Unit",
        index=True,
        ondelete="restrict",
        default=lambda self: self._default_branch_id(),
        tracking=True,
        help="Empty: common to all units; only the centre makes such sets.",
    )
    granted_branch_ids = fields.Many2many(
        "lottery.branch",
        "lottery_tag_set_granted_rel",
        "set_id",
        "branch_id",
        string="Granted To",
        help="Other units that use the set too, with the units below them.",
    )
    note = fields.Text(string="Description")
    tag_ids = fields.One2many("lottery.tag", "set_id", string="Tags")
    tag_count = fields.Integer(string="Number of Tags", compute="_compute_tag_count")
    record_count = fields.Integer(
        string="Tags in Use",
        compute="_compute_record_count",
        help="Tags on the records that you may see.",
    )

    _name_uniq = models.UniqueIndex(
        "(model, name, COALESCE(branch_id, 0))",
        "Name: the unit has a set of this name for these objects already.",
    )

    @api.model
    def _selection_model(self):
        names = self.env.registry["lottery.tag.mixin"]._inherit_children
        return [
            (name, self.env["ir.model"]._get(name).name or name)
            for name in sorted(names)
            if not self.env.registry[name]._abstract
        ]

    def _default_branch_id(self):
        user = self.env.user
        return False if user.branch_is_centre else user.branch_id

    # === COMPUTE METHODS === #

    @api.depends("model")
    def _compute_model_id(self):
        for tag_set in self:
            name = tag_set.model
            tag_set.model_id = name and self.env["ir.model"].sudo()._get(name)

    @api.depends("tag_ids")
    def _compute_tag_count(self):
        counts = dict(
            self.env["lottery.tag"]._read_group(
                [("set_id", "in", self.ids)], ["set_id"], ["__count"]
            )
        )
        for tag_set in self:
            tag_set.tag_count = counts.get(tag_set, 0)

    def _compute_record_count(self):
        for tag_set in self:
            tag_set.record_count = sum(tag_set.tag_ids.mapped("record_count"))

    # === CONSTRAINTS === #

    @api.constrains("branch_id", "granted_branch_ids")
    def _check_branch_id(self):
        for tag_set in self:
            if not tag_set.branch_id and tag_set.sudo().granted_branch_ids:
                raise ValidationError(
                    self.env._(
                        "Granted to: “%(name)s” is common, every unit uses it already.",
                        name=tag_set.name,
                    )
                )

    def _is_centre(self):
        return self.env.su or self.env.user.branch_is_centre

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_common(vals)
        return super().create(vals_list)

    def write(self, vals):
        self.env["lottery.branch"]._check_reach(vals.get("branch_id"))
        self._check_common(vals)
        self._check_fixed(vals)
        stopping = "active" in vals and self.filtered(
            lambda tag_set: tag_set.active != bool(vals["active"])
        )
        if stopping and not vals["active"]:
            stopping.tag_ids.write({"active": False})
        result = super().write(vals)
        if stopping and vals["active"]:
            stopping._start_tags()
        if "choice" in vals:
            self._apply_choice()
        if vals.keys() & {"branch_id", "granted_branch_ids"}:
            self._drop_strange_links()
        return result

    def _drop_strange_links(self):
        """Take the tags off the records of units that do not use the set any more."""
        # those records are out of the sight of who changes the set
        for tag_set in self.sudo().with_context(active_test=False):
            scope = tag_set._get_scope()
            if not scope.is_true():
                model = tag_set.env[tag_set.model]
                ids = model._search(~scope).select(model._get_res_id_sql())
                tag_set.env["lottery.tag.link"]._remove(
                    tag_set.model, tag_set.tag_ids, ids
                )

    def _check_common(self, vals):
        """Rules judge what was there before: common sets are the centre's to make."""
        if "branch_id" in vals and not vals["branch_id"] and not self._is_centre():
            raise AccessError(
                self.env._("Unit: only the centre makes common sets; name your unit.")
            )

    def _check_fixed(self, vals):
        """Object and kind are what the tags stand on."""
        for tag_set in self.with_context(active_test=False):
            changed = {
                name
                for name in ("model", "kind")
                if name in vals and vals[name] != tag_set[name]
            }
            if changed and tag_set.sudo().tag_ids:
                raise UserError(
                    self.env._(
                        "“%(name)s” has tags: its object and its kind stay as they "
                        "are. Make another set.",
                        name=tag_set.name,
                    )
                )

    def _start_tags(self):
        """Start the tags again that were stopped together with the set."""
        for tag_set in self.with_context(active_test=False):
            stopped = tag_set.tag_ids.filtered(lambda tag: not tag.active)
            last = max(stopped.mapped("stopped_at"), default=None)
            stopped.filtered(lambda tag, last=last: tag.stopped_at == last).write(
                {"active": True}
            )

    def _apply_choice(self):
        """Let the index on single-choice links know."""
        links = self.env["lottery.tag.link"]
        for choice, sets in self.grouped("choice").items():
            links._set_exclusive(sets, choice == "single")

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self.with_context(active_test=False).tag_ids.unlink()

    # === ACTIONS === #

    def action_make_common(self):
        """Promote sets of units to common ones (转为公共标签); the centre's right."""
        self.check_access("write")
        if not self._is_centre():
            raise AccessError(
                self.env._("Only the centre makes a unit's tags common ones.")
            )
        self.write({"branch_id": False, "granted_branch_ids": [(5,)]})

    def action_open_tags(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "lottery_tag.lottery_tag_action"
        )
        return {
            **action,
            "domain": [("set_id", "=", self.id)],
            "context": {"default_set_id": self.id, "active_test": False},
        }

    def action_open_statistics(self):
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "lottery_tag_statistics",
            "name": self.env._("Tag Statistics: %(name)s", name=self.name),
            "params": {"set_id": self.id},
        }

    # === BUSINESS METHODS === #

    def _get_scope(self):
        """Return the domain of the records that the set's tags are for."""
        self.ensure_one()
        return self.env[self.model]._get_tag_scope(
            (self.sudo().branch_id | self.sudo().granted_branch_ids)
            if self.sudo().branch_id
            else None
        )
