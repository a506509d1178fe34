"""What the scenario found: a readable story, checks, figures, one JSON file."""

import json
import pathlib
import time


class Book:
    """Prints as it goes; `close()` writes the file and tells the exit code."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.started = time.monotonic()
        self.checks, self.figures = [], {}

    def chapter(self, title):
        self.say(f"== {title}")

    def say(self, text):
        print(f"[{time.monotonic() - self.started:7.1f} s] {text}", flush=True)

    def check(self, name, ok, detail=""):
        """Keep one statement that has to be true."""
        ok = bool(ok)
        self.checks.append({"name": name, "ok": ok, "detail": str(detail)[:2000]})
        self.say(
            f"{'ok  ' if ok else 'FAIL'} {name}{f': {detail}' if detail else ''}"[:400]
        )
        return ok

    def figure(self, name, value):
        self.figures[name] = round(value, 4) if isinstance(value, float) else value
        self.say(f"     {name} = {self.figures[name]}")

    def close(self):
        self.figures["seconds"] = round(time.monotonic() - self.started, 1)
        failed = [check["name"] for check in self.checks if not check["ok"]]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(
            json.dumps(
                {"checks": self.checks, "figures": self.figures},
                ensure_ascii=False,
                indent=1,
            ),
            encoding="utf-8",
        )
        print(
            f"{len(self.checks) - len(failed)} passed, {len(failed)} failed", flush=True
        )
        return 1 if failed or not self.checks else 0
