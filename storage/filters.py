"""What a subscriber wants to be told of: a filter on approvals, kept as JSON, the same text for the same wish."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from extractors.records import Kind
from storage.records import Approval

STATUSES = ("reported", "confirmed", "revoked")
"""The statuses that a filter may ask for: those that are told."""
SOURCE_KINDS = ("official", "media", "aggregator")


class WishProblem(ValueError):
    """A wish that can't be met; the message names the field and what is allowed."""


@dataclass(frozen=True, slots=True)
class Facets:
    """What a filter looks at in one approval; names and words are folded (`fold`)."""

    kind: str
    status: str
    province: str
    confidence: float
    company: str | None
    names: str
    words: str
    source_kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Filter:
    """A wish: an approval must fit every field that is given, and any one value of it.

    `company` is a canonical id or part of a name, `province` and `keyword` part of what is written; `confidence` is
    the least (0..1).
    """

    kind: tuple[str, ...] = ()
    company: tuple[str, ...] = ()
    province: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    confidence: float = 0.0
    source_kind: tuple[str, ...] = ()
    keyword: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises WishProblem."""
        _known("kind", self.kind, tuple(Kind))
        _known("status", self.status, STATUSES)
        _known("source_kind", self.source_kind, SOURCE_KINDS)
        if not 0 <= self.confidence <= 1:
            raise WishProblem(f"confidence is from 0 to 1, not {self.confidence}")

    @property
    def text(self) -> str:
        """The filter as canonical JSON: only what is given, in one order."""
        given = {
            name: list(dict.fromkeys(sorted(value))) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
            if value
        }
        return json.dumps(given, ensure_ascii=False, sort_keys=True)

    def matches(self, seen: Facets) -> bool:
        """Whether an approval is wanted."""
        return (
            (not self.kind or seen.kind in self.kind)
            and (not self.status or seen.status in self.status)
            and seen.confidence >= self.confidence
            and (not self.source_kind or not seen.source_kinds.isdisjoint(self.source_kind))
            and (not self.province or any(fold(p) in seen.province for p in self.province))
            and (not self.company or any(c == seen.company or fold(c) in seen.names for c in self.company))
            and (not self.keyword or any(fold(k) in seen.words for k in self.keyword))
        )


def _known(field: str, given: Iterable[str], allowed: tuple[str, ...]) -> None:
    for value in given:
        if value not in allowed:
            raise WishProblem(f"{field} is one of {', '.join(allowed)}, not {value!r}")


def filter_of(text: str) -> Filter:
    """The filter that is kept as `text` (JSON; {} wants everything). Raises WishProblem."""
    try:
        said = json.loads(text or "{}")
    except ValueError as error:
        raise WishProblem(f"{text!r} is not JSON such as {Filter(kind=('genai_filing',)).text}: {error}") from error
    if not isinstance(said, dict):
        raise WishProblem(f"{text!r} is not a JSON object such as {Filter(kind=('genai_filing',)).text}")
    return filter_from(said)


def filter_from(said: Mapping[str, Any]) -> Filter:
    """The filter with these values: a text or a list of texts for each field. Raises WishProblem."""
    known = {field.name for field in fields(Filter)}
    for name in said:
        if name not in known:
            raise WishProblem(f"{name!r} is no field of a filter; known: {', '.join(sorted(known))}")
    return Filter(**{name: _value(name, value) for name, value in said.items()})


def _value(name: str, value: Any) -> Any:
    if name == "confidence":
        try:
            return float(value)
        except (TypeError, ValueError) as error:
            raise WishProblem(f"confidence is a number from 0 to 1, not {value!r}") from error
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list | tuple) or not all(isinstance(one, str) and one.strip() for one in values):
        raise WishProblem(f"{name} is a text or a list of texts, not {value!r}")
    return tuple(one.strip() for one in values)


def facets_of(approval: Approval, source_kinds: Mapping[str, str]) -> Facets:
    """What a filter sees of an approval; `source_kinds` maps a source's id to official, media or aggregator."""
    said = {source_kinds.get(e.source or "") for e in approval.articles if not e.background}
    official = {"official"} if any(e.register for e in approval.articles) else set()
    names = fold("\n".join(name for name in approval.company.names if name))
    told = [text for e in approval.articles for text in (e.title, e.quote)]
    words = [*approval.product_names, approval.product or "", approval.filing_no or "", *told]
    return Facets(
        approval.kind.value,
        approval.status,
        fold(approval.province or ""),
        approval.confidence,
        approval.company.id,
        names,
        f"{names}\n{fold(chr(10).join(words))}",
        frozenset(kind for kind in said if kind) | official,
    )


def fold(text: str) -> str:
    """`text` in one spelling: NFKC, without regard to case."""
    return unicodedata.normalize("NFKC", text).casefold()
