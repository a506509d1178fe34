"""The envelope, taken from the connector: one description for both sides."""

import importlib.util
import sys
from pathlib import Path

_PATH = (
    Path(__file__).resolve().parents[2]
    / "addons/instant_ticket/engine/ilms_protocol.py"
)
# By path: importing the addon as a package would pull in all of Odoo.
_spec = importlib.util.spec_from_file_location("ilms_protocol", _PATH)
_module = importlib.util.module_from_spec(_spec)
sys.modules["ilms_protocol"] = _module
_spec.loader.exec_module(_module)

ANSWER = _module.ANSWER
REQUEST = _module.REQUEST
Call = _module.Call
Credentials = _module.Credentials
ProtocolError = _module.ProtocolError
canonical = _module.canonical
seal = _module.seal
unseal = _module.unseal
