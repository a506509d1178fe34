"""Usage: tools/service env python tools/data_dictionary.py DATABASE TARGET

Writes the data dictionary as Markdown: every stored model of the suite's addons with
its fields, read from the installed models, in Chinese.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from odoo_env import environment  # noqa: E402

import addons  # noqa: E402

KINDS = {
    "binary": "文件",
    "boolean": "是否",
    "char": "文本",
    "date": "日期",
    "datetime": "时间",
    "float": "数值",
    "html": "富文本",
    "image": "图片",
    "integer": "整数",
    "json": "结构",
    "many2many": "多对多",
    "many2one": "多对一",
    "many2one_reference": "记录编号",
    "monetary": "金额",
    "one2many": "一对多",
    "reference": "引用",
    "selection": "选项",
    "text": "长文本",
}
# Odoo gives these to every model.
COMMON = {"id", "display_name", "create_uid", "create_date", "write_uid", "write_date"}


def cell(text) -> str:
    """One cell of a Markdown table.

    >>> cell("a|b\\nc")
    'a\\\\|b c'
    """
    return " ".join(str(text or "").split()).replace("|", "\\|")


def field_row(name: str, field: dict) -> str:
    """One field as a row of the table."""
    kind = KINDS.get(field["type"], field["type"])
    if relation := field.get("relation"):
        kind += f" `{relation}`"
    if field["type"] == "selection":
        kind += "：" + "、".join(label for _value, label in field["selection"])
    notes = [
        text
        for text, applies in (
            ("必填", field.get("required")),
            ("计算", not field.get("store", True)),
        )
        if applies
    ]
    columns = (f"`{name}`", field["string"], kind, "、".join(notes), field.get("help"))
    return "| " + " | ".join(map(cell, columns)) + " |"


def model_section(model, own_modules: set[str]) -> list[str]:
    """One model; fields of a model the suite only extends are those it adds."""
    inherited = model._original_module not in own_modules
    fields = model.fields_get()
    rows = [
        field_row(name, field)
        for name, field in sorted(fields.items())
        if name not in COMMON
        and (not inherited or set(model._fields[name]._modules) & own_modules)
    ]
    if not rows:
        return []
    title = f"## {model._description} `{model._name}`"
    if inherited:
        title += "（扩展）"
    return [
        title,
        "",
        "| 字段 | 名称 | 类型 | 性质 | 说明 |",
        "|---|---|---|---|---|",
        *rows,
        "",
    ]


def main(database: str, target: str) -> None:
    """Write the dictionary of everything the suite's addons define."""
    own = set(addons.hashes())
    lines = ["# 数据字典", ""]
    with environment(database) as env:
        for name in sorted(env.registry):
            model = env[name]
            if model._abstract or model._transient or not model._auto:
                continue
            lines += model_section(model, own)
    pathlib.Path(target).write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
