"""The ways to a subscriber: mail, and webhooks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from email.message import EmailMessage
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

from config.settings import Settings
from pipeline.digest.hooks import Hooks
from pipeline.digest.mail import Mailer, require_server

Transport = Callable[[EmailMessage], None]
"""Sends one message, from several threads at once; raises MailFailure."""
Clock = Callable[[], datetime]


class Channels:
    """The open ways of one round, in a `with`; `transport` takes the place of the configured mail server.

    Without a server the mails wait, and only webhooks are told. Raises ConfigError where there is no way at all.
    """

    def __init__(self, settings: Settings, transport: Transport | None = None, hooks: Hooks | None = None) -> None:
        self.takes_mail = transport is not None or settings.smtp_host is not None
        if not self.takes_mail and not (hooks and hooks.hooks):
            require_server(settings)
        self._settings, self._transport, self.hooks = settings, transport, hooks
        self._idle: SimpleQueue[Mailer] = SimpleQueue()
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def mail(self, message: EmailMessage) -> None:
        """Hand over one message, over a connection that no other thread uses. Raises MailFailure."""
        if self._transport is not None:
            self._transport(message)
            return
        mailer = self._mailer()
        try:
            mailer.send(message)
        finally:
            self._idle.put(mailer)

    def _mailer(self) -> Mailer:
        try:
            return self._idle.get_nowait()
        except Empty:
            return self._open.enter_context(Mailer(self._settings))
