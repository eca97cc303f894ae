"""What a reader asks of the list: the query part of its address, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from extractors.records import Kind
from pipeline.clean import one_line
from storage.desk import SHOWN

PAGE = 30
"""Approvals on one page."""
LAST_PAGE = 10_000
STATUSES = ("confirmed", "reported", "revoked", "held", "rejected")


class BadQuery(ValueError):
    """A value that the list does not know; the message says which and what is allowed."""


@dataclass(frozen=True, slots=True)
class Query:
    """A search: a text (may be empty), a kind, a status, and which page of what is found (from 1)."""

    text: str = ""
    kind: Kind | None = None
    status: str | None = None
    page: int = 1

    @property
    def statuses(self) -> tuple[str, ...]:
        """The statuses to show: the one asked for, else those that are shown unasked."""
        return (self.status,) if self.status else SHOWN

    def at(self, page: int) -> str:
        """The address of another page of the same search."""
        asked = replace(self, page=page)
        values = {"q": asked.text, "kind": asked.kind.value if asked.kind else "", "status": asked.status or ""}
        given = {key: value for key, value in values.items() if value}
        return "/?" + urlencode(given | {"page": str(page)})

    def of(self, text: str) -> str:
        """The address of a search for another text, of any kind and status."""
        return "/?" + urlencode({"q": text})


def query_of(values: Mapping[str, str]) -> Query:
    """The search that `q`, `kind`, `status` and `page` ask for; empty ones don't count. Raises BadQuery."""
    kind, status = values.get("kind", ""), values.get("status", "")
    if kind and kind not in list(Kind):
        raise BadQuery(f"kind is one of {', '.join(Kind)}")
    if status and status not in STATUSES:
        raise BadQuery(f"status is one of {', '.join(STATUSES)}")
    page = values.get("page") or "1"
    if not (page.isascii() and page.isdigit() and len(page) <= 5 and 1 <= int(page) <= LAST_PAGE):
        raise BadQuery(f"page is a number from 1 to {LAST_PAGE}")
    return Query(one_line(values.get("q"), 100), Kind(kind) if kind else None, status or None, int(page))
