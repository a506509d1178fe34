#!/usr/bin/env python3
"""Usage: tools/hygiene.py

What may not be in the repository: mirrors' host names, addresses of downloads, secrets,
paths of one machine, addons without translations or tests, links that lead nowhere.
Prints each finding; exit code 1 when there is one.
"""

import configparser
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# A secret's value, not its name: long hexadecimal after a sign of assignment.
SECRET = re.compile(
    r"(?i)(password|secret|token|_key|pepper)\w*[\"']?\s*[=:]\s*[\"']?[0-9a-f]{24,}\b"
)
PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
HOME_PATH = re.compile(r"(?<![\w.$}/-])/(?:root|home/[a-z]\w*|work)/[\w.-]")
# The one lock file may quote package names that look like anything.
SKIPPED = {"package-lock.json", "LICENSE"}


def run(*command: str) -> str:
    """Output of a command; empty when it is not there or fails."""
    try:
        return subprocess.run(
            command, capture_output=True, text=True, timeout=20, check=False, cwd=ROOT
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def tracked_files() -> dict[str, str]:
    """:return: name -> text of every text file git knows or would take"""
    names = run("git", "ls-files", "-co", "--exclude-standard", "-z").split("\0")
    texts = {}
    for name in filter(None, names):
        path = ROOT / name
        if path.is_file() and not path.is_symlink():
            try:
                texts[name] = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
    return texts


def hosts_of(text: str) -> set[str]:
    """Host names of the addresses in a text.

    >>> sorted(hosts_of("a https://user@mirror.example:80/x file:///opt http://localhost"))
    ['mirror.example']
    """
    found = re.findall(r"[a-z]+://([^/\s\"']+)", text)
    hosts = {host.rpartition("@")[2].partition(":")[0] for host in found}
    return {host for host in hosts if "." in host and not host.startswith("127.")}


def registry_hosts() -> set[str]:
    """Hosts this machine fetches packages from, asked from the tools themselves."""
    configuration = run("pip", "config", "list") + run(
        "npm", "config", "get", "registry"
    )
    configuration += run("apt-get", "indextargets", "--format", "$(REPO_URI)\n")
    hosts = hosts_of(configuration)
    for name in ("/etc/pip.conf", "~/.pypirc"):
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read(pathlib.Path(name).expanduser())
        except configparser.Error:
            continue
        for section in parser.values():
            hosts |= hosts_of(" ".join(section.values()))
    return hosts


def text_findings(texts: dict[str, str], hosts: set[str]) -> list[str]:
    """Findings inside files.

    >>> text_findings({"a": "x = 1"}, {"mirror.example"})
    []
    >>> text_findings({"a": "see mirror.example/simple"}, {"mirror.example"})
    ["a: a package mirror's host name"]
    """
    findings = []
    for name, text in texts.items():
        if any(host in text for host in hosts):
            findings.append(f"{name}: a package mirror's host name")
        if name.endswith("package-lock.json") and '"resolved"' in text:
            findings.append(f"{name}: addresses of downloads")
        if pathlib.Path(name).name in SKIPPED:
            continue
        # Tests may calculate with keys of their own.
        sample = "/tests/" in name or name.startswith("tests/")
        if PRIVATE_KEY.search(text) or (not sample and SECRET.search(text)):
            findings.append(f"{name}: looks like a secret")
        if match := HOME_PATH.search(text):
            findings.append(f"{name}: a path of one machine ({match[0]}…)")
    return findings


def addon_findings(addons: pathlib.Path) -> list[str]:
    """Every addon has Chinese texts without gaps, and tests."""
    import polib

    findings = []
    for manifest in sorted(addons.glob("*/__manifest__.py")):
        addon = manifest.parent
        chinese = addon / "i18n" / "zh_CN.po"
        if not (addon / "tests" / "__init__.py").is_file():
            findings.append(f"{addon.name}: no tests")
        if not chinese.is_file():
            findings.append(f"{addon.name}: no i18n/zh_CN.po")
            continue
        catalogue = polib.pofile(str(chinese))
        gaps = catalogue.untranslated_entries() + catalogue.fuzzy_entries()
        if gaps:
            sample = gaps[0].msgid.splitlines()[0]
            findings.append(
                f"{addon.name}: {len(gaps)} texts without Chinese ({sample})"
            )
    return findings


def dangling_links(tree: pathlib.Path) -> list[str]:
    """Links that lead nowhere make every page of the web client answer 500."""
    return [
        f"{path}: leads nowhere"
        for path in tree.rglob("*")
        if path.is_symlink() and not path.exists()
    ]


def main() -> int:
    """:return: exit code"""
    findings = text_findings(tracked_files(), registry_hosts())
    findings += addon_findings(ROOT / "addons")
    for site in ROOT.glob("var/venv/lib/python3*/site-packages/odoo"):
        findings += dangling_links(site)
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--help"]:
        print(__doc__)
        sys.exit()
    sys.exit(main())
