from datetime import time, timedelta

import pytz

from odoo import api, fields, models

from ...engine.area import Area, match_area
from ...engine.departure import Run, next_departure

TICKET_KINDS = [
    ("own_driver", "Own driver"),
    ("partner_driver", "Partner driver"),
    ("coach_line", "Coach line"),
    ("courier", "Courier"),
    ("pickup", "Self pick-up"),
]
DEFAULT_TZ = "Asia/Shanghai"


class DeliveryCarrier(models.Model):
    """A way to deliver parcels of tickets in some areas of a prefecture."""

    _inherit = "delivery.carrier"

    ticket_kind = fields.Selection(
        TICKET_KINDS, help="Set: this method delivers parcels of tickets."
    )
    branch_id = fields.Many2one(
        "lottery.branch",
        index=True,
        string="Prefecture",
        help="Empty: used everywhere no other method fits.",
    )
    area_ids = fields.One2many("instant.delivery.area", "carrier_id", copy=True)
    run_ids = fields.One2many("instant.delivery.run", "carrier_id", copy=True)
    schedule_note = fields.Char(
        help="Schedule in words, where it cannot be put as departures."
    )
    area_note = fields.Char(help="What drivers and the desk have to know.")
    contact_name = fields.Char()
    contact_phone = fields.Char()
    lead_hours = fields.Integer(
        default=24, aggregator=None, help="From departure to the outlet."
    )

    @api.model
    def _match_outlet(self, branch, county, town):
        """Return the method for an address: its area's, else the default courier.

        :param branch: the outlet's unit; its prefecture decides the scheme
        :param str county: as the outlet's file has it
        :param str town: as the outlet's file has it
        """
        prefecture = branch._get_prefecture() or branch
        # sudo: the scheme of the own prefecture, asked for by owners too
        areas_sudo = (
            self.env["instant.delivery.area"]
            .sudo()
            .search(
                [("branch_id", "=", prefecture.id), ("carrier_id.active", "=", True)]
            )
        )
        key = match_area(
            [Area(area.carrier_id.id, area.name) for area in areas_sudo],
            county or "",
            town or "",
            prefecture.city or "",
        )
        return self.browse(key) if key else self._get_default_ticket_carrier()

    @api.model
    def _get_default_ticket_carrier(self):
        return self.sudo().search(
            [("branch_id", "=", False), ("ticket_kind", "=", "courier")], limit=1
        )

    def _next_departure(self, moment):
        """Return the next departure (UTC) at or after ``moment`` (UTC).

        A method without departures leaves at once.
        """
        self.ensure_one()
        runs = [
            Run(
                run.season,
                int(run.weekday) if run.weekday else None,
                time(*divmod(round(run.cutoff * 60), 60)),
            )
            for run in self.run_ids
        ]
        if not runs:
            return moment
        zone = pytz.timezone(self.env.company.partner_id.tz or DEFAULT_TZ)
        local = pytz.utc.localize(moment).astimezone(zone).replace(tzinfo=None)
        departure = next_departure(runs, local)
        if departure is None:
            return moment
        return zone.localize(departure).astimezone(pytz.utc).replace(tzinfo=None)

    def _expected_arrival(self, moment, outlet):
        """Return when a parcel ready at ``moment`` arrives at an outlet (UTC)."""
        self.ensure_one()
        hours = self._get_lead_hours(outlet)
        return self._next_departure(moment) + timedelta(hours=hours)

    def _get_lead_hours(self, outlet):
        """Hours from departure to an outlet: its area's own, else the method's."""
        slow = self.area_ids.filtered("lead_hours")
        areas = [Area(area.lead_hours, area.name) for area in slow]
        place = (outlet.county or "", outlet.town or "", self.branch_id.city or "")
        return match_area(areas, *place) or self.lead_hours


class InstantDeliveryRun(models.Model):
    """One regular departure of a method."""

    _name = "instant.delivery.run"
    _description = "Departure"
    _order = "carrier_id, season, weekday, cutoff"

    carrier_id = fields.Many2one(
        "delivery.carrier", required=True, index=True, ondelete="cascade"
    )
    branch_id = fields.Many2one(related="carrier_id.branch_id", store=True, index=True)
    season = fields.Selection(
        [
            ("all", "All year"),
            ("summer", "Summer (May to October)"),
            ("winter", "Winter (November to April)"),
        ],
        required=True,
        default="all",
    )
    weekday = fields.Selection(
        [
            ("0", "Monday"),
            ("1", "Tuesday"),
            ("2", "Wednesday"),
            ("3", "Thursday"),
            ("4", "Friday"),
            ("5", "Saturday"),
            ("6", "Sunday"),
        ],
        help="Empty: every day.",
    )
    cutoff = fields.Float(required=True, default=18.5, help="Parcels taken until.")

    _cutoff_in_day = models.Constraint(
        "CHECK(cutoff >= 0 AND cutoff < 24)", "The cut-off is a time of the day."
    )
