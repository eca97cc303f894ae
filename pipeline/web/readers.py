"""The pages behind the links in a mail: confirm, and unsubscribe. A link alone changes nothing: programs open them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from config.settings import Settings
from pipeline.digest.labels import say
from pipeline.digest.links import ANSWER_WITHIN, CONFIRM, LEAVE, read_token
from pipeline.digest.unsubscribe import salt_of, unsubscribe
from storage.database import Database
from storage.subscribers import SubscriberRecord, confirm, forgive, subscriber

Page = Callable[..., Response]
"""Renders a template: name, status, and its values."""


def reader_routes(database: Database, settings: Settings, now: Callable[[], datetime], page: Page) -> list[Route]:
    """The routes, where there is an address under which readers reach them."""
    if not settings.public_url:
        return []
    readers = _Readers(database, settings, now, page)
    return [
        Route(f"/{CONFIRM}/{{token}}", readers.confirm, methods=["GET", "POST"]),
        Route(f"/{LEAVE}/{{token}}", readers.leave, methods=["GET", "POST"]),
    ]


class _Readers:
    def __init__(self, database: Database, settings: Settings, now: Callable[[], datetime], page: Page) -> None:
        self._database, self._settings, self._now, self._page = database, settings, now, page

    def confirm(self, request: Request) -> Response:
        """GET asks, POST confirms; twice is as good as once."""
        reader = self._named(CONFIRM, request)
        if reader is None or (reader.confirmed_at is None and self._now() - reader.created_at > ANSWER_WITHIN):
            raise HTTPException(404, say("dead_link", "both"))
        if request.method == "GET":
            return self._page("reader.html.j2", 200, asked="ask", answer="ask_yes", said=None)
        salt = salt_of(self._settings.data_dir)
        with self._database.write() as session:
            joined = confirm(session, reader.id, reader.created_at, self._now())
            if joined is not None:
                forgive(session, joined.address, salt)
        return self._page("reader.html.j2", 200, asked=None, answer=None, said="confirmed_page")

    def leave(self, request: Request) -> Response:
        """GET asks, POST erases (RFC 8058: the mail program posts by itself); one who left already has left."""
        reader = self._named(LEAVE, request)
        if reader is not None and request.method == "GET":
            return self._page("reader.html.j2", 200, asked="leave_ask", answer="leave_yes", said=None)
        if reader is not None:
            unsubscribe(self._database, self._settings.data_dir, reader.address, self._now())
        return self._page("reader.html.j2", 200, asked=None, answer=None, said="left_page")

    def _named(self, purpose: str, request: Request) -> SubscriberRecord | None:
        """Whom the link names; None where they are gone. Refuses a link that we did not sign."""
        named = read_token(salt_of(self._settings.data_dir), purpose, request.path_params["token"])
        if named is None:
            raise HTTPException(404, say("dead_link", "both"))
        with self._database.read() as session:
            return subscriber(session, *named)
