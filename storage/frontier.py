"""What is to be fetched: sources that are due, links that wait, pages in quarantine, hosts that asked for a pause.

What is due is a query on these rows; nothing of it lives in memory, so a kill loses nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from extractors.read.listing import Link
from extractors.read.urls import canonical_url
from storage.database import Database
from storage.records import Origin
from storage.runs import Counts, Reason
from storage.tables import Host, Quarantine, SourceState
from storage.tables import Link as LinkRow

NEWEST = 3_000
"""Links of a source from which its rhythm is learned."""
CHUNK = 1_000
"""Keys in one query; databases take some ten thousand, and a sitemap may have more."""
RECHECK = timedelta(days=1)
"""How long a file of an official list is taken to be what it was, where its page did not change."""
PAUSE = timedelta(hours=1)
"""The same where its page did: some pages change with each visit."""
TRIES = 5
"""After so many tries a page that its host refuses (404, say) is given up; `status` counts it as failed."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A link that waits for its page.

    `html` is its text where the listing itself carried it, `page_url` the page that an official list hangs on.
    """

    id: int
    url: str
    source: str
    origin: Origin
    title: str | None
    published: datetime | None
    html: str | None
    attempts: int
    page_url: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """When a link was found, how, and when its listing says that it was published."""

    first_seen_at: datetime
    published: datetime | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class Validators:
    """What a listing's reply said of itself, replayed byte for byte at the next check."""

    etag: str | None = None
    last_modified: str | None = None
    sha256: str | None = None


def state_of(session: Session, source: str) -> SourceState:
    """The row of a source, made where there is none (so: for a session that writes)."""
    row = session.get(SourceState, source)
    if row is None:
        row = SourceState(id=source, failures=0)
        session.add(row)
        session.flush()
    return row


def last_listing(session: Session, source: str) -> tuple[Validators, bool]:
    """What the source's last listing said of itself, and whether none was ever taken in whole."""
    row = session.get(SourceState, source)
    if row is None:
        return Validators(), True
    return Validators(row.etag, row.last_modified, row.listing_sha256), row.links_changed_at is None


def remember_listing(
    row: SourceState, validators: Validators, links: Iterable[Link], now: datetime, *, unchanged: bool
) -> None:
    """Keep what stands for the links of a listing. Other links, not another page, make it a changed one."""
    row.etag, row.last_modified, row.listing_sha256 = validators.etag, validators.last_modified, validators.sha256
    if unchanged and row.links_changed_at is not None:
        return
    digest = sha256("\n".join(sorted(canonical_url(link.url) for link in links)).encode()).hexdigest()
    if digest != row.links_sha256:
        row.links_sha256, row.links_changed_at = digest, now


def remember_wish(row: SourceState, fresh_for: timedelta | None, *, unchanged: bool) -> None:
    """Keep for how long the listing wants to be left alone; an unchanged one may be silent about that."""
    if fresh_for is not None or not unchanged:
        row.fresh_for = int(fresh_for.total_seconds()) if fresh_for else None


def remember_round(row: SourceState, counts: Counts, now: datetime) -> None:
    """Count the failures in a row. A round that read no page does not end a failure of the pages."""
    if counts.status == "failed":
        row.failures, row.reason, row.last_error = row.failures + 1, counts.reason, counts.error
        return
    row.last_ok_at = now
    if counts.read or row.reason != Reason.MANY_REJECTED:
        row.failures, row.reason, row.last_error = 0, None, counts.error


def due(session: Session, sources: Sequence[str], now: datetime) -> list[str]:
    """Which of these sources are to be checked now: the longest overdue first."""
    rows = session.execute(select(SourceState.id, SourceState.next_check_at).where(SourceState.id.in_(sources)))
    when = {source: next_check for source, next_check in rows if next_check is not None}
    ready = [source for source in sources if source not in when or when[source] <= now]
    return sorted(ready, key=lambda source: (source in when, when.get(source, now)))


def add_links(
    session: Session,
    source: str,
    links: Iterable[Link],
    origin: Origin,
    now: datetime,
    *,
    page_url: str | None = None,
    lists: Collection[str] = (),
) -> int:
    """Remember the links that were not known before; returns how many.

    One that only a source in shadow mode had named is as good as unknown to a source that is not; and one that only
    a source had named that does not read official lists, to one that does (`lists` names those that do): else
    whoever saw a notice first would decide whether the list on it is read. `page_url` is the page that they hang on
    where they are files of an official list.
    """
    listed = {canonical_url(link.url): link for link in links}
    keys, added = list(listed), 0
    for start in range(0, len(keys), CHUNK):  # rows are let go of chunk by chunk: a sitemap may name 50,000
        part = keys[start : start + CHUNK]
        rows = {row.key: row for row in session.scalars(select(LinkRow).where(LinkRow.key.in_(part)))}
        for key in part:
            row = rows.get(key) or LinkRow(key=key)
            if key in rows and not _in_the_dark(row, source, origin) and not _unread_list(row, source, lists):
                continue
            link = listed[key]
            row.url, row.source, row.origin, row.title = link.url, source, origin.value, link.title
            row.published, row.html, row.page_url = link.published, link.html, page_url
            row.state, row.attempts, row.error = "pending", 0, None
            row.first_seen_at = row.next_try_at = now
            session.add(row)
            added += 1
        session.flush()
    return added


def _in_the_dark(row: LinkRow, source: str, origin: Origin) -> bool:
    return row.source != source and row.origin == Origin.SHADOW and origin is not Origin.SHADOW


def _unread_list(row: LinkRow, source: str, lists: Collection[str]) -> bool:
    return source in lists and row.source not in lists


def waiting(session: Session, source: str, now: datetime) -> list[Waiting]:
    """The links of a source whose pages are to be fetched now: those found last first, each lot in its order.

    So that today's news does not wait behind a backlog.
    """
    rows = session.scalars(
        select(LinkRow)
        .where(LinkRow.source == source, LinkRow.state == "pending", LinkRow.next_try_at <= now)
        .order_by(LinkRow.first_seen_at.desc(), LinkRow.id)
    )
    return [
        Waiting(r.id, r.url, r.source, Origin(r.origin), r.title, r.published, r.html, r.attempts, r.page_url)
        for r in rows
    ]


def ask_again(
    session: Session, source: str, links: Iterable[Link], origin: Origin, now: datetime, *, changed: bool
) -> int:
    """Let files of official lists be asked for again; returns how many.

    Those of `links` whose name changed, all of them where their page `changed` (but for those just asked for), and
    each one after `RECHECK`: an attachment is edited in place, too. What comes of it comes in by `origin`.
    """
    listed = {canonical_url(link.url): link for link in links}
    kept = LinkRow.source == source, LinkRow.page_url.is_not(None), LinkRow.state != "pending"
    woken = 0
    for row in session.scalars(select(LinkRow).where(*kept)):
        link = listed.get(row.key)
        renamed = link is not None and link.title is not None and link.title != row.title
        stale = row.state == "done" and row.next_try_at + RECHECK <= now
        if not (stale or renamed or (changed and link is not None and row.next_try_at + PAUSE <= now)):
            continue
        session.execute(delete(Quarantine).where(Quarantine.url == row.url))
        if link is not None:
            row.title, row.url = link.title or row.title, link.url
        row.state, row.attempts, row.next_try_at, row.origin = "pending", 0, now, origin.value
        woken += 1
    session.flush()
    return woken


def items(session: Session, source: str) -> list[Item]:
    """The newest links of a source, and with them the one that was found first."""
    known = select(LinkRow.first_seen_at, LinkRow.published, LinkRow.origin).where(LinkRow.source == source)
    newest = session.execute(known.order_by(LinkRow.id.desc()).limit(NEWEST)).all()
    first = session.execute(known.order_by(LinkRow.id).limit(1)).all()
    return [Item(seen, published, Origin(origin)) for seen, published, origin in [*first, *newest]]


def done(session: Session, link_id: int) -> None:
    """The link's page is stored."""
    session.execute(update(LinkRow).where(LinkRow.id == link_id).values(state="done", html=None, error=None))


def postpone(session: Session, link: Waiting, error: str, until: datetime, *, refused: bool) -> None:
    """Try the link again later; one that is `refused` (the fault is the page's, not the day's) TRIES times at most."""
    state = "failed" if refused and link.attempts + 1 >= TRIES else "pending"
    session.execute(
        update(LinkRow)
        .where(LinkRow.id == link.id, LinkRow.state == "pending")
        .values(state=state, attempts=link.attempts + 1, next_try_at=until, error=error)
    )


def quarantine(session: Session, link: Waiting, stage: str, version: str, reason: str, now: datetime) -> None:
    """Put the link's page aside: `stage` broke on it. A new version of that stage will try it once."""
    pending = update(LinkRow).where(LinkRow.id == link.id, LinkRow.state == "pending")
    session.execute(pending.values(state="quarantined", attempts=1, error=reason))
    row = session.scalars(select(Quarantine).where(Quarantine.url == link.url)).first() or Quarantine(url=link.url)
    row.source, row.stage, row.version, row.reason, row.at = link.source, stage, version, reason, now
    session.add(row)
    session.flush()


def release(session: Session, source: str, versions: dict[str, str], now: datetime, *, every: bool = False) -> int:
    """Let quarantined pages of a source be tried again: those that another version broke on, or `every` one.

    `every` revives the links that were given up, too.
    """
    rows = session.scalars(select(Quarantine).where(Quarantine.source == source)).all()
    freed = [row for row in rows if every or versions.get(row.stage) != row.version]
    for row in freed:
        key = canonical_url(row.url)
        session.execute(update(LinkRow).where(LinkRow.key == key).values(state="pending", next_try_at=now))
        session.delete(row)
    if every:
        revive(session, source, now)
    session.flush()
    return len(freed)


def revive(session: Session, source: str, now: datetime) -> None:
    """Let the links of a source that were given up be tried again."""
    given_up = update(LinkRow).where(LinkRow.source == source, LinkRow.state == "failed")
    session.execute(given_up.values(state="pending", attempts=1, next_try_at=now))


def missing(session: Session, source: str, origin: Origin) -> int:
    """How many links of a source that came this way have no page yet: waiting, put aside or given up."""
    found = select(func.count(LinkRow.id)).where(
        LinkRow.source == source, LinkRow.origin == origin.value, LinkRow.state != "done"
    )
    return session.scalars(found).one()


class StoredHostTimes:
    """Pauses that hosts asked for, kept across restarts (`pipeline.fetch.HostTimes`)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def not_before(self, host: str) -> datetime | None:
        """When the host may be asked again, None where it may at any time."""
        with self._database.read() as session:
            row = session.get(Host, host)
            return row.not_before if row else None

    def hold(self, host: str, until: datetime) -> None:
        """Don't ask the host before `until`."""
        with self._database.write() as session:
            session.merge(Host(host=host, not_before=until))
