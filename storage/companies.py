"""Which canonical company a name belongs to; names that no lexicon knows become discovered companies."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from extractors.records import CompanyName
from extractors.understand.lexicon import Lexicon
from extractors.understand.names import company_key
from storage.search import What, drop, put_companies
from storage.tables import Company, CompanyAlias, DecidedMention, StoredApproval, StoredMention

CHUNK = 1_000
"""Keys in one query; databases take some ten thousand."""
_LED = (
    select(CompanyAlias.key, CompanyAlias.name, CompanyAlias.company_id, Company.origin)
    .join(Company, Company.id == CompanyAlias.company_id)
    .where(CompanyAlias.key.in_(bindparam("keys", expanding=True)))
)
_HELD = select(Company.id, Company.merged_into).where(Company.id.in_(bindparam("ids", expanding=True)))


def companies_for(session: Session, said: Sequence[CompanyName], lexicon: Lexicon) -> list[str | None]:
    """The ids of the companies that the facts of an article name, made known where new; None where none is named.

    A company of the lexicon is known by its id. Any other is known by its names: two names in one statement are one
    company, so discovered companies that a statement links become one.
    """
    known = _Companies(session, lexicon, said)
    ids = [known.id_of(one) for one in said]
    known.flush()
    put_companies(session, known.named)
    return [known.heirs.get(id, id) if id is not None else None for id in ids]


class _Companies:
    """What the names in one article lead to: looked up at once, written at once by `flush`.

    `heirs` leads on from companies that turned out to be others; `named` are those that have other names now.
    """

    def __init__(self, session: Session, lexicon: Lexicon, said: Sequence[CompanyName]) -> None:
        self._session = session
        self._lexicon = lexicon
        self._leads: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._origins: dict[str, str] = {}
        self._new: list[dict[str, str | None]] = []
        self._changed: dict[str, bool] = {}  # by key, whether the name is new; else another spelling is shown
        self.named: set[str] = set()
        self._look_up(key for one in said if one.id is None for key in _keys(one))
        self.heirs = self._held({one.id for one in said if one.id is not None})

    def id_of(self, said: CompanyName) -> str | None:
        """The company that a fact names."""
        if said.id is not None:
            return self.heirs.get(said.id) or self._seeded(said.id)
        names = _keys(said)
        known = self._known(names)
        if not known:
            return self._discovered(said, names) if names else None
        self._unite(known)
        chosen = self._leads.get(company_key(said.name or "")) or known[0]
        self._add_names(chosen, names)
        return chosen

    def flush(self) -> None:
        """Write down what became known."""
        changed = [{"key": key, "name": self._names[key], "company_id": self._leads[key]} for key in self._changed]
        fresh = [row for row in changed if self._changed[row["key"]]]
        for table, rows in ((Company, self._new), (CompanyAlias, fresh)):
            if rows:
                self._session.execute(insert(table), rows)
        renamed = [row for row in changed if not self._changed[row["key"]]]
        if renamed:
            self._session.execute(update(CompanyAlias), renamed)
        self.named |= {self._leads[key] for key in self._changed}
        self._new, self._changed = [], {}

    def _held(self, ids: set[str]) -> dict[str, str]:
        """Those of these companies that are held, each with what it was found to be."""
        if not ids:
            return {}
        rows = self._session.execute(_HELD, {"ids": sorted(ids)}).all()
        return {id: heir_of(self._session, id) if merged else id for id, merged in rows}

    def _look_up(self, names: Iterable[str]) -> None:
        keys = sorted(set(names) - self._leads.keys())
        for start in range(0, len(keys), CHUNK):
            for key, name, id, origin in self._session.execute(_LED, {"keys": keys[start : start + CHUNK]}):
                self._leads[key], self._names[key], self._origins[id] = id, name, origin

    def _known(self, keys: Iterable[str]) -> list[str]:
        """The companies that these names lead to: seeded ones first, then in a stable order."""
        known = {self._leads[key] for key in keys if key in self._leads}
        return sorted(known, key=lambda id: (self._origins[id] == "discovered", id))

    def _seeded(self, id: str) -> str:
        zh, en = self._lexicon.display(id)
        self._make(id, zh, en, "seeded")
        names = {key: name for name in self._lexicon.names(id) if (key := company_key(name))}
        self._look_up(names)
        self._unite([id, *(known for known in self._known(names) if known != id)])
        self._add_names(id, names)
        self.heirs[id] = id
        return id

    def _discovered(self, said: CompanyName, names: dict[str, str]) -> str:
        key = min(names)
        id = discovered_id(key)
        shown = said.name or names[key]
        self._make(id, shown, shown if shown.isascii() else None, "discovered")
        self._add_names(id, names)
        return id

    def _make(self, id: str, name: str, name_en: str | None, origin: str) -> None:
        self._origins[id] = origin
        self._new.append({"id": id, "name": name, "name_en": name_en, "origin": origin})

    def _add_names(self, id: str, names: dict[str, str]) -> None:
        """Of two spellings of one name the first in order is kept, so that it does not matter which came first."""
        for key, name in names.items():
            if key not in self._leads:
                self._leads[key], self._names[key], self._changed[key] = id, name, True
            elif name < self._names[key]:
                self._names[key] = name
                self._changed.setdefault(key, False)

    def _unite(self, companies: Sequence[str]) -> None:
        """Move what discovered companies hold to the first one; seeded and curated companies are never moved."""
        first, *others = companies
        moved = [id for id in others if self._origins[id] == "discovered"]
        if not moved:
            return
        self.flush()
        for id in moved:
            move(self._session, id, first)
            self._session.execute(delete(Company).where(Company.id == id))
            drop(self._session, What.COMPANY, [id])
            self.heirs[id] = first
        self.named = (self.named | {first}) - set(moved)
        for known in (self._leads, self.heirs):
            known |= {name: first for name, id in known.items() if id in moved}


def discovered_id(key: str) -> str:
    """The id of a company that was met in texts, by the smallest of the keys of its names."""
    return "d-" + hashlib.sha256(key.encode()).hexdigest()[:12]


def shown_names(names: Iterable[str]) -> tuple[str, str | None]:
    """The name that a company of these names is shown by, and its English one: the shortest, Chinese before others."""
    ranked = sorted(names, key=lambda name: (name.isascii(), len(name), name))
    return ranked[0], next((name for name in ranked if name.isascii()), None)


def heir_of(session: Session, company_id: str) -> str:
    """The company that this one was found to be; itself where it is none other."""
    row = session.get(Company, company_id)
    while row is not None and row.merged_into is not None:
        company_id = row.merged_into
        row = session.get(Company, company_id)
    return company_id


def move(session: Session, company_id: str, to: str) -> None:
    """Give all that a company holds to another: names, mentions, approvals, what was decided, and who led to it."""
    for table in (CompanyAlias, StoredMention, StoredApproval, DecidedMention):
        session.execute(update(table).where(table.company_id == company_id).values(company_id=to))
    session.execute(update(Company).where(Company.merged_into == company_id).values(merged_into=to))


def _keys(said: CompanyName) -> dict[str, str]:
    """The names of a company by their keys; of two spellings the first in the text."""
    names = [name for name in dict.fromkeys([said.name, *said.names]) if name]
    return {key: name for name in reversed(names) if (key := company_key(name))}
