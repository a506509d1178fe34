"""The sealer's command line without a database."""

import os
import pathlib
import subprocess
import sys

SEALER = pathlib.Path(__file__).parents[2] / "tools" / "journal_sealer"


def run(*arguments, **environ):
    return subprocess.run(
        [sys.executable, SEALER, *arguments],
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_help_names_the_commands():
    answer = run("--help")
    assert answer.returncode == 0
    for word in ("verify", "resume", "LOTTERY_JOURNAL_HEAD_DIRS"):
        assert word in answer.stdout


def test_no_key_no_sealing():
    """PF-AUD-02: without its key the sealer says so and touches nothing."""
    answer = run("verify")
    assert answer.returncode == 1
    assert "LOTTERY_JOURNAL_ROW_KEY is not set" in answer.stderr


def test_short_key_is_refused():
    answer = run("verify", LOTTERY_JOURNAL_ROW_KEY="short")
    assert answer.returncode != 0
    assert "32 characters" in answer.stderr
