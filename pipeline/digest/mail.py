"""The only module that sends mail: one message over SMTP, and what its failure means."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from config.settings import ConfigError, Settings
from pipeline.clean import one_line
from pipeline.digest.render import Rendered

TIMEOUT = 30.0
"""Seconds that the server may take for one answer."""
LONGEST_HEADER = 60
"""Characters of a one-word header: a longer one would be folded into encoded words, which nobody reads."""


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


def compose(settings: Settings, to: str, message_id: str, rendered: Rendered, now: datetime) -> EmailMessage:
    """One mail to one reader (a plain ASCII address), as text and HTML. Raises ConfigError."""
    origin = sender(settings)
    # Not 8bit: nobody asked the server whether it takes that.
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["From"] = origin
    message["To"] = Address(addr_spec=to)
    message["Subject"] = one_line(rendered.subject).replace("=?", "= ?")  # else it is decoded, whatever it hides
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    unsubscribe = f"<mailto:{origin.addr_spec}?subject=unsubscribe>"
    if len(unsubscribe) <= LONGEST_HEADER:
        message["List-Unsubscribe"] = unsubscribe
    message.set_content(rendered.text)
    message.add_alternative(rendered.html, subtype="html")
    return message


def require_server(settings: Settings) -> str:
    """The mail server's host. Raises ConfigError where none is configured."""
    if not settings.smtp_host:
        raise ConfigError("no mail server is configured: set GREENLIT_SMTP_HOST (smtp_host in greenlit.toml)")
    return settings.smtp_host


def send(
    settings: Settings, message: EmailMessage, timeout: float = TIMEOUT, tls: ssl.SSLContext | None = None
) -> None:
    """Hand `message` to the configured server; returns once it answered 250 to the whole of it.

    `timeout` in seconds for each answer; `tls` defaults to the system's trusted authorities.
    Raises ConfigError, TemporaryMailFailure (ServerAway) or PermanentMailFailure.
    """
    host = require_server(settings)
    origin = sender(settings)
    try:
        server = _connect(settings, host, origin.domain, timeout, tls)
    except smtplib.SMTPNotSupportedError as error:
        raise ServerAway(f"{_place(settings)}: {error}; see GREENLIT_SMTP_STARTTLS and GREENLIT_SMTP_USER") from error
    except (OSError, smtplib.SMTPException) as error:
        raise ServerAway(f"{_place(settings)}: {_reason(error)}") from error
    try:
        server.send_message(message, origin.addr_spec)
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        raise _failure(settings, error) from error
    finally:  # what comes after the server's 250 changes nothing: the mail is taken
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
        server.close()


def _connect(settings: Settings, host: str, domain: str, timeout: float, tls: ssl.SSLContext | None) -> smtplib.SMTP:
    # Our own name is given, else smtplib asks the DNS for it.
    server = smtplib.SMTP(host, settings.smtp_port, local_hostname=domain, timeout=timeout)
    try:
        if settings.smtp_starttls:
            server.starttls(context=tls or ssl.create_default_context())
        if settings.smtp_user:
            password = settings.smtp_password.get_secret_value() if settings.smtp_password else ""
            server.login(settings.smtp_user, password)
    except BaseException:
        server.close()
        raise
    return server


def _failure(settings: Settings, error: Exception) -> MailFailure:
    """Only a refusal of the reader or of the mail's text is for good; the rest may be set right."""
    reason = f"{_place(settings)}: {_reason(error)}"
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
