"""What every page must keep: no sideways scrolling, nothing axe-core calls serious."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = {"serious", "critical"}
WIDTHS = """
() => {
    const wide = document.documentElement.clientWidth;
    const beyond = [...document.querySelectorAll("body *")].filter((element) => {
        const box = element.getBoundingClientRect();
        return box.width && box.right > wide + 1 && getComputedStyle(element).position !== "fixed";
    });
    return {
        wide,
        scroll: document.documentElement.scrollWidth,
        beyond: beyond.slice(0, 3).map((element) => element.outerHTML.slice(0, 120)),
    };
}
"""


def check_width(page):
    """IT-POR-07: the page fits the screen."""
    seen = page.evaluate(WIDTHS)
    assert seen["scroll"] <= seen["wide"], f"{page.url} scrolls sideways: {seen}"


def check_access(page, scope=None):
    """IT-POR-07: no serious or critical finding of axe-core (WCAG 2.1 A and AA).

    :param scope: CSS selector of the part that is ours; None: the whole page
    """
    page.evaluate(AXE.read_text(encoding="utf-8"))
    findings = page.evaluate(
        "([scope, tags]) => axe.run(scope ? {include: [scope]} : document,"
        " {runOnly: tags}).then((result) => result.violations)",
        [scope, ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]],
    )
    grave = [
        f"{found['id']} ({found['impact']}): "
        + " | ".join(node["html"][:160] for node in found["nodes"][:3])
        for found in findings
        if found["impact"] in GRAVE
    ]
    assert not grave, f"{page.url}\n" + "\n".join(grave)
