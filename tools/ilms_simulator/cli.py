"""Command line of the simulator."""

import argparse
import ipaddress
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from .protocol import Credentials
from .server import Simulator
from .store import Store

RESTART_STATUS = 17
EPILOG = """\
environment:
  LOTTERY_ILMS_APPID, LOTTERY_ILMS_APP_SECRET, LOTTERY_ILMS_SIGN_SECRET (hex),
  LOTTERY_ILMS_CIPHER (aes-gcm | sm4-cbc)   as the connector has them
  LOTTERY_ILMS_SIM_TOKEN                    opens /sim/*; without it /sim/* is closed

addresses:
  POST /gw/{api}/{version}/   the open platform's calls
  GET  /health                200 when the store answers
  POST /sim/seed              games, accounts, ranges of packs
  GET  /sim/dump              accounts, stock, orders, broken equations
  GET  /sim/log?limit=N       what arrived, which faults were applied
  GET, POST, DELETE /sim/faults   {"seed": 7, "rules": [{"kind": …, "probability": …}]}
  POST /sim/account, /sim/activate, /sim/settle, /sim/game, /sim/restart, /sim/reset
Described in docs/integrations/ilms.md.
"""


def loopback(host: str) -> str:
    """The simulator prints money: it listens on this machine only."""
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        raise argparse.ArgumentTypeError("only a loopback address is allowed")
    return host


def parse(arguments) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="ilms_simulator",
        description="Simulator of ILMS with accounts, stock, orders and faults.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", type=loopback, default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    parser.add_argument("--store", type=Path, required=True, help="SQLite file")
    parser.add_argument(
        "--respawn",
        action="store_true",
        help="start again after a restart fault, where no supervisor does it; "
        "ends with the process that started it",
    )
    parser.add_argument(
        "--replay-window",
        type=int,
        default=300,
        metavar="S",
        help="refuse requests signed more than S seconds ago (default 300)",
    )
    return parser.parse_args(arguments)


def respawn(arguments: list[str]) -> int:
    """Keep one server running; ends with the process that started this one."""
    starter = os.getppid()
    command = [sys.executable, str(Path(__file__).parent), *arguments]
    command.remove("--respawn")
    child = None

    def stop(number, frame):
        if child is not None:
            child.terminate()
            child.wait()  # the port is free when this process has ended
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while True:
        child = subprocess.Popen(command)
        while (status := child.poll()) is None:
            if os.getppid() != starter:
                child.terminate()
                return child.wait()
            time.sleep(0.05)
        if status != RESTART_STATUS:
            return status


def main(arguments: list[str] | None = None) -> int:
    arguments = sys.argv[1:] if arguments is None else arguments
    options = parse(arguments)
    if options.respawn:
        return respawn(arguments)
    try:
        credentials = Credentials.from_environment(os.environ)
    except ValueError as error:
        print(f"ilms_simulator: {error}", file=sys.stderr)
        return 2
    options.store.parent.mkdir(parents=True, exist_ok=True)
    server = Simulator(
        (options.host, options.port),
        Store(options.store),
        credentials,
        token=os.environ.get("LOTTERY_ILMS_SIM_TOKEN", ""),
        replay_window_ms=options.replay_window * 1000,
        restart=lambda: os._exit(RESTART_STATUS),
    )
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    host, port = server.server_address[:2]
    print(f"ilms_simulator: http://{host}:{port} store {options.store}", flush=True)
    try:
        server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        return 0
    return 0
