from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine import geo
from ..engine.near import DEFAULT_RADIUS_KM, parse_near

ROAD_FACTOR_PARAMETER = "outlet_channel.road_factor"
DEFAULT_ROAD_FACTOR = 1.3


class LotteryOutlet(models.Model):
    """Where an outlet is, how far from the warehouse city and from its neighbours."""

    _inherit = "lottery.outlet"

    county = fields.Char(tracking=True, index="btree_not_null")
    town = fields.Char(help="Town or township (乡镇).")
    street = fields.Char()
    address = fields.Char(
        string="Full Address", tracking=True, index="trigram", help="As on parcels."
    )
    latitude = fields.Float(digits=(9, 6), help="WGS-84 degrees north.")
    longitude = fields.Float(digits=(9, 6), help="WGS-84 degrees east.")
    distance_km = fields.Float(
        string="Distance (km)",
        digits=(8, 1),
        compute="_compute_distance_km",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        aggregator="avg",
        help="By road from the prefecture's city; decides the delivery time. Estimated "
        "from the coordinates unless set by hand.",
    )
    distance_manual = fields.Boolean(
        string="Distance by Hand",
        tracking=True,
        help="Keep the distance as typed instead of the estimate.",
    )
    near = fields.Char(
        compute="_compute_near",
        search="_search_near",
        help="Outlet number or “latitude,longitude”, then kilometres (2 if left out).",
    )
    neighbour_count = fields.Integer(
        compute="_compute_neighbour_count",
        string="Neighbours",
        help="Outlets in operation within 2 km.",
    )

    # Read by _search_near through the bounding box.
    _position_idx = models.Index("(latitude, longitude) WHERE latitude <> 0")
    _latitude_range = models.Constraint(
        "CHECK(latitude BETWEEN -90 AND 90)", "Latitude lies between -90 and 90."
    )
    _longitude_range = models.Constraint(
        "CHECK(longitude BETWEEN -180 AND 180)", "Longitude lies between -180 and 180."
    )
    _distance_positive = models.Constraint(
        "CHECK(distance_km >= 0)", "A distance can't be negative."
    )

    # === COMPUTE METHODS === #

    # Coordinates of the unit above are watched by lottery.branch.write: the chain of
    # parents can't be said in depends.
    @api.depends("latitude", "longitude", "branch_id", "distance_manual")
    def _compute_distance_km(self):
        estimated = self.filtered(lambda o: not o.distance_manual)
        if not estimated:
            return
        factor = self._get_road_factor()
        origins = estimated.branch_id._get_distance_origins()
        for outlet in estimated:
            outlet.distance_km = geo.road_km(
                origins.get(outlet.branch_id.id, (0.0, 0.0)),
                (outlet.latitude, outlet.longitude),
                factor,
            )

    def _compute_near(self):
        self.near = False

    def _search_near(self, operator, value):
        """Find outlets within a radius: the index narrows to a box, the formula of
        ``engine.geo.great_circle_km`` decides."""
        if operator not in ("ilike", "=", "like"):
            return NotImplemented
        near = parse_near(value)
        if not near:
            raise UserError(
                self.env._(
                    "Near “%(text)s”: type an outlet number or latitude,longitude and "
                    "the kilometres, e.g. 6501010001 2.",
                    text=value,
                )
            )
        centre = near.position or self._get_position(near.number)
        if not centre:
            return Domain.FALSE
        return self._get_circle_domain(*centre, near.radius_km)

    @api.model
    def _get_position(self, number):
        """Return the coordinates of an outlet that the user may see, else None."""
        outlet = self.search([("number", "=", number)], limit=1)
        if not geo.is_located(outlet.latitude, outlet.longitude):
            return None
        return outlet.latitude, outlet.longitude

    @api.model
    def _get_circle_domain(self, latitude, longitude, radius_km):
        south, north, west, east = geo.bounding_box(latitude, longitude, radius_km)

        def to_sql(model, alias, query):
            lat = model._field_to_sql(alias, "latitude", query)
            lng = model._field_to_sql(alias, "longitude", query)
            return SQL(
                "(2 * %(radius)s * asin(least(1, sqrt("
                "power(sin(radians(%(lat)s - %(lat0)s) / 2), 2)"
                " + cos(radians(%(lat0)s)) * cos(radians(%(lat)s))"
                " * power(sin(radians(%(lng)s - %(lng0)s) / 2), 2))))) <= %(km)s",
                radius=geo.EARTH_RADIUS_KM,
                lat=lat,
                lng=lng,
                lat0=latitude,
                lng0=longitude,
                km=radius_km,
            )

        return (
            Domain("latitude", "!=", 0)
            & Domain("latitude", ">=", south)
            & Domain("latitude", "<=", north)
            & Domain("longitude", ">=", west)
            & Domain("longitude", "<=", east)
            & Domain.custom(to_sql=to_sql)
        )

    @api.depends("latitude", "longitude")
    def _compute_neighbour_count(self):
        for outlet in self:  # shown on the form only: one outlet, one indexed query
            outlet.neighbour_count = (
                self.search_count(outlet._get_neighbour_domain())
                if geo.is_located(outlet.latitude, outlet.longitude)
                else 0
            )

    def _get_neighbour_domain(self):
        self.ensure_one()
        return (
            self._get_circle_domain(self.latitude, self.longitude, DEFAULT_RADIUS_KM)
            & Domain("id", "!=", self._origin.id or 0)
            & Domain("state", "in", ("opening", "active", "suspended"))
        )

    # === CONSTRAINTS === #

    @api.constrains("latitude", "longitude")
    def _check_position(self):
        for outlet in self:
            if bool(outlet.latitude) != bool(outlet.longitude):
                raise ValidationError(
                    self.env._("Coordinates: give both latitude and longitude.")
                )

    # === ACTIONS === #

    def action_open_map(self):
        """Hand the position to the map of the device."""
        self.ensure_one()
        if not geo.is_located(self.latitude, self.longitude):
            raise UserError(self.env._("The coordinates are not recorded yet."))
        position = f"{self.latitude:.6f},{self.longitude:.6f}"
        return {
            "type": "ir.actions.act_url",
            "url": f"geo:{position}?q={position}",
            "target": "self",
        }

    def action_view_neighbours(self):
        self.ensure_one()
        if not geo.is_located(self.latitude, self.longitude):
            raise UserError(self.env._("The coordinates are not recorded yet."))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "outlet_channel.lottery_outlet_action"
        )
        near = f"{self.latitude:.6f},{self.longitude:.6f} {DEFAULT_RADIUS_KM:g}"
        return {
            **action,
            "name": self.env._("Neighbours of %(outlet)s", outlet=self.display_name),
            "domain": [("near", "=", near), ("id", "!=", self.id)],
            "context": {},
        }

    # === BUSINESS METHODS === #

    def _get_full_address(self):
        """Return the address as written on parcels, its parts where there is none."""
        self.ensure_one()
        parts = (self.county, self.town, self.street)
        return self.address or " ".join(filter(None, parts))

    @api.model
    def _get_road_factor(self):
        """How much longer roads are than the straight line (a parameter, 1 to 5)."""
        text = (
            self.env["ir.config_parameter"]
            .sudo()  # a figure everybody's distances use
            .get_param(ROAD_FACTOR_PARAMETER, DEFAULT_ROAD_FACTOR)
        )
        try:
            factor = float(text)
        except ValueError:
            return DEFAULT_ROAD_FACTOR
        return factor if 1 <= factor <= 5 else DEFAULT_ROAD_FACTOR

    @api.model
    def _recompute_distances(self, domain):
        """Estimate anew the distances of the outlets of a domain, set-based."""
        outlets = self.search(Domain(domain) & Domain("distance_manual", "=", False))
        self.env.add_to_compute(self._fields["distance_km"], outlets)
