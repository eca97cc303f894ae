"""The desk's pages: `/`, `/approvals/{id}`, `/reconcile`, `/review`, `/style.css`, `/healthz`, `/metrics`,
`/feed.atom`, `/feed.json`.

Read only, without scripts; but for readers of the digest, who may confirm and leave (`pipeline.web.readers`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from importlib.resources import files
from itertools import islice
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from config.settings import Settings
from extractors.records import Kind
from pipeline.assembly import system_clock
from pipeline.clean import http_link, language_of, one_line
from pipeline.digest.content import item_of
from pipeline.digest.labels import say, tally
from pipeline.digest.totals import note_of
from pipeline.reconcile import list_questions, serial_line
from pipeline.web.feeds import feed_routes
from pipeline.web.health import Checks, alarms_check, database_check, no_checks
from pipeline.web.query import PAGE, STATUSES, BadQuery, query_of
from pipeline.web.readers import reader_routes
from storage.database import Database
from storage.desk import find, find_articles, find_companies, standings
from storage.mails import mail_counts
from storage.provenance import provenance
from storage.queries import approval, overview
from storage.reconcile import reconciliation
from storage.review import Topic, counts, questions

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
LARGEST_ID = 2**31 - 1
"""The largest id that both databases can look for."""
LANGUAGE = "both"
ASKED = 50
"""Questions of one topic on the page of what waits for review."""


def make_app(
    database: Database,
    settings: Settings,
    health: Checks = no_checks,
    clock: Callable[[], datetime] = system_clock,
    source_kinds: Mapping[str, str] = MappingProxyType({}),
) -> Starlette:
    """The desk over `database`; `health` adds to the checks of `/healthz`, `source_kinds` serve the feeds' filters."""
    desk = _Desk(database, settings, health)
    return Starlette(
        routes=[
            Route("/", desk.index),
            Route("/approvals/{id:int}", desk.approval),
            Route("/reconcile", desk.reconcile),
            Route("/review", desk.review),
            Route("/style.css", desk.style),
            Route("/healthz", desk.healthz),
            Route("/metrics", desk.metrics),
            *feed_routes(database, settings, source_kinds, HEADERS),
            *reader_routes(database, settings, clock, desk.page),
        ],
        exception_handlers={HTTPException: desk.refused, 500: desk.broken},
    )


def templates(settings: Settings) -> Environment:
    """The desk's templates; whatever they are given is escaped."""
    environment = Environment(
        loader=PackageLoader("pipeline.web"),
        autoescape=select_autoescape(("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["line"] = one_line
    environment.filters["link"] = http_link
    environment.filters["tongue"] = language_of
    environment.filters["moment"] = partial(_moment, settings)
    environment.globals["say"] = partial(_say, LANGUAGE)
    environment.globals["tally"] = lambda standing: tally(standing, LANGUAGE)
    return environment


def _say(language: str, key: str, **gaps: object) -> str:
    return say(key, language, **gaps)


def _moment(settings: Settings, moment: datetime | None) -> str:
    return moment.astimezone(settings.zone).strftime("%Y-%m-%d %H:%M") if moment else "—"


class _Desk:
    """The handlers, with what they need. Plain functions, which Starlette runs in threads."""

    def __init__(self, database: Database, settings: Settings, health: Checks) -> None:
        self.database, self.settings, self.health = database, settings, health
        self.templates = templates(settings)
        self.css = (files("pipeline.web") / "templates" / "style.css").read_bytes()

    def index(self, request: Request) -> Response:
        try:
            query = query_of(request.query_params)
        except BadQuery as error:
            raise HTTPException(400, str(error)) from error
        with self.database.read() as session:
            found = find(
                session,
                text=query.text,
                kind=query.kind,
                statuses=query.statuses,
                offset=(query.page - 1) * PAGE,
                limit=PAGE,
            )
            companies = find_companies(session, query.text)
            articles = find_articles(session, query.text)
            known, state, mails = standings(session), overview(session), mail_counts(session)
        return self.page(
            "index.html.j2",
            query=query,
            items=[item_of(a) for a in found.approvals],
            total=found.total,
            companies=companies,
            articles=articles,
            pages=max(1, -(-found.total // PAGE)),
            standings=known,
            state=state,
            mails=mails,
            kinds=list(Kind),
            statuses=STATUSES,
            counted=[status for status in STATUSES if status in state.approvals],
            zone=self.settings.timezone,
        )

    def approval(self, request: Request) -> Response:
        wanted: int = request.path_params["id"]
        with self.database.read() as session:
            found = approval(session, wanted) if wanted <= LARGEST_ID else None
        if found is None:
            raise HTTPException(404, f"there is no approval {wanted}")
        if found.id != wanted:
            return RedirectResponse(f"/approvals/{found.id}", 301, HEADERS)
        return self.page(
            "approval.html.j2",
            item=item_of(found),
            approval=found,
            fields=provenance(found),
            zone=self.settings.timezone,
        )

    def reconcile(self, request: Request) -> Response:
        with self.database.read() as session:
            state = reconciliation(session)
        notes = [(total, note_of(total)) for total in state.totals]
        return self.page(
            "reconcile.html.j2",
            state=state,
            notes=notes,
            questions=lambda one: list(list_questions(one)),
            serial_line=serial_line,
        )

    def review(self, request: Request) -> Response:
        with self.database.read() as session:
            known = counts(session)
            asked = [(topic, list(islice(questions(session, topic), ASKED))) for topic in Topic if known[topic]]
        return self.page("review.html.j2", known=known, asked=asked)

    def style(self, request: Request) -> Response:
        return Response(self.css, headers=HEADERS | {"Cache-Control": "max-age=3600"}, media_type="text/css")

    def healthz(self, request: Request) -> Response:
        checks = (database_check(self.database), alarms_check(self.database), *self.health())
        ok = all(check.ok for check in checks)
        body: dict[str, Any] = {"status": "ok" if ok else "failing"}
        body |= {check.name: check.detail for check in checks}
        content = json.dumps(body)
        return Response(content, 200 if ok else 503, HEADERS | {"Cache-Control": "no-store"}, "application/json")

    def metrics(self, request: Request) -> Response:
        from pipeline.web.metrics import CONTENT_TYPE, metrics

        with self.database.read() as session:
            body = metrics(overview(session), mail_counts(session))
        return Response(body, headers=HEADERS | {"Cache-Control": "no-store", "Content-Type": CONTENT_TYPE})

    def refused(self, request: Request, error: Exception) -> Response:
        status, detail = (error.status_code, error.detail) if isinstance(error, HTTPException) else (400, "")
        return self.page("error.html.j2", status, code=status, detail=detail)

    def broken(self, request: Request, error: Exception) -> Response:
        """The reader learns nothing of the cause; the server logs it."""
        return self.page("error.html.j2", 500, code=500, detail="this page can't be shown now; the log says why")

    def page(self, name: str, status: int = 200, /, **values: object) -> Response:
        """One page of the desk."""
        html = self.templates.get_template(name).render(values)
        return Response(html, status, HEADERS, "text/html")
