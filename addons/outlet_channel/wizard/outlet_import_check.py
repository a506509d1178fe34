"""What an imported row of outlets is judged by: look-ups in batches, then rules."""

import re
from itertools import islice

from ..const import OPENED_STATES
from ..engine import identity, sealing

_SEPARATORS = re.compile(r"[;；,，、]")
BATCH = 1_000


def split_names(text):
    """Return the names of a cell with several.

    >>> split_names("旗舰； 新店;")
    ['旗舰', '新店']
    """
    return [name.strip() for name in _SEPARATORS.split(text or "") if name.strip()]


class OutletImportCheck:
    """Look-ups and rules of one file.

    Memory holds one batch of rows and, over the whole file, the numbers that must not
    come twice. Records of other units are looked up too: their numbers are taken, and
    the fault says no more than that.
    """

    def __init__(self, env):
        self.env = env
        self.branch_ids = {}
        self.branch_lines = {}
        self.tag_ids = {}
        self.tag_units = {}
        self.specialists = {}
        self.outlet_ids = {}
        self.outlet_states = {}
        self.hidden_numbers = set()
        self.owner_ids = {}
        self.owner_names = {}
        self.taken_logins = set()
        self.terminal_outlets = {}
        self.card_phones = {}
        self.seen = {"number": {}, "owner": {}, "card": {}, "terminal": {}}
        self._load_fixed()

    def run(self, rows):
        """Yield ``(row, column, value, reason)``; reads ``rows`` to the end."""
        rows = iter(rows)
        while batch := list(islice(rows, BATCH)):
            self.load([values for _row, values in batch])
            for row, values in batch:
                for column, reason in self._judge(row, values):
                    yield row, column, values[column], reason

    # === LOOK-UPS === #

    def _load_fixed(self):
        """Units, tags and staff: few, and the same for each batch."""
        env = self.env
        for branch in env["lottery.branch"].search([]):
            self.branch_ids[branch.code] = branch.id
            path = branch.sudo().parent_path  # ids of units above, not their data
            self.branch_lines[branch.code] = {int(i) for i in path.split("/") if i}
        for tag in env["lottery.tag"].search(
            [("model", "=", "lottery.outlet"), ("kind", "=", "manual")]
        ):
            # units that the set was granted to may lie out of sight
            set_sudo = tag.set_id.sudo()
            self.tag_ids[tag.name] = tag.id
            self.tag_units[tag.name] = set(
                (set_sudo.branch_id | set_sudo.granted_branch_ids).ids
                if set_sudo.branch_id
                else ()
            )
        for user in env["res.users"].search([("share", "=", False)]):
            units = set(user.sudo().branch_ids.ids)  # of a colleague who is visible
            self.specialists[user.login] = user.id, units

    def load(self, rows):
        """Look up what the records know of these rows."""
        env = self.env
        numbers = [values["number"] for values in rows]
        outlets_sudo = env["lottery.outlet"].sudo()
        every = outlets_sudo.search_fetch(
            [("number", "in", numbers)], ["number", "state"]
        )
        visible = env["lottery.outlet"].search([("id", "in", every.ids)])
        self.hidden_numbers = set((every - visible.sudo()).mapped("number"))
        self.outlet_ids = {o.number: o.id for o in visible.sudo()}
        self.outlet_states = {o.number: o.state for o in visible.sudo()}
        self._load_owners([v["owner_phone"] for v in rows if v["owner_phone"]])
        self._load_cards([v["id_card"] for v in rows if v["id_card"]])
        terminals = {n for v in rows for n in split_names(v["terminals"])}
        self.terminal_outlets = {
            device.number: device.outlet_id.number
            for device in env["lottery.outlet.terminal"]
            .sudo()
            .search([("number", "in", list(terminals))])
        }

    def _load_owners(self, phones):
        owners_sudo = (
            self.env["res.partner"]
            .sudo()
            .with_context(active_test=False)
            .search_fetch(
                [("phone", "in", phones), ("is_outlet_owner", "=", True)],
                ["phone", "name"],
            )
        )
        self.owner_ids = {owner.phone: owner.id for owner in owners_sudo}
        self.owner_names = {owner.phone: owner.name for owner in owners_sudo}
        users_sudo = (
            self.env["res.users"]
            .sudo()
            .with_context(active_test=False)
            .search([("login", "in", phones)])
        )
        self.taken_logins = {
            user.login
            for user in users_sudo
            if user.partner_id.id != self.owner_ids.get(user.login)
        }

    def _load_cards(self, cards):
        self.card_phones = {}
        valid = [c for c in map(identity.normalize_id_card, cards) if c]
        if not valid:
            return
        try:
            digests = {
                sealing.digest(card, "res.partner.id_card_number"): card
                for card in valid
            }
        except sealing.KeyMissing as error:
            raise self.env["res.partner"]._error_no_key() from error
        people_sudo = (
            self.env["res.partner"]
            .sudo()
            .search([("id_card_number_digest", "in", list(digests))])
        )
        self.card_phones = {
            digests[person.id_card_number_digest]: person.phone
            for person in people_sudo
        }

    # === RULES === #

    def _judge(self, row, values):
        """Yield ``(column, reason)`` of each fault of a row."""
        if values["branch"] not in self.branch_ids:
            yield "branch", self.env._("no unit of yours has this code")
            return
        yield from self._judge_number(row, values)
        yield from self._judge_place(values)
        yield from self._judge_owner(row, values)
        yield from self._judge_card(row, values)
        yield from self._judge_staff_and_tags(values)
        yield from self._judge_terminals(row, values)

    def _judge_number(self, row, values):
        number = values["number"]
        first = self.seen["number"].setdefault(number, row)
        if first != row:
            yield "number", self.env._("stands in row %(row)s already", row=first)
        if number in self.hidden_numbers:
            yield "number", self.env._("belongs to an outlet of another unit")
        state = self.outlet_states.get(number)
        if state and values["state"] and values["state"] != state:
            yield (
                "state",
                self.env._("the state of a known outlet isn't changed by a file"),
            )

    def _judge_place(self, values):
        latitude, longitude = values["latitude"], values["longitude"]
        if (latitude is None) != (longitude is None):
            column = "latitude" if latitude is None else "longitude"
            yield column, self.env._("give both latitude and longitude")

    def _judge_owner(self, row, values):
        phone, name = values["owner_phone"], values["owner_name"]
        is_new = values["number"] not in self.outlet_ids
        if not phone:
            if is_new and (values["state"] or "active") in OPENED_STATES:
                yield (
                    "owner_phone",
                    self.env._("must be filled: it is the owner's login"),
                )
            if name:
                yield (
                    "owner_phone",
                    self.env._("must be filled beside the owner's name"),
                )
            return
        if phone in self.taken_logins:
            yield "owner_phone", self.env._("is the login of another user")
        known_name = self.owner_names.get(phone)
        if not known_name and not name:
            yield (
                "owner_name",
                self.env._("must be filled: this mobile is not on record"),
            )
        if known_name and name and name != known_name:
            yield "owner_name", self.env._("this mobile is on record with another name")
        if name:
            first_row, first_name = self.seen["owner"].setdefault(phone, (row, name))
            if first_name != name:
                yield (
                    "owner_name",
                    self.env._(
                        "row %(row)s has this mobile with another name", row=first_row
                    ),
                )

    def _judge_card(self, row, values):
        if values["commission_card"] and not identity.normalize_bank_card(
            values["commission_card"]
        ):
            yield (
                "commission_card",
                self.env._("not a bank card number (12 to 19 digits)"),
            )
        if not values["id_card"]:
            return
        card = identity.normalize_id_card(values["id_card"])
        if not card:
            yield "id_card", self.env._("not a valid ID number")
            return
        phone = values["owner_phone"]
        if self.card_phones.get(card, phone) != phone:
            yield "id_card", self.env._("is recorded for a person with another mobile")
        first_row, first_phone = self.seen["card"].setdefault(card, (row, phone))
        if first_phone != phone:
            yield (
                "id_card",
                self.env._("row %(row)s has it for another mobile", row=first_row),
            )

    def _judge_staff_and_tags(self, values):
        line = self.branch_lines[values["branch"]]
        if login := values["specialist"]:
            units = self.specialists.get(login, (None, set()))[1]
            if not units & line:
                yield (
                    "specialist",
                    self.env._("no user of the unit or above has this login"),
                )
        for name in split_names(values["tags"]):
            if name not in self.tag_ids:
                yield "tags", self.env._("no tag is called “%(tag)s”", tag=name)
            elif self.tag_units[name] and not self.tag_units[name] & line:
                yield "tags", self.env._("“%(tag)s” belongs to another unit", tag=name)

    def _judge_terminals(self, row, values):
        for number in split_names(values["terminals"]):
            place = self.terminal_outlets.get(number)
            if place and place != values["number"]:
                yield (
                    "terminals",
                    self.env._("%(device)s stands elsewhere", device=number),
                )
            first = self.seen["terminal"].setdefault(number, row)
            if first != row:
                yield (
                    "terminals",
                    self.env._(
                        "%(device)s stands in row %(row)s already",
                        device=number,
                        row=first,
                    ),
                )
