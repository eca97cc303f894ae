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
from pipeline.digest.mail import Mailer, require_server

Transport = Callable[[EmailMessage], None]
"""Sends one message, from several threads at once; raises MailFailure."""
Clock = Callable[[], datetime]


class Channels:
    """The open ways of one round, in a `with`; `transport` takes the place of the configured mail server.

    Raises ConfigError where there is neither.
    """

    def __init__(self, settings: Settings, transport: Transport | None = None) -> None:
        if transport is None:
            require_server(settings)
        self._settings, self._transport = settings, transport
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
