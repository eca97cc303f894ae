"""Read stored articles anew: from their pages, else their texts, by the extractor and the lexicon of today.

First all of them are read and what follows is shown; then each is stored in a transaction of its own, so that a run
that is killed goes on with those that are left. Decisions stand; nobody is mailed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from extractors.records import Claim
from extractors.understand import EXTRACTOR_VERSION
from pipeline.assembly import Assembly
from pipeline.ingest import Broken, refuse_damage
from storage.articles import read_anew
from storage.editions import EXTRACTOR
from storage.records import Origin, Reading
from storage.rereading import Difference, Kept, difference, is_same, kept, pending, stamp, stored_claims

CHUNK = 500
"""Articles that said the same, noted in one transaction."""


@dataclass(slots=True)
class Plan:
    """What was read anew: `changed` readings by article, the ids of the `same`, and what could not be read."""

    changed: list[tuple[int, Reading]] = field(default_factory=list)
    same: list[int] = field(default_factory=list)
    not_kept: int = 0
    broken: list[tuple[str, str]] = field(default_factory=list)


def read_all(parts: Assembly, *, since: datetime | None, again: bool, progress: Callable[[int, int], None]) -> Plan:
    """Read what is pending; stores nothing. `progress` gets how many of how many are read."""
    plan = Plan()
    with parts.database.read() as session:
        ids, plan.not_kept = pending(session, EXTRACTOR_VERSION, parts.lexicon.version, since=since, again=again)
    for done, id in enumerate(ids, 1):
        _read_one(parts, id, plan)
        progress(done, len(ids))
    return plan


def _read_one(parts: Assembly, id: int, plan: Plan) -> None:
    with parts.database.read() as session:
        found = kept(session, id, parts.lexicon)
        if found is None:
            plan.not_kept += 1
            return
        try:
            reading = _reading(parts, found, stored_claims(session, id))
        except (Broken, ValueError) as error:
            plan.broken.append((found.article.url or found.article.id or str(id), str(error)))
            return
        if is_same(session, id, reading):
            plan.same.append(id)
        else:
            plan.changed.append((id, reading))


def _reading(parts: Assembly, found: Kept, claims: tuple[Claim, ...]) -> Reading:
    """An article as it is read today. Raises Broken, and ValueError for a page that was damaged in the database."""
    now = parts.clock()
    if found.facts is not None:
        facts = replace(found.facts, batches=claims)
        return Reading(found.article, facts, Origin.REEXTRACT, EXTRACTOR, now, register=True)
    article = found.article
    if found.page is not None:
        source = parts.sources.sources.get(article.source or "")
        read = parts.ingest.read_page(found.page, source, article.published)
        article = replace(
            read,
            id=article.id,
            url=article.url,
            source=article.source,
            title=read.title or article.title,
            published=read.published or article.published,
        )
    refuse_damage(article)
    facts = parts.ingest.facts(article)
    return Reading(article, facts, Origin.REEXTRACT, EXTRACTOR_VERSION, now, proof=True)


class _Undo(Exception):
    """Ends the trial: what it stored is rolled back."""


def preview(parts: Assembly, plan: Plan) -> Difference:
    """What storing the plan would come to."""
    found = Difference({}, {}, {})
    try:
        with parts.database.write() as session:
            found = difference(session, plan.changed, parts.lexicon, parts.policy)
            raise _Undo
    except _Undo:
        return found


def store(parts: Assembly, plan: Plan) -> None:
    """Store the plan, article by article."""
    for ids in _chunks(plan.same):
        with parts.database.write() as session:
            stamp(session, ids, EXTRACTOR_VERSION, parts.lexicon.version)
    for id, reading in plan.changed:
        with parts.database.write() as session:
            read_anew(session, id, reading, parts.lexicon, parts.policy)


def _chunks(ids: Sequence[int]) -> Iterator[list[int]]:
    rest = iter(ids)
    while some := list(islice(rest, CHUNK)):
        yield some
