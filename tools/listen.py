"""Usage: tools/listen.py HOST PORT PROGRAM [ARGUMENTS]

Opens the port and hands it to PROGRAM by systemd's protocol (LISTEN_FDS), as Odoo reads
it. Odoo's own queue of connections is eight a worker: of a hundred who come at once the
rest is dropped by the kernel and comes again after one or three seconds.
"""

import os
import socket
import sys

QUEUE = 1024
FIRST_FD = 3


def main(host, port, program, *arguments):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, int(port)))
    listener.listen(QUEUE)
    # Workers wait for it together and only one of them finds a connection.
    listener.setblocking(False)
    os.dup2(listener.fileno(), FIRST_FD)
    os.set_inheritable(FIRST_FD, True)  # also where it had that number already
    environ = {**os.environ, "LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
    os.execvpe(program, [program, *arguments], environ)


if __name__ == "__main__":
    main(*sys.argv[1:])
