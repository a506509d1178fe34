"""Faults on demand, repeatable by their seed.

Whether a rule strikes is drawn from the seed, the rule, the request id and the number
of the attempt: the order in which parallel requests arrive does not matter.
"""

import fnmatch
import json
import random
import threading
from dataclasses import dataclass, field

# before: the books have not been touched; after: they have.
BEFORE = {"delay", "drop_before", "error_500", "restart_before", "reorder"}
PROCESS = {"duplicate"}
AFTER = {
    "drop_after",
    "restart_after",
    "bad_signature",
    "tamper",
    "truncate",
    "wrong_request_id",
}
KINDS = BEFORE | PROCESS | AFTER
DEFAULT_DELAY_MS = 500
DEFAULT_HOLD_MS = 300


@dataclass
class Struck:
    """Faults that apply to one attempt: kind -> rule."""

    rules: dict[str, dict] = field(default_factory=dict)

    def __contains__(self, kind: str) -> bool:
        return kind in self.rules

    @property
    def kinds(self) -> list[str]:
        return sorted(self.rules)

    def milliseconds(self, kind: str, default: int) -> float:
        return self.rules[kind].get("ms", default) / 1000


def check_rules(rules) -> list[dict]:
    """Refuse rules that would silently do nothing."""
    if not isinstance(rules, list):
        raise ValueError("rules: a list is expected")
    for rule in rules:
        if not isinstance(rule, dict) or rule.get("kind") not in KINDS:
            raise ValueError(f"kind: one of {', '.join(sorted(KINDS))}")
        if not 0 <= rule.get("probability", 1) <= 1:
            raise ValueError("probability: between 0 and 1")
        if set(rule) - {"kind", "probability", "api", "count", "ms"}:
            raise ValueError("known: kind, probability, api, count, ms")
    return rules


def strike(store, api: str, request_id: str, attempt: int, log_id: int) -> Struck:
    """Choose the faults of an attempt; rules with a count are used up by it."""
    seed, rules = store.faults()
    struck = Struck()
    for rule_id, rule in rules:
        if not fnmatch.fnmatchcase(api, rule.get("api", "*")):
            continue
        draw = random.Random(f"{seed}|{rule_id}|{request_id}|{attempt}").random()
        if draw >= rule.get("probability", 1):
            continue
        if "count" not in rule or store.take_fault(rule_id, rule["kind"], log_id):
            struck.rules[rule["kind"]] = rule
    return struck


def spoil(struck: Struck, answer: dict) -> bytes:
    """The answer as it goes over the line, damaged by the faults of this attempt."""
    if "wrong_request_id" in struck:
        answer = {**answer, "requestId": answer["requestId"][::-1] + "x"}
    if "bad_signature" in struck:
        answer = {**answer, "sign": "0" * len(answer["sign"])}
    if "tamper" in struck:
        middle = len(answer["data"]) // 2
        other = "A" if answer["data"][middle] != "A" else "B"
        data = answer["data"][:middle] + other + answer["data"][middle + 1 :]
        answer = {**answer, "data": data}
    body = json.dumps(answer).encode()
    return body[: len(body) // 2] if "truncate" in struck else body


class Overtaking:
    """Holds a request until a later one has been processed."""

    def __init__(self):
        self._condition = threading.Condition()
        self._processed = 0

    def processed(self) -> None:
        with self._condition:
            self._processed += 1
            self._condition.notify_all()

    def wait(self, seconds: float) -> None:
        with self._condition:
            seen = self._processed
            self._condition.wait_for(lambda: self._processed > seen, timeout=seconds)
