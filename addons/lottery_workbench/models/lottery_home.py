from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..engine.home import HomeCard, HomeChart, arrange

LINES = 8
MAX_SHORTCUTS = 24


class LotteryHome(models.AbstractModel):
    """The home page: everything it shows in one call (PF-WRK-03).

    Nothing is read as superuser: a figure the user could not open does not appear.
    """

    _name = "lottery.home"
    _description = "Home Page"

    # === DOORS === #

    @api.model
    @api.readonly
    def get_page(self):
        self._check_reader()
        cards = self.env["lottery.home.card"]
        items = cards._get_items()
        preference = self._get_preference()
        codes, menus = self._get_default(items)
        shown = arrange(list(items), preference.item_choice or [], codes)
        if preference.menu_choice:
            menus = preference.menu_choice["ids"]
        return {
            "cards": [
                self._describe_card(items[code])
                for code in shown
                if isinstance(items[code], HomeCard)
            ],
            "charts": [
                self._describe_chart(items[code])
                for code in shown
                if isinstance(items[code], HomeChart)
            ],
            "menus": menus,
            "activities": self._get_activities(),
            "events": self._get_events(),
            "announcements": self._get_announcements(),
            "choices": [
                {"code": code, "title": items[code].title, "shown": code in shown}
                for code in [*shown, *(code for code in items if code not in shown)]
            ],
            "adjusted": bool(preference),
        }

    @api.model
    def open_item(self, code, key=None):
        """Return the action behind a card, or behind a point of a chart."""
        self._check_reader()
        cards = self.env["lottery.home.card"]
        item = cards._get_items().get(code)
        if not item:
            raise UserError(self.env._("This figure is not among yours."))
        return cards._get_action(item, key)

    @api.model
    def set_items(self, items):
        """Keep which figures and charts are shown, in the order given."""
        self._check_reader()
        known = self.env["lottery.home.card"]._get_items()
        kept = [
            {"code": row["code"], "shown": bool(row["shown"])}
            for row in items
            if row["code"] in known
        ]
        self._write_preference({"item_choice": kept})
        return True

    @api.model
    def set_menus(self, menu_ids):
        """Keep the user's shortcuts, in the order given."""
        self._check_reader()
        visible = self.env["ir.ui.menu"]._visible_menu_ids()
        kept = [int(menu_id) for menu_id in menu_ids if int(menu_id) in visible]
        ids = list(dict.fromkeys(kept))[:MAX_SHORTCUTS]
        # a bare empty list would be stored as nothing: "none" is a choice too
        self._write_preference({"menu_choice": {"ids": ids}})
        return True

    @api.model
    def reset(self):
        """Back to what the role's layout says."""
        self._check_reader()
        self._get_preference().unlink()
        return True

    @api.model
    def remind_me(self, summary, day):
        """Make a to-do of the user's own, not tied to a record."""
        self._check_reader()
        summary = str(summary or "").strip()
        if not summary:
            raise UserError(self.env._("Say what to remind you of."))
        try:
            deadline = fields.Date.to_date(day)
        except ValueError:
            deadline = False
        if not deadline:
            raise UserError(self.env._("“Day” is not a date."))
        activity = self.env["mail.activity"].create(
            {
                "summary": summary[:200],
                "date_deadline": deadline,
                "user_id": self.env.uid,
                "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
            }
        )
        return activity.id

    # === WORK === #

    @api.model
    def _check_reader(self):
        if not self.env.user._is_internal():
            raise AccessError(self.env._("The home page is for staff."))

    @api.model
    def _get_preference(self):
        return self.env["lottery.home.preference"].search(
            [("user_id", "=", self.env.uid)]
        )

    @api.model
    def _write_preference(self, values):
        if preference := self._get_preference():
            preference.write(values)
        else:
            self.env["lottery.home.preference"].create(values)

    @api.model
    def _get_default(self, items):
        """What the role's layout says; all of them where it says nothing."""
        roles = self.env.user._get_home_roles()
        codes, menus = self.env["lottery.home.layout"]._get_default(roles)
        return codes or list(items), menus

    @api.model
    def _describe_card(self, card):
        return {
            "code": card.code,
            "title": card.title,
            "value": self.env["lottery.home.card"]._read_card(card),
            "unit": card.unit,
            "tone": card.tone,
            "icon": card.icon,
        }

    @api.model
    def _describe_chart(self, chart):
        return {
            "code": chart.code,
            "title": chart.title,
            "kind": chart.kind,
            "unit": chart.unit,
            "points": self.env["lottery.home.card"]._read_chart(chart),
        }

    @api.model
    def _get_activities(self):
        today = fields.Date.context_today(self)
        return [
            {
                "id": row.id,
                "summary": row.summary or row.activity_type_id.name or "",
                "record": row.res_name or "",
                "model": row.res_model,
                "res_id": row.res_id,
                "deadline": fields.Date.to_string(row.date_deadline),
                "late": row.date_deadline < today,
                "today": row.date_deadline == today,
            }
            for row in self.env["mail.activity"].search(
                [("user_id", "=", self.env.uid)], order="date_deadline, id", limit=LINES
            )
        ]

    @api.model
    def _get_events(self):
        """Today's entries of the user's own calendar."""
        today = fields.Date.context_today(self)
        cards = self.env["lottery.home.card"]
        start, end = cards._get_bounds("calendar.event", "start", today, today)
        domain = (
            Domain("partner_ids", "in", self.env.user.partner_id.ids)
            & Domain("start", "<", end)
            & Domain("stop", ">=", start)
        )
        return [
            {
                "id": row.id,
                "name": row.name,
                "start": fields.Datetime.to_string(row.start),
                "allday": row.allday,
                "location": row.location or "",
            }
            for row in self.env["calendar.event"].search(
                domain, order="start, id", limit=LINES
            )
        ]

    @api.model
    def _get_announcements(self):
        announcements = self.env["lottery.announcement"]
        rows = announcements.search(announcements._get_reader_domain(), limit=LINES)
        kinds = dict(announcements._fields["kind"]._description_selection(self.env))
        return [
            {
                "id": row.id,
                "name": row.name,
                "kind": kinds[row.kind],
                "pinned": row.pinned,
                "read": row.is_read,
                "published_at": fields.Datetime.to_string(row.published_at),
            }
            for row in rows
        ]
