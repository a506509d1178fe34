"""What all calls share: refusals, checks of members, pages."""

PAGE = 1000


class Refusal(Exception):
    """ILMS says no; ``facts`` go into the answer beside code and message."""

    def __init__(self, code: str, message: str, **facts):
        super().__init__(message)
        self.answer = {"code": code, "message": message, **facts}


class Malformed(Exception):
    """The request lacks a member or has one of a wrong type."""


def member(payload: dict, name: str, kind: type):
    value = payload.get(name)
    if type(value) is not kind:
        raise Malformed(f"{name}: {kind.__name__} expected")
    return value


def positive(payload: dict, name: str) -> int:
    value = member(payload, name, int)
    if value <= 0:
        raise Malformed(f"{name}: above zero expected")
    return value


def parse_label(text) -> tuple[str, int]:
    game, _dash, serial = str(text).rpartition("-")
    if not game or not serial.isdecimal():
        raise Malformed(f"no pack label: {text}")
    return game, int(serial)


def page_size(payload: dict) -> int:
    return max(1, min(int(payload.get("limit", PAGE)), PAGE))


def find_account(db, outlet: str):
    row = db.execute("SELECT * FROM account WHERE outlet = ?", (outlet,)).fetchone()
    if row is None:
        raise Refusal("OUTLET_UNKNOWN", f"outlet {outlet} is not known")
    if row["closed"]:
        raise Refusal("OUTLET_CLOSED", f"outlet {outlet} is closed")
    return row


def account_facts(row) -> dict:
    return {
        "payment": row["payment"],
        "instant": row["instant"],
        "frozen": row["frozen"],
    }
