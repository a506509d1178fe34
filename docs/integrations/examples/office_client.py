"""Change requests, approvals and tags over JSON-2.

    export LOTTERY_URL=http://127.0.0.1:8069 LOTTERY_DATABASE=lottery
    export LOTTERY_KEY=<API key of the account that acts>
    python3 office_client.py ask OUTLET FIELD VALUE REASON
    python3 office_client.py withdraw REQUEST
    python3 office_client.py inbox
    python3 office_client.py approve REQUEST [COMMENT]
    python3 office_client.py reject REQUEST REASON
    python3 office_client.py trail REQUEST
    python3 office_client.py tag OUTLET TAG

`ask` wants a field of an outlet changed and submits it; it is written when the last
level has approved. REQUEST is the number that `ask` prints. Who may ask and decide is
what the web client says of the account.
"""

import json
import sys
import urllib.error

from json2_client import connect, read_outlet

REQUESTS = "lottery.change.request"


def find_request(lottery, number):
    [request] = lottery.call(
        REQUESTS,
        "search_read",
        domain=[["name", "=", number]],
        fields=["name", "approval_state", "approval_id"],
        load="",
    )
    return request


def ask(lottery, number, field, value, reason):
    outlet = read_outlet(lottery, number)
    wish = {
        "model": "lottery.outlet",
        "res_id": outlet["id"],
        "reason": reason,
        "proposal": {field: value},
    }
    ids = lottery.call(REQUESTS, "create", vals_list=[wish])
    lottery.call(REQUESTS, "action_submit_approval", ids=ids)
    [request] = lottery.call(
        REQUESTS, "read", ids=ids, fields=["name", "approval_state"]
    )
    print("asked", request["name"], request["approval_state"])


def inbox(lottery):
    """What waits for the account, with the deadline of each."""
    runs = lottery.call(
        "lottery.approval",
        "search_read",
        domain=[["can_review", "=", True]],
        fields=["display_name", "model", "res_id", "applicant_id", "waiting_for"],
    )
    for run in runs:
        print("waits", run["display_name"], run["applicant_id"][1])


def decide(lottery, verb, number, **words):
    request = find_request(lottery, number)
    lottery.call(REQUESTS, verb, ids=[request["id"]], **words)
    print("state", number, find_request(lottery, number)["approval_state"])


def approve(lottery, number, comment=None):
    decide(lottery, "action_approve", number, comment=comment)


def reject(lottery, number, reason):
    decide(lottery, "action_reject", number, reason=reason)


def withdraw(lottery, number):
    decide(lottery, "action_withdraw", number)


def trail(lottery, number):
    request = find_request(lottery, number)
    events = lottery.call(
        "lottery.approval.event",
        "search_read",
        domain=[["approval_id", "=", request["approval_id"]]],
        fields=["kind", "user_id", "happened_at", "comment"],
        order="id",
    )
    for event in events:
        print("event", event["happened_at"], event["kind"], event["comment"] or "")


def tag(lottery, number, name):
    """Give an outlet a tag; `[[3, id]]` would take it away."""
    outlet = read_outlet(lottery, number)
    [found] = lottery.call(
        "lottery.tag", "search_read", domain=[["name", "=", name]], fields=["name"]
    )
    lottery.call(
        "lottery.outlet",
        "write",
        ids=[outlet["id"]],
        vals={"lottery_tag_ids": [[4, found["id"]]]},
    )
    tagged = lottery.call(
        "lottery.outlet",
        "search_count",
        domain=[["lottery_tag_ids", "in", [found["id"]]]],
    )
    print("tagged", number, found["name"], tagged)


if __name__ == "__main__":
    verbs = (ask, inbox, approve, reject, withdraw, trail, tag)
    by_name = {verb.__name__: verb for verb in verbs}
    try:
        by_name[sys.argv[1]](connect(), *sys.argv[2:])
    except urllib.error.HTTPError as error:
        raise SystemExit(
            f"refused {error.code} {json.load(error)['message']}"
        ) from None
