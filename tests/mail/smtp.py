"""A mail server that does as a test says: takes mail, refuses it, or keeps the client waiting."""

import email.policy
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage


class SmtpServer(socketserver.ThreadingTCPServer):
    """Listens on a free port of this machine; `received` holds what it has taken, in order.

    `arrived` holds the subjects of all mails whose text has come in, `replies` what the server says
    in place of yes: {"RCPT": "550 no such mailbox"}, or {"The subject": "554 looks like spam"}.
    """

    daemon_threads = True

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.replies: dict[str, str] = {}
        self.arrived: list[str] = []
        self._permits: threading.Semaphore | None = None
        super().__init__(("127.0.0.1", 0), _Conversation)

    def hold_after(self, answered: int) -> None:
        """Keep every client waiting for the word on its mail, after so many mails."""
        self._permits = threading.Semaphore(answered)

    def let_go(self) -> None:
        """Give all of them its word."""
        permits, self._permits = self._permits, None
        if permits is not None:
            permits.release(100)

    def wait_for_permission(self) -> None:
        """Return when a mail may be answered."""
        if self._permits is not None:
            self._permits.acquire()

    @property
    def port(self) -> int:
        return self.server_address[1]

    @property
    def subjects(self) -> list[str]:
        return [message["Subject"] for message in self.received]


class _Conversation(socketserver.StreamRequestHandler):
    server: SmtpServer

    def handle(self) -> None:
        try:
            self._say(self.server.replies.get("CONNECT", "220 ready"))
            for line in self.rfile:
                verb = line.split()[0].decode().upper()
                if verb == "EHLO":
                    self._say("250-ready")
                self._reply(verb)
                if verb == "QUIT":
                    return
        except OSError:
            # The client was killed or gave up, as some tests want.
            return

    def _reply(self, verb: str) -> None:
        if verb == "DATA":
            self._say("354 go on")
            self._take(self._text())
        elif verb == "EHLO":
            self._say("250 AUTH PLAIN")
        else:
            self._say(self.server.replies.get(verb, "250 ok"))

    def _text(self) -> bytes:
        lines = iter(self.rfile.readline, b".\r\n")
        return b"".join(line.removeprefix(b".") for line in lines)

    def _take(self, text: bytes) -> None:
        message = email.message_from_bytes(text, policy=email.policy.default)
        self.server.arrived.append(message["Subject"])
        self.server.wait_for_permission()
        refusal = self.server.replies.get("DATA") or self.server.replies.get(message["Subject"])
        if not refusal:
            self.server.received.append(message)
        self._say(refusal or "250 taken")

    def _say(self, reply: str) -> None:
        self.wfile.write(f"{reply}\r\n".encode())


@contextmanager
def serving() -> Iterator[SmtpServer]:
    """Run a mail server for the length of the block."""
    with SmtpServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.let_go()
            server.shutdown()
            thread.join()
