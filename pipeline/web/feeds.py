"""`/feed.atom` and `/feed.json`: the newest approvals, with the filters of subscribers as the query."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID, uuid5
from xml.etree.ElementTree import Element, SubElement, tostring  # it only writes here

from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from config.settings import Settings
from pipeline.clean import http_link
from pipeline.digest.content import Item, item_of
from pipeline.digest.labels import say
from pipeline.digest.unsubscribe import salt_of
from pipeline.export import RIGHTS
from storage.database import Database
from storage.feed import Entry, newest
from storage.filters import Filter, WishProblem, filter_from

MOST = 100
"""Approvals in a feed."""
ATOM = "http://www.w3.org/2005/Atom"
FIELDS = ("kind", "company", "province", "status", "confidence", "source_kind", "keyword")


def feed_routes(
    database: Database, settings: Settings, source_kinds: Mapping[str, str], headers: Mapping[str, str]
) -> list[Route]:
    """The routes of both feeds."""
    feeds = _Feeds(database, settings, source_kinds, headers)
    return [Route("/feed.atom", feeds.atom), Route("/feed.json", feeds.json)]


class _Feeds:
    def __init__(
        self, database: Database, settings: Settings, source_kinds: Mapping[str, str], headers: Mapping[str, str]
    ) -> None:
        self._database, self._settings, self._kinds = database, settings, source_kinds
        self._headers = {**headers, "Cache-Control": "max-age=300"}

    def atom(self, request: Request) -> Response:
        """RFC 4287."""
        found, base = self._found(request), self._base(request)
        body = atom_of(found, base, f"{base}{_path(request)}", self._namespace())
        return self._answer(request, body, "application/atom+xml")

    def json(self, request: Request) -> Response:
        """JSON Feed 1.1."""
        found, base = self._found(request), self._base(request)
        feed = json_of(found, base, f"{base}{_path(request)}", self._namespace())
        return self._answer(request, json.dumps(feed, ensure_ascii=False).encode(), "application/feed+json")

    def _found(self, request: Request) -> list[Entry]:
        try:
            wanted = filter_of_query(request.query_params)
        except WishProblem as error:
            raise HTTPException(400, str(error)) from error
        with self._database.read() as session:
            return newest(session, wanted, self._kinds, MOST)

    def _answer(self, request: Request, body: bytes, media_type: str) -> Response:
        tag = f'"{sha256(body).hexdigest()[:32]}"'
        headers = {**self._headers, "ETag": tag}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type=media_type)

    def _base(self, request: Request) -> str:
        """The service's own address: as configured, as a request may name any host."""
        configured = http_link(self._settings.public_url)
        return (configured or f"http://{self._settings.web_host}:{self._settings.web_port}").rstrip("/")

    def _namespace(self) -> UUID:
        """What makes an approval's id in a feed this installation's own, and the same for ever."""
        return UUID(bytes=sha256(b"feed" + salt_of(self._settings.data_dir)).digest()[:16])


def _path(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def filter_of_query(query: QueryParams) -> Filter:
    """The filter that a query asks for; a field may be given again. Raises WishProblem."""
    for name in query:
        if name not in FIELDS:
            raise WishProblem(f"{name!r} is no filter; known: {', '.join(FIELDS)}")
    values = {name: [value for value in query.getlist(name) if value.strip()] for name in FIELDS if name in query}
    given = {name: found[-1] if name == "confidence" else found for name, found in values.items() if found}
    return filter_from(given)


def json_of(found: list[Entry], base: str, own: str, namespace: UUID) -> dict[str, object]:
    """The feed as JSON Feed 1.1."""
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Greenlit: AI services approved in China",
        "description": RIGHTS,
        "home_page_url": f"{base}/",
        "feed_url": own,
        "items": [_json_item(entry, base, namespace) for entry in found],
    }


def _json_item(entry: Entry, base: str, namespace: UUID) -> dict[str, object]:
    item = item_of(entry.approval)
    shown: dict[str, object] = {
        "id": _id(item, namespace),
        "url": f"{base}/approvals/{item.id}",
        "title": title_of(item),
        "content_text": content_of(item),
        "date_published": _moment(entry.approval.first_seen_at),
        "date_modified": _moment(entry.updated),
        "tags": [item.kind.value, item.status],
    }
    return shown | ({"external_url": item.link} if item.link else {})


def atom_of(found: list[Entry], base: str, own: str, namespace: UUID) -> bytes:
    """The feed as Atom."""
    feed = Element("feed", {"xmlns": ATOM})
    updated = max((entry.updated for entry in found), default=datetime.fromtimestamp(0, UTC))
    _add(feed, "id", uuid5(namespace, own.removeprefix(base)).urn)
    _add(feed, "title", "Greenlit: AI services approved in China")
    _add(feed, "subtitle", RIGHTS)
    _add(feed, "updated", _moment(updated))
    SubElement(feed, "link", {"rel": "self", "href": own})
    SubElement(feed, "link", {"rel": "alternate", "href": f"{base}/"})
    _add(SubElement(feed, "author"), "name", "Greenlit")
    for entry in found:
        _atom_entry(SubElement(feed, "entry"), entry, base, namespace)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(feed, "unicode")}'.encode()


def _atom_entry(parent: Element, entry: Entry, base: str, namespace: UUID) -> None:
    item = item_of(entry.approval)
    _add(parent, "id", _id(item, namespace))
    _add(parent, "title", title_of(item))
    _add(parent, "published", _moment(entry.approval.first_seen_at))
    _add(parent, "updated", _moment(entry.updated))
    SubElement(parent, "link", {"rel": "alternate", "href": f"{base}/approvals/{item.id}"})
    if item.link:
        SubElement(parent, "link", {"rel": "related", "href": item.link})
    for term in (item.kind.value, item.status):
        SubElement(parent, "category", {"term": term})
    _add(parent, "content", content_of(item))


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = "".join(c for c in text if c not in "\ufffe\uffff")  # which XML does not know


def title_of(item: Item) -> str:
    """`小米 MiLM: Confirmed in an official list`."""
    return f"{item.name('both') or say('unnamed', 'both')}: {say(item.status, 'en')}"


def content_of(item: Item) -> str:
    """The facts of an approval as lines, then what the source says."""
    names = " · ".join(name for name in (item.chinese, item.english) if name)
    facts = (
        ("kind", say(item.kind.value, "en")),
        ("filing_no", item.filing_no),
        ("approved_on", item.approved_on),
        ("province", item.province),
        ("authority", item.authority),
        ("batch", str(item.batch) if item.batch else ""),
    )
    retyped = say("retyped", "en") if item.retyped else ""
    lines = [names, item.product, *(f"{say(label, 'en')}: {value}" for label, value in facts if value)]
    quote = [f"“{item.quote}”" if item.quote else "", f"{item.title} ({item.source})" if item.title else ""]
    return "\n".join(line for line in (*lines, *quote, retyped) if line)


def _id(item: Item, namespace: UUID) -> str:
    return uuid5(namespace, f"approval {item.id}").urn


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
