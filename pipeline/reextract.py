"""Read stored articles anew: from their pages, else their texts, by the extractor and the lexicon of today; official
lists from their files, else their rows.

First all of them are read and what follows is shown; then each is stored in a transaction of its own, so that a run
that is killed goes on with those that are left. Decisions stand; nobody is mailed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from sqlalchemy.orm import Session

from extractors.registers.reading import RegisterReading
from extractors.understand import EXTRACTOR_VERSION
from pipeline.assembly import Assembly
from pipeline.ingest import Broken, refuse_damage
from pipeline.registers import list_context
from storage.articles import read_anew
from storage.editions import EXTRACTOR
from storage.lists_anew import KeptList, is_same_list, list_facts, store_list_anew
from storage.records import Origin, Reading
from storage.rereading import Difference, Kept, difference, is_same, kept, name_of, pending, stamp, stored_claims

CHUNK = 500
"""Articles that said the same, noted in one transaction."""


@dataclass(slots=True)
class Plan:
    """What was read anew: `changed` readings by article, the ids of the `same`, and what could not be read.

    `lists` are the changed ones that were read from their files, by article.
    """

    changed: list[tuple[int, Reading]] = field(default_factory=list)
    lists: dict[int, tuple[KeptList, RegisterReading]] = field(default_factory=dict)
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
        try:
            found = kept(session, id)
            if found is None:
                plan.not_kept += 1
                return
            read = _file(parts, session, found.edition) if found.edition else None
            reading = _reading(parts, session, found, read)
        except (Broken, ValueError) as error:
            plan.broken.append((name_of(session, id), str(error)))
            return
        again = found.edition is not None and read is not None and not is_same_list(session, found.edition, read)
        if is_same(session, id, reading) and not again:
            plan.same.append(id)
            return
        plan.changed.append((id, reading))
        if found.edition is not None and read is not None:
            plan.lists[id] = (replace(found.edition, page=None), read)


def _file(parts: Assembly, session: Session, edition: KeptList) -> RegisterReading | None:
    """An official list as its kept file is read today; None where no file is kept. Raises Broken."""
    if edition.page is None:
        return None
    source = parts.sources.sources.get(edition.source)
    context = list_context(session, source, edition.name, edition.page_url, edition.published)
    read = parts.ingest.read_list(edition.page.body, edition.name, context)
    if not read.rows and not read.refused:
        raise Broken("register", "no row of an official list in it any more")
    return read


def _reading(parts: Assembly, session: Session, found: Kept, read: RegisterReading | None) -> Reading:
    """An article as it is read today. Raises Broken, and ValueError for a page that was damaged in the database."""
    now = parts.clock()
    if found.edition is not None:
        claims = stored_claims(session, found.id)
        said, facts = list_facts(session, found.edition, found.article, parts.lexicon, claims, read)
        return Reading(said, facts, Origin.REEXTRACT, EXTRACTOR, now, register=True)
    article = found.article
    if found.page is not None:
        source = parts.sources.sources.get(article.source or "")
        again = parts.ingest.read_page(found.page, source, article.published)
        article = replace(
            again,
            id=article.id,
            url=article.url,
            source=article.source,
            title=again.title or article.title,
            published=again.published or article.published,
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


def store(parts: Assembly, plan: Plan, *, progress: Callable[[int, int], None] = lambda at, of: None) -> None:
    """Store the plan, article by article. `progress` gets how many of how many are stored."""
    for ids in _chunks(plan.same):
        with parts.database.write() as session:
            stamp(session, ids, EXTRACTOR_VERSION, parts.lexicon.version)
    for done, (id, reading) in enumerate(plan.changed, 1):
        with parts.database.write() as session:
            read_anew(session, id, reading, parts.lexicon, parts.policy)
            if id in plan.lists:
                store_list_anew(session, *plan.lists[id])
        progress(done, len(plan.changed))


def _chunks(ids: Sequence[int]) -> Iterator[list[int]]:
    rest = iter(ids)
    while some := list(islice(rest, CHUNK)):
        yield some
