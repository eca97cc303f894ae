"""What the mails of one round say: rendered once for all readers who are told the same in one language."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from config.settings import Settings
from config.source import Source
from pipeline.digest.content import Digest, digest_of, selection
from pipeline.digest.frame import frame_of, news_of_totals
from pipeline.digest.render import Frame, Rendered, environment, render_within
from storage.database import Database
from storage.mails import MailItem, PreparedMail
from storage.queries import approvals_by_id
from storage.records import Approval

MOST_DRAFTS = 64
"""Kept for the next reader; mails come in the order of their wishes, so that few are enough."""
MOST_APPROVALS = 2_000
"""Kept, as most drafts tell of the same ones."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a mail says: its content, and that as a mail but for the reader's own link."""

    digest: Digest
    rendered: Rendered


class Drafts:
    """The drafts of one round, all of `moment`; `leave` stands for each reader's own link."""

    def __init__(
        self, database: Database, settings: Settings, moment: datetime, sources: Mapping[str, Source], leave: str | None
    ) -> None:
        self._database, self._settings, self._moment, self._sources = database, settings, moment, sources
        self._leave = leave
        self._templates = environment()
        self._approvals: OrderedDict[int, Approval] = OrderedDict()
        self._drafts: OrderedDict[object, Draft] = OrderedDict()
        self._frames: dict[datetime | None, Frame] = {}

    def of(self, mail: PreparedMail) -> Draft | None:
        """The draft of a mail; None where nothing is left in it to tell."""
        if not mail.items and not mail.asked:
            return None
        language = mail.subscriber.language
        key = (tuple(item.outbox_id for item in mail.items), language, mail.since)
        if key not in self._drafts:
            self._drafts[key] = self.draft(mail.items, language, mail.since)
            _shrink(self._drafts, MOST_DRAFTS)
        return self._drafts[key]

    def draft(self, items: Sequence[MailItem], language: str, since: datetime | None) -> Draft:
        """These items in `language`, with the news of totals since then."""

        def digest(most: int) -> Digest:
            chosen = selection(items, most)
            return digest_of(self._load(chosen.wanted), chosen)

        return Draft(*render_within(self._templates, digest, self._frame(since), language))

    def _load(self, ids: Iterable[int]) -> list[Approval]:
        wanted = list(ids)
        missing = [id for id in wanted if id not in self._approvals]
        if missing:
            with self._database.read() as session:
                self._approvals.update((a.id, a) for a in approvals_by_id(session, missing))
        found = [self._approvals[id] for id in wanted if id in self._approvals]
        _shrink(self._approvals, MOST_APPROVALS)
        return found

    def _frame(self, since: datetime | None) -> Frame:
        if since not in self._frames:
            with self._database.read() as session:
                base = self._frames.get(None) or frame_of(
                    session, self._settings, self._moment, self._sources, self._leave
                )
                self._frames[None] = base
                self._frames[since] = replace(base, reconciled=news_of_totals(session, since))
            while len(self._frames) > MOST_DRAFTS:
                self._frames.pop(next(iter(set(self._frames) - {None, since})))
        return self._frames[since]


def _shrink(
    kept: OrderedDict[object, object] | OrderedDict[int, Approval] | OrderedDict[object, Draft], most: int
) -> None:
    while len(kept) > most:
        kept.popitem(last=False)
