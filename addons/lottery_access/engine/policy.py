"""What several roles together may do, and with which records. No database.

Roles add up (PF-SEC-03): an operation is refused only where every role that has it
refuses it, and the widest scope among the roles that have it counts.
"""

from typing import NamedTuple

# Each within the next. "rules" is what the record rules of the code say: the own units
# and all below, with what the model counts as common.
SCOPES = ("own", "unit", "below", "rules", "all")

# Scope of a role that sets none, by the object's default: (see, change).
DEFAULTS = {
    "private": ("own", "own"),
    "public_read": ("rules", "own"),
    "public_write": ("rules", "rules"),
}


OPEN = "public_write"  # what objects are at first


class Setting(NamedTuple):
    """What one role sets for one object; empty means: as the code says."""

    denied: frozenset = frozenset()
    allowed: frozenset = frozenset()
    see: str = ""
    change: str = ""


class Role(NamedTuple):
    """A role with the groups it holds and what it sets, by name of the model."""

    id: int
    group_id: int
    groups: frozenset
    settings: dict
    hidden_menus: frozenset

    def get(self, model):
        return self.settings.get(model, NOTHING)


class Object(NamedTuple):
    """A model as the screens of permissions know it."""

    default: str
    owner_fields: tuple
    branch_field: str


class Standing(NamedTuple):
    """The roles of a user, and the groups held beside them."""

    roles: tuple
    loose: frozenset


NOTHING = Setting()


def get_scope(setting, default, operation):
    """Return the scope of one role for one operation.

    >>> get_scope(Setting(), "public_read", "read")
    'rules'
    >>> get_scope(Setting(), "public_read", "write")
    'own'
    >>> get_scope(Setting(see="unit"), "private", "unlink")
    'unit'
    >>> get_scope(Setting(see="all", change="own"), "public_write", "create")
    'own'
    >>> get_scope(Setting(change="own"), "public_write", "read")
    'rules'
    """
    see, change = DEFAULTS[default]
    if setting.see:
        see = change = setting.see
    if operation == "read":
        return see
    return setting.change or change


def widest(scopes):
    """Return what the scopes amount to: one of the wide ones, or all narrow ones.

    >>> sorted(widest(["own", "unit", "own"]))
    ['own', 'unit']
    >>> widest(["own", "all", "rules"])
    frozenset({'all'})
    >>> widest(["rules", "below"])
    frozenset({'rules'})
    >>> widest([])
    frozenset({'rules'})
    """
    scopes = frozenset(scopes)
    for wide in ("all", "rules"):
        if wide in scopes or not scopes:
            return frozenset({wide if scopes else "rules"})
    return scopes


def is_wider(scope, other):
    """
    >>> is_wider("all", "own"), is_wider("own", "own"), is_wider("unit", "below")
    (True, False, False)
    """
    return SCOPES.index(scope) > SCOPES.index(other)
