"""A real SMTP server on loopback for tests.

    with smtp_server() as server:
        settings = Settings(smtp_host="127.0.0.1", smtp_port=server.port)
        ...
        assert server.mails[0].message["Subject"] == "..."

`answer` decides what a mail gets: a reply line, or an exception to break the connection.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

OK = "250 taken"


@dataclass(frozen=True)
class Taken:
    """A mail that the server answered 250 to: its envelope, its bytes, and what they say."""

    origin: str
    to: list[str]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail as a reader's program parses it."""
        parsed = message_from_bytes(self.content, policy=default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    def body(self, subtype: str) -> str:
        """The text of the `plain` or `html` part."""
        part = self.message.get_body((subtype,))
        assert part is not None
        return str(part.get_content())


class SmtpServer:
    """What the server took, and how it answers: `refuse_reader` and `answer` give a reply line."""

    def __init__(self) -> None:
        self.mails: list[Taken] = []
        self.users: list[tuple[str, str, bool]] = []
        self.refuse_reader: Callable[[str], str | None] = lambda address: None
        self.answer: Callable[[Taken], str] = lambda mail: OK
        self.port = 0

    def to(self, address: str) -> list[Taken]:
        """The mails to one reader."""
        return [mail for mail in self.mails if mail.to == [address]]

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        refusal = self.refuse_reader(address)
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        mail = Taken(envelope.mail_from, list(envelope.rcpt_tos), bytes(envelope.content))
        reply = self.answer(mail)
        if reply == "hang up":
            server.transport.abort()
        elif reply.startswith("250"):
            self.mails.append(mail)
        return reply

    def login(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        """Takes the password `secret`."""
        assert isinstance(data, LoginPassword)
        self.users.append((data.login.decode(), data.password.decode(), session.ssl is not None))
        return AuthResult(success=data.password == b"secret", handled=False)


@contextmanager
def smtp_server(
    tls: ssl.SSLContext | None = None, auth: bool = False, implicit: ssl.SSLContext | None = None
) -> Iterator[SmtpServer]:
    """A server for the time of a `with`; `tls` lets it offer STARTTLS, `auth` makes it ask for a login.

    With `implicit` it speaks TLS from the first byte on.
    """
    server = SmtpServer()
    options: dict[str, Any] = {"require_starttls": False, "tls_context": tls} if tls else {}
    if auth:
        options |= {"authenticator": server.login, "auth_required": True, "auth_require_tls": tls is not None}
    controller = _OnAnyPort(server, hostname="127.0.0.1", port=0, ssl_context=implicit, **options)
    controller.start()
    server.port = controller.port
    try:
        yield server
    finally:
        controller.stop()


class _OnAnyPort(Controller):
    def _trigger_server(self) -> None:
        """Connect to the port that the system gave, so that the server is known to answer."""
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
