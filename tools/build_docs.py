"""Usage: tools/build_docs.py OUT

Markdown to a site: one page per text, an index, and all of it on one page for the PDF.
OUT/dictionary.md was written by tools/data_dictionary.py.
"""

import html
import pathlib
import re
import shutil
import sys

import markdown

ROOT = pathlib.Path(__file__).resolve().parent.parent
REQUIREMENT = re.compile(r"\b(?:PF|IT|OC|GP|MC|WC|PS)-[A-Z]{3}-\d{2}\b")
STYLE = """
body { font: 15px/1.7 "Noto Sans CJK SC", sans-serif; color: #1f2733; margin: 0 auto;
       max-width: 60rem; padding: 1.5rem; }
h1 { font-size: 1.7rem; } h2 { font-size: 1.25rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; font-size: .85rem; margin: .8rem 0; }
th, td { border: 1px solid #d5dbe3; padding: .3rem .5rem; text-align: left;
         vertical-align: top; overflow-wrap: anywhere; }
th { background: #f2f5f8; }
code, pre { font-family: "Noto Sans Mono CJK SC", monospace; font-size: .85em; }
pre { background: #f2f5f8; padding: .8rem; overflow-x: auto; white-space: pre-wrap; }
img { max-width: 100%; } a { color: #1a5fb4; }
article { break-before: page; } article:first-of-type { break-before: auto; }
@page { size: A4; margin: 18mm 16mm; }
"""


def requirement_table(root: pathlib.Path = ROOT) -> str:
    """Which tests quote which requirement, as Markdown."""
    found: dict[str, set[str]] = {}
    patterns = (
        "addons/*/tests/**/*.py",
        "addons/*/static/tests/**/*.js",
        "tests/**/*.py",
    )
    for pattern in patterns:
        for path in root.glob(pattern):
            for name in REQUIREMENT.findall(path.read_text(encoding="utf-8")):
                found.setdefault(name, set()).add(path.relative_to(root).as_posix())
    lines = ["# 需求与测试", "", "| 需求 | 测试 |", "|---|---|"]
    for name, paths in sorted(found.items()):
        lines.append(f"| {name} | {'、'.join(sorted(paths))} |")
    return "\n".join(lines)


def sources(out: pathlib.Path) -> dict[str, str]:
    """:return: page name -> Markdown, in reading order"""
    pages = {"readme": (ROOT / "README.zh_CN.md").read_text(encoding="utf-8")}
    for path in sorted((ROOT / "docs").rglob("*.md")):
        name = path.relative_to(ROOT / "docs").with_suffix("").as_posix()
        pages[name.replace("/", "-")] = path.read_text(encoding="utf-8")
    pages["requirements"] = requirement_table()
    pages["dictionary"] = (out / "dictionary.md").read_text(encoding="utf-8")
    return pages


def title_of(text: str) -> str:
    """
    >>> title_of("x\\n# One `two`\\n")
    'One two'
    """
    match = re.search(r"^# (.+)$", text, re.MULTILINE)
    return match[1].replace("`", "") if match else "?"


def page(title: str, body: str) -> str:
    """A whole HTML page."""
    return (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head>"
        f"<body>{body}</body></html>"
    )


def build(out: pathlib.Path) -> None:
    """Write every page, the index and the page the PDF is printed from."""
    bodies, index = [], []
    for name, text in sources(out).items():
        body = markdown.markdown(text, extensions=["tables", "fenced_code", "toc"])
        title = title_of(text)
        back = '<p><a href="index.html">目录</a></p>'
        (out / f"{name}.html").write_text(page(title, back + body), encoding="utf-8")
        index.append(f'<li><a href="{name}.html">{html.escape(title)}</a></li>')
        bodies.append(f"<article>{body}</article>")
    listing = f"<h1>彩票运营套件</h1><ol>{''.join(index)}</ol>"
    (out / "index.html").write_text(page("文档", listing), encoding="utf-8")
    everything = f"<article>{listing}</article>{''.join(bodies)}"
    (out / "all.html").write_text(page("彩票运营套件", everything), encoding="utf-8")
    for folder in ("images", "screenshots"):
        if (ROOT / "docs" / folder).is_dir():
            shutil.copytree(ROOT / "docs" / folder, out / folder)


if __name__ == "__main__":
    build(pathlib.Path(sys.argv[1]))
