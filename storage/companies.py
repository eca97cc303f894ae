"""Which canonical company a name belongs to; names that no lexicon knows become discovered companies."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from extractors.records import CompanyName
from extractors.understand.lexicon import Lexicon
from extractors.understand.names import company_key
from storage.search import What, drop
from storage.tables import Company, CompanyAlias, DecidedMention, StoredApproval, StoredMention


def company_for(session: Session, said: CompanyName, lexicon: Lexicon) -> str | None:
    """The id of the company that a fact names, made known where it is new; None where none is named.

    A company of the lexicon is known by its id. Any other is known by its names: two names in one statement
    are one company, so discovered companies that a statement links become one.
    """
    if said.id is not None:
        return heir_of(session, _seeded(session, said.id, lexicon))
    names = {company_key(name): name for name in reversed(_names(said)) if company_key(name)}
    if not names:
        return None
    known = _known(session, names)
    if not known:
        return _discover(session, said, names)
    chosen = _unite(session, known)
    _add_names(session, chosen, names.items())
    return chosen


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


def _names(said: CompanyName) -> list[str]:
    return [name for name in dict.fromkeys([said.name, *said.names]) if name]


def _seeded(session: Session, company_id: str, lexicon: Lexicon) -> str:
    if session.get(Company, company_id) is None:
        zh, en = lexicon.display(company_id)
        session.add(Company(id=company_id, name=zh, name_en=en, origin="seeded"))
        session.flush()
        names = {company_key(name): name for name in lexicon.names(company_id) if company_key(name)}
        taken = _known(session, names)
        _unite(session, [company_id, *[c for c in taken if c != company_id]])
        _add_names(session, company_id, names.items())
    return company_id


def _known(session: Session, keys: Iterable[str]) -> list[str]:
    """The companies that these names lead to: seeded ones first, then in a stable order."""
    rows = session.execute(
        select(Company.id, Company.origin)
        .join(CompanyAlias, CompanyAlias.company_id == Company.id)
        .where(CompanyAlias.key.in_(list(keys)))
        .distinct()
    ).all()
    return [row.id for row in sorted(rows, key=lambda row: (row.origin == "discovered", row.id))]


def _discover(session: Session, said: CompanyName, names: dict[str, str]) -> str:
    key = min(names)
    company_id = "d-" + hashlib.sha256(key.encode()).hexdigest()[:12]
    shown = said.name or names[key]
    session.add(Company(id=company_id, name=shown, name_en=shown if shown.isascii() else None, origin="discovered"))
    session.flush()
    _add_names(session, company_id, names.items())
    return company_id


def _unite(session: Session, companies: Sequence[str]) -> str:
    """Move what discovered companies hold to the first one; seeded and curated companies are never moved."""
    first, *others = companies
    for company in others:
        row = session.get_one(Company, company)
        if row.origin != "discovered":
            continue
        move(session, company, first)
        session.delete(row)
        session.flush()
        drop(session, What.COMPANY, [company])
    return first


def _add_names(session: Session, company_id: str, names: Iterable[tuple[str, str]]) -> None:
    """Of two spellings of one name the first in order is kept, so that it does not matter which came first."""
    for key, name in names:
        known = session.get(CompanyAlias, key)
        if known is None:
            session.add(CompanyAlias(key=key, name=name, company_id=company_id))
        else:
            known.name = min(known.name, name)
    session.flush()
