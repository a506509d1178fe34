from odoo import api, fields, models
from odoo.exceptions import UserError

MAX_PACKS = 10_000


class InstantPackChange(models.TransientModel):
    """Report packs lost, damaged, stolen, recalled, found or returned (IT-WHS-05)."""

    _name = "instant.pack.change"
    _description = "Change of Packs"

    pack_ids = fields.Many2many("instant.pack", string="Chosen Packs")
    game_id = fields.Many2one(
        "instant.game", help="Name a range of serials instead of single packs."
    )
    serial_from = fields.Integer(string="From Serial")
    serial_to = fields.Integer(string="To Serial")
    pack_count = fields.Integer(compute="_compute_pack_count", string="Number of Packs")
    state = fields.Selection(
        selection="_selection_target", string="New State", required=True
    )
    evidence_needed = fields.Char(compute="_compute_evidence_needed", string="Needed")
    reason = fields.Char()
    reference = fields.Char(
        string="Document Number", help="Number of the police report or other document."
    )
    ticket_from = fields.Integer(
        string="From Ticket",
        help="Only a part of the pack: number of the first ticket.",
    )
    ticket_to = fields.Integer(string="To Ticket")
    attachment_ids = fields.Many2many(
        "ir.attachment", string="Photos and Documents", bypass_search_access=True
    )

    @api.model
    def _selection_target(self):
        """States to which somebody like this user may take packs by hand."""
        steps_sudo = self.env["instant.pack.transition"].sudo()  # rules are common
        allowed = set(
            steps_sudo.search(
                [("group_ids", "in", self.env.user.all_group_ids.ids)]
            ).mapped("to_id.code")
        )
        names = self.env["instant.pack.state"]._get_selection()
        return [(code, name) for code, name in names if code in allowed]

    @api.depends("pack_ids", "game_id", "serial_from", "serial_to")
    def _compute_pack_count(self):
        for change in self:
            change.pack_count = len(change._find_packs())

    @api.depends("state", "pack_ids", "game_id", "serial_from", "serial_to")
    def _compute_evidence_needed(self):
        steps = self.env["instant.pack.transition"]
        labels = dict(steps._fields["evidence"]._description_selection(self.env))
        for change in self:
            found = {
                steps._get_step(state, change.state).evidence
                for state in set(change._find_packs().mapped("state"))
            }
            change.evidence_needed = ", ".join(
                labels[kind] for kind in sorted(filter(None, found))
            )

    def _find_packs(self):
        """The packs meant: those named, and those of the range."""
        self.ensure_one()
        packs = self.pack_ids._origin
        if self.game_id and self.serial_from:
            packs |= self.env["instant.pack"].search(
                [
                    ("game_id", "=", self.game_id.id),
                    ("serial", ">=", self.serial_from),
                    ("serial", "<=", self.serial_to or self.serial_from),
                ],
                limit=MAX_PACKS + 1,
            )
        return packs

    @api.constrains("serial_from", "serial_to", "ticket_from", "ticket_to")
    def _check_ranges(self):
        for change in self:
            if change.serial_to and change.serial_to < change.serial_from:
                raise UserError(self.env._("The last serial is before the first."))
            if change.ticket_to < change.ticket_from or change.ticket_from < 0:
                raise UserError(self.env._("The last ticket is before the first."))

    def action_apply(self):
        self.ensure_one()
        packs = self._find_packs()
        if not packs:
            raise UserError(self.env._("Name the packs or a range of serials."))
        if len(packs) > MAX_PACKS:
            raise UserError(
                self.env._("At most %(max)s packs are changed at once.", max=MAX_PACKS)
            )
        self._check_tickets(packs)
        packs.action_change(
            self.state, reason=self.reason, evidence=self._prepare_evidence()
        )
        self._keep_files(packs)
        return packs._get_records_action(name=self.env._("Pack Ledger"))

    def _keep_files(self, packs):
        """Hang the files uploaded here on the first pack; nobody can take them away."""
        own = self.attachment_ids.filtered(
            lambda file: not file.res_id or file.res_model == self._name
        )
        own.check_access("write")
        own.sudo().write(  # nobody writes packs, so nobody may attach to them
            {"res_model": packs._name, "res_id": packs[:1].id}
        )

    def _check_tickets(self, packs):
        if not self.ticket_to:
            return
        if len(packs) != 1:
            raise UserError(self.env._("A range of tickets is part of one pack."))
        size = packs.game_id.tickets_per_pack
        if self.ticket_to >= size:
            raise UserError(
                self.env._(
                    "The tickets of this pack are numbered 0 to %(last)s.",
                    last=size - 1,
                )
            )

    def _prepare_evidence(self):
        evidence = {}
        if self.reference:
            evidence["reference"] = self.reference
        if self.attachment_ids:
            evidence["attachment_ids"] = self.attachment_ids.ids
        if self.ticket_to:
            evidence["ticket_from"] = self.ticket_from
            evidence["ticket_to"] = self.ticket_to
        return evidence
