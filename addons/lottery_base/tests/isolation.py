"""The walk that proves isolation (PF-SEC-02) for every model of the suite.

`test_isolation.py` runs it in the fully installed database. A model is walked when it
has a stored ``branch_id``, or belongs to an addon of the suite, or has a factory. For
each the walk makes a record of one unit and opens every door as a user of a sibling
unit with all roles. It fails for a model without a rule, for one that nobody can make
a record of, and for one that says neither unit nor common.

An addon that brings models helps it in ``tests/isolation_records.py``::

    from odoo.addons.lottery_base.tests.isolation import common, create_record, factory

    common("instant.game", "games are on sale everywhere")

    @factory("lottery.outlet")
    def create_outlet(env, branch):
        return env["lottery.outlet"].create({"number": …, "branch_id": branch.id})

Factories are needed only where required fields do not suffice; ``create_record`` gives
a record of another model in the same unit. Rows of an SQL view are made in the table
below it and then searched.
"""

import base64
from importlib import import_module
from importlib.util import find_spec
from itertools import count

from odoo import fields
from odoo.models import MAGIC_COLUMNS
from odoo.modules.module import get_module_path

MODULE = "isolation_records"
MAX_DEPTH = 6

FACTORIES = {}
COMMON = {}
_numbers = count(1)


def factory(model):
    """Register ``function(env, branch) -> records`` as the maker of ``model``."""

    def register(function):
        FACTORIES[model] = function
        return function

    return register


def common(model, reason):
    """Declare that records of ``model`` are everybody's, and why."""
    if not reason:
        raise ValueError(f"{model}: say why it is common")
    COMMON[model] = reason


def load_records(env):
    """Import what the installed addons of the suite register."""
    for addon in get_suite_addons(env):
        name = f"odoo.addons.{addon}.tests.{MODULE}"
        if find_spec(f"odoo.addons.{addon}.tests") and find_spec(name):
            import_module(name)


def get_suite_addons(env):
    """Return the installed addons that lie beside this one."""
    root = get_module_path("lottery_base").rpartition("/")[0]
    return sorted(
        name
        for name in env.registry._init_modules
        if (get_module_path(name, display_warning=False) or "").rpartition("/")[0]
        == root
    )


def get_walked_models(env):
    """Return the names of the models whose records belong to a unit."""
    addons = set(get_suite_addons(env))
    return [
        name
        for name, model in sorted(env.registry.items())
        if not model._abstract
        and not model._transient
        and name not in COMMON
        and (name in FACTORIES or model._original_module in addons or has_branch(model))
    ]


def has_branch(model):
    field = model._fields.get("branch_id")
    return bool(
        field
        and field.type == "many2one"
        and field.comodel_name == "lottery.branch"
        and field.store
    )


def create_record(env, model, branch, depth=0):
    """Return a record of ``model`` in ``branch``, made by factory or by its fields.

    :raise AssertionError: the model needs a factory; the text says what is missing.
    """
    if model in FACTORIES:
        records = FACTORIES[model](env, branch)
    else:
        records = _create_generic(env, model, branch, depth)
    if not records:
        raise AssertionError(f"{model}: its factory made no record")
    env.flush_all()
    if has_branch(env.registry[model]) and records.branch_id != branch:
        raise AssertionError(
            f"{model}: the record lies in {records.branch_id.display_name}, not in "
            f"{branch.display_name}; register a factory"
        )
    return records


def _create_generic(env, model, branch, depth):
    if depth > MAX_DEPTH:
        raise AssertionError(f"{model}: required records nest too deep; use a factory")
    records = env[model]
    if not records._auto:
        raise AssertionError(f"{model}: a view of the database needs a factory")
    names = [
        name
        for name, field in records._fields.items()
        if field.required and field.store and name not in MAGIC_COLUMNS
    ]
    defaults = records.default_get(names)
    values = {
        name: _make_value(env, records._fields[name], branch, depth)
        for name in names
        if not defaults.get(name)
        and (not records._fields[name].compute or not records._fields[name].readonly)
        and not records._fields[name].inherited
    }
    if has_branch(env.registry[model]) and not records._fields["branch_id"].compute:
        values["branch_id"] = branch.id
    try:
        with env.cr.savepoint():
            return records.create(values)
    except Exception as error:
        raise AssertionError(
            f"{model}: required fields do not suffice ({error}); register a factory"
        ) from error


def _make_value(env, field, branch, depth):
    match field.type:
        case "many2one" if field.comodel_name == "lottery.branch":
            return branch.id
        case "many2one":
            return _make_link(env, field.comodel_name, branch, depth)
        case "many2one_reference":
            return branch.id
        case "char" | "text" | "html":
            if field.name in ("model", "res_model"):
                return "lottery.branch"
            return f"isolation {branch.code} {next(_numbers)}"
        case "selection":
            return field.get_values(env)[0]
        case "integer" | "float" | "monetary":
            return next(_numbers)
        case "date":
            return fields.Date.today()
        case "datetime":
            return fields.Datetime.now()
        case "binary" | "image":
            return base64.b64encode(b"isolation")
        case "json":
            return {}
    return False


def _make_link(env, comodel, branch, depth):
    walked = comodel in FACTORIES or has_branch(env.registry[comodel])
    if not walked and (found := env[comodel].search([], limit=1)):
        return found.id
    return create_record(env, comodel, branch, depth + 1)[:1].id
