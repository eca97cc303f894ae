"""The only module that sends mail: messages over SMTP, and what a failure means."""

from __future__ import annotations

import os
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from types import TracebackType
from typing import Self

from config.settings import ConfigError, Settings
from pipeline.clean import one_line

TIMEOUT = 30.0
"""Seconds that the server may take for one answer."""
DEADLINE = 60.0
"""Seconds for one mail in all, however the server dawdles: less than `storage.leases.TERM`, so that no other instance
takes over while a mail is on its way."""
MOST_MAILS = 100
"""Mails over one connection."""


class MailFailure(Exception):
    """A mail was not taken; the message says by whom and why."""


class TemporaryMailFailure(MailFailure):
    """It may be taken later: the server is away, busy, or refuses us for now."""


class ServerAway(TemporaryMailFailure):
    """The server can't be reached, or takes no mail from us at all: the next mail would fare no better."""


class PermanentMailFailure(MailFailure):
    """The server refuses this mail or its reader for good."""


def sender(settings: Settings) -> Address:
    """Who the mails are from. Raises ConfigError."""
    name, spec = parseaddr(settings.smtp_from)
    try:
        address = Address(display_name=name or "Greenlit", addr_spec=spec)
        if address.domain:
            return address
    except (MessageError, ValueError, IndexError):
        pass
    raise ConfigError(f"GREENLIT_SMTP_FROM: {settings.smtp_from!r} is not an address such as greenlit@example.org")


def operator_of(settings: Settings) -> str:
    """Whom readers write to. Raises ConfigError."""
    return settings.operator or sender(settings).addr_spec


def require_server(settings: Settings) -> str:
    """The mail server's host. Raises ConfigError where none is configured."""
    if not settings.smtp_host:
        raise ConfigError("no mail server is configured: set GREENLIT_SMTP_HOST (smtp_host in greenlit.toml)")
    return settings.smtp_host


def send(
    settings: Settings, message: EmailMessage, timeout: float = TIMEOUT, tls: ssl.SSLContext | None = None
) -> None:
    """Hand one message to the configured server, as `Mailer.send` does."""
    with Mailer(settings, timeout=timeout, tls=tls) as mailer:
        mailer.send(message)


class Mailer:
    """Hands messages to the configured server over a connection that is kept; for one thread, in a `with`.

    `timeout` in seconds for each answer, `deadline` for a whole mail; `tls` defaults to the system's trusted
    authorities. Raises ConfigError.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        timeout: float = TIMEOUT,
        deadline: float = DEADLINE,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._settings, self._host, self._origin = settings, require_server(settings), sender(settings)
        self._timeout, self._deadline, self._tls = timeout, deadline, tls
        self._server: _Connection | None = None
        self._sent = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take leave of the server. What it says to that changes nothing."""
        server, self._server = self._server, None
        if server is not None:
            with _Watch(self._timeout) as watch, suppress(OSError, smtplib.SMTPException):
                server.watched_by(watch)
                server.quit()
            server.drop()

    def send(self, message: EmailMessage) -> None:
        """Returns once the server answered 250 to the whole of `message`.

        Raises TemporaryMailFailure (ServerAway) or PermanentMailFailure.
        """
        with _Watch(self._deadline) as watch:
            server = self._connected(watch)
            try:
                server.send_message(message, self._origin.addr_spec)
            except (OSError, smtplib.SMTPException, UnicodeError) as error:
                self._drop()
                raise _failure(self._settings, error, watch) from error
        self._sent += 1
        if self._sent >= MOST_MAILS:
            self.close()

    def _connected(self, watch: _Watch) -> _Connection:
        """The connection of the mail before while the server keeps it up, else a new one. Raises ServerAway."""
        if self._server is not None:
            self._server.watched_by(watch)
            with suppress(OSError, smtplib.SMTPException):
                if self._server.rset()[0] == 250:
                    return self._server
            self._drop()
        try:
            self._server, self._sent = self._connect(watch), 0
        except smtplib.SMTPNotSupportedError as error:
            hint = "see GREENLIT_SMTP_STARTTLS and GREENLIT_SMTP_USER"
            raise ServerAway(f"{_place(self._settings)}: {error}; {hint}") from error
        except (OSError, smtplib.SMTPException) as error:
            raise ServerAway(f"{_place(self._settings)}: {watch.reason(error)}") from error
        return self._server

    def _connect(self, watch: _Watch) -> _Connection:
        settings, tls = self._settings, self._tls or ssl.create_default_context()
        server = _Connection(watch, self._timeout, self._origin.domain, tls if settings.smtp_tls else None)
        try:
            server.open(self._host, settings.smtp_port)
            if settings.smtp_starttls:
                server.starttls(context=tls)
            if settings.smtp_user:
                password = settings.smtp_password.get_secret_value() if settings.smtp_password else ""
                server.login(settings.smtp_user, password)
        except BaseException:
            server.drop()
            raise
        return server

    def _drop(self) -> None:
        if self._server is not None:
            self._server.drop()
        self._server = None


class _Connection(smtplib.SMTP):
    """A connection whose socket a `_Watch` can end, from the first byte on."""

    def __init__(self, watch: _Watch, timeout: float, domain: str, tls: ssl.SSLContext | None) -> None:
        super().__init__(local_hostname=domain, timeout=timeout)  # our own name is given, else it asks the DNS for it
        self._watch, self._implicit = watch, tls
        self._handle: socket.socket | None = None

    def open(self, host: str, port: int) -> None:
        """Connect and hear the greeting. Raises OSError and SMTPException."""
        self._host = host  # for the name in the certificate
        code, said = self.connect(host, port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, said)

    def watched_by(self, watch: _Watch) -> None:
        """Let `watch` end the connection from now on."""
        self._watch = watch
        if self._handle is not None:
            watch.over(self._handle)

    def drop(self) -> None:
        """Close at once."""
        self.close()
        if self._handle is not None:
            self._handle.close()

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connected = _dial(host, port, timeout, self._watch)
        self._handle = socket.socket(fileno=os.dup(connected.fileno()))  # stays valid when TLS wraps the other
        self._watch.over(self._handle)
        return connected if self._implicit is None else self._implicit.wrap_socket(connected, server_hostname=host)


def _dial(host: str, port: int, timeout: float, watch: _Watch) -> socket.socket:
    from pipeline.fetch.addresses import resolve_within, system_resolver

    failure: OSError = OSError("the name has no address")
    for address in resolve_within(min(timeout, watch.left()), system_resolver, host, port):
        try:
            return socket.create_connection((address, port), min(timeout, watch.left()))
        except OSError as error:
            failure = error
    raise failure


class _Watch:
    """Ends a connection when its time is up: a server that sends a byte now and then outlasts every timeout."""

    def __init__(self, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._monotonic = seconds, monotonic
        self._ends = monotonic() + seconds
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._handle: socket.socket | None = None
        self._over = False

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def left(self) -> float:
        """Seconds. Raises TimeoutError where none are."""
        left = self._ends - self._monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left

    def over(self, handle: socket.socket) -> None:
        """Watch this connection."""
        self._handle = handle

    def _end(self) -> None:
        self._over = True
        if self._handle is not None:
            with suppress(OSError):
                self._handle.shutdown(socket.SHUT_RDWR)

    def reason(self, error: Exception) -> str:
        """Why a mail was not taken, in the server's words where it said any."""
        return f"took longer than {self._seconds:g} s for one mail" if self._over else _reason(error)


def _failure(settings: Settings, error: Exception, watch: _Watch) -> MailFailure:
    """Only a refusal of the reader or of the mail's text is for good; the rest may be set right."""
    reason = f"{_place(settings)}: {watch.reason(error)}"
    codes = [code for code, _ in error.recipients.values()] if isinstance(error, smtplib.SMTPRecipientsRefused) else []
    if isinstance(error, smtplib.SMTPDataError):
        codes = [error.smtp_code]
    refused = bool(codes) and all(500 <= code < 600 for code in codes)
    return PermanentMailFailure(reason) if refused or isinstance(error, UnicodeError) else TemporaryMailFailure(reason)


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(f"{code} {_words(said)}" for code, said in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_words(error.smtp_error)}"
    return one_line(str(error)) or type(error).__name__


def _words(said: bytes | str) -> str:
    return one_line(said.decode("utf-8", "replace") if isinstance(said, bytes) else said)


def _place(settings: Settings) -> str:
    return f"mail server {settings.smtp_host}:{settings.smtp_port}"
