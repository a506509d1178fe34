"""A real SMTP server on this machine: takes mails, or says why not."""

import socketserver
import threading
from contextlib import contextmanager
from email import message_from_bytes, policy


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        self._say("220 test")
        while line := self.rfile.readline().decode().strip():
            verb = line.split(":")[0].split()[0].upper()
            answer = self.server.behaviour.get(verb)
            if answer:
                self._say(answer)
            elif verb == "DATA":
                self._say("354 go")
                self.server.mails.append(self._read_mail())
                self._say("250 taken")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _say(self, text):
        self.wfile.write(f"{text}\r\n".encode())

    def _read_mail(self):
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        return message_from_bytes(b"".join(lines), policy=policy.default)


@contextmanager
def serve():
    """Yield a server: ``port``, ``mails`` taken, ``behaviour`` (verb: answer)."""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.mails, server.behaviour = [], {}
    server.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
