"""Usage: tools/build_docs.py OUT DICTIONARY

Markdown to a site: one page per text, an index, and all of it on one page for the PDF.
DICTIONARY was written by tools/data_dictionary.py. Links between texts and to pictures
are turned from places in the repository into places in the site.
"""

import html
import pathlib
import posixpath
import re
import shutil
import sys

import markdown

ROOT = pathlib.Path(__file__).resolve().parent.parent
# The user guides, in the order somebody new reads them.
GUIDES = ("index", "owner", "order_desk", "warehouse", "administrator", "operations")
EXTENSIONS = ["tables", "fenced_code", "toc", "sane_lists"]
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
img { max-width: 100%; border: 1px solid #d5dbe3; border-radius: 6px; vertical-align: top;
      margin: .3rem .5rem .3rem 0; break-inside: avoid; }
a { color: #1a5fb4; } h1, h2, h3 { break-after: avoid; } tr { break-inside: avoid; }
/* read by people of sixty */
.zh_CN-owner { font-size: 18px; } .zh_CN-owner table { font-size: 1em; }
article { break-before: page; } article:first-of-type { break-before: auto; }
@media print { .back { display: none; } }
@page { size: A4; margin: 18mm 16mm; }
"""


def sources(dictionary: pathlib.Path) -> dict[str, tuple[str, str]]:
    """:return: page name -> (place in the repository, Markdown), in reading order"""
    guides = [f"docs/zh_CN/{name}.md" for name in GUIDES]
    others = sorted(
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "docs").rglob("*.md")
        if "_build" not in path.parts
    )
    places = ["README.zh_CN.md", *guides, *(p for p in others if p not in guides)]
    pages = {
        page_name(place): (place, (ROOT / place).read_text(encoding="utf-8"))
        for place in places
        if (ROOT / place).is_file()
    }
    pages["dictionary"] = ("", dictionary.read_text(encoding="utf-8"))
    return pages


def page_name(place: str) -> str:
    """
    >>> page_name("docs/zh_CN/owner.md"), page_name("README.zh_CN.md")
    ('zh_CN-owner', 'readme')
    """
    if place.startswith("README"):
        return "readme"
    return place.removeprefix("docs/").removesuffix(".md").replace("/", "-")


def relink(body: str, place: str, pages, target: str = "{}.html") -> str:
    """Turn links relative to a text's place into links inside the site.

    :param target: address of a page by its name
    >>> relink('<a href="../zh_CN/owner.md#x">', "docs/a/b.md", {"zh_CN-owner"})
    '<a href="zh_CN-owner.html#x">'
    >>> relink('<img src="../images/a.png">', "docs/zh_CN/owner.md", set())
    '<img src="images/a.png">'
    >>> relink('<a href="https://x.example/a.md">', "docs/a.md", set())
    '<a href="https://x.example/a.md">'
    """

    def replace(match):
        attribute, address = match.groups()
        path, _hash, anchor = address.partition("#")
        if ":" in path or not path:
            return match[0]
        full = posixpath.normpath(posixpath.join(posixpath.dirname(place), path))
        if full.startswith("docs/images/"):
            return f'{attribute}="{full.removeprefix("docs/")}"'
        if page_name(full) not in pages:
            return match[0]
        address = target.format(page_name(full))
        return f'{attribute}="{address}{"#" + anchor if anchor and "#" not in address else ""}"'

    return re.sub(r'(href|src)="([^"]+)"', replace, body)


def title_of(text: str) -> str:
    """
    >>> title_of("x\\n# One `two`\\n")
    'One two'
    """
    match = re.search(r"^# (.+)$", text, re.MULTILINE)
    return match[1].replace("`", "") if match else "?"


def page(title: str, body: str, name: str = "") -> str:
    """A whole HTML page; its name is a class for the style."""
    return (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head>"
        f'<body class="{name}">{body}</body></html>'
    )


def build(out: pathlib.Path, dictionary: pathlib.Path) -> None:
    """Write every page, the index and the page the PDF is printed from."""
    bodies, index = [], []
    pages = sources(dictionary)
    for name, (place, text) in pages.items():
        body = markdown.markdown(text, extensions=EXTENSIONS)
        title = title_of(text)
        back = '<p class="back"><a href="index.html">目录</a></p>'
        linked = relink(body, place, pages)
        (out / f"{name}.html").write_text(
            page(title, back + linked, name), encoding="utf-8"
        )
        index.append(f'<li><a href="{name}.html">{html.escape(title)}</a></li>')
        # anchors of headings may repeat between texts: a link leads to the text's begin
        inside = relink(body, place, pages, "#page-{}")
        bodies.append(f'<article id="page-{name}">{inside}</article>')
    listing = f"<h1>彩票运营套件</h1><ol>{''.join(index)}</ol>"
    (out / "index.html").write_text(page("文档", listing), encoding="utf-8")
    everything = f"<article>{listing}</article>{''.join(bodies)}"
    (out / "all.html").write_text(page("彩票运营套件", everything), encoding="utf-8")
    if (ROOT / "docs" / "images").is_dir():
        shutil.copytree(ROOT / "docs" / "images", out / "images")


if __name__ == "__main__":
    build(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
