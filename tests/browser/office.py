"""A back-office user over the web client's own calls; and the code from the outbox."""

import re
import subprocess
import time
import unicodedata

import requests

CODE = re.compile(r"\b(\d{6})\b")


def read_pdf(path):
    """Return the Chinese text of a PDF without blanks.

    Digits and Latin letters of the prints are drawn from a web font and are no text.
    """
    text = subprocess.run(
        ["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True
    ).stdout
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


class Refused(Exception):
    """The server answered with an error meant for its user."""


class Office:
    def __init__(self, base_url, database, login, password):
        self.base_url, self.login = base_url, login
        self.session = requests.Session()
        self.rpc(
            "/web/session/authenticate",
            {"db": database, "login": login, "password": password},
        )

    def rpc(self, path, params):
        answer = self.session.post(
            self.base_url + path,
            json={"jsonrpc": "2.0", "method": "call", "params": params},
            timeout=60,
        )
        answer.raise_for_status()
        body = answer.json()
        if "error" in body:
            error = body["error"]
            raise Refused((error.get("data") or {}).get("message") or error["message"])
        return body.get("result")

    def call(self, model, method, *args, **kwargs):
        return self.rpc(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": list(args), "kwargs": kwargs},
        )

    def find(self, model, domain, names, **kwargs):
        """Rows of a search."""
        return self.call(model, "search_read", domain, names, **kwargs)

    def read(self, model, record_id, *names):
        """One row; many2one fields as ids."""
        [row] = self.call(model, "read", [record_id], list(names), load=None)
        return row

    def await_value(self, model, record_id, name, wanted, seconds=60):
        """Wait until a field has a value, e.g. until ILMS has answered."""
        end = time.monotonic() + seconds
        while (found := self.read(model, record_id, name)[name]) != wanted:
            if time.monotonic() > end:
                raise AssertionError(f"{model}.{name} is {found}, not {wanted}")
            time.sleep(0.25)

    def newest_message(self):
        """Id of the newest short message, 0 when there is none."""
        rows = self.call("lottery.sms.message", "get_local_outbox", 1)
        return rows[0]["id"] if rows else 0

    def read_code(self, phone, after, seconds=30):
        """The one-time code sent to a phone since a message.

        :param after: id of the last message that does not count
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for row in self.call("lottery.sms.message", "get_local_outbox", 20):
                code = CODE.search(row["body"] or "")
                if row["id"] > after and row["phone"].endswith(phone[-11:]) and code:
                    return code[1]
            time.sleep(0.2)
        raise AssertionError(f"no code for {phone}")
