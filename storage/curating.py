"""What reviewers decide about companies: one is another, goes by a name, or is one to be known from now on.

A company that was met in texts (`d-...`) becomes `curated` by review; `reviewed` gives what the lexicon is to learn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from extractors.understand.names import company_key
from storage.approvals import CHUNK, recompute
from storage.companies import discovered_id, heir_of, move, shown_names
from storage.deciding import By, CannotDecide
from storage.decisions import DecisionRecord, record, standing
from storage.queries import companies_by_id
from storage.records import Action, Policy
from storage.search import What, drop, put_companies
from storage.tables import Company, CompanyAlias, StoredApproval, StoredMention

SUBJECT = "company:"


@dataclass(frozen=True, slots=True)
class KnownCompany:
    """One company: its names, how it came to be known (`origin`), and how many approvals are held of it."""

    id: str
    name: str
    name_en: str | None
    origin: str
    names: tuple[str, ...]
    approvals: int


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A company that reviewers know more of than the lexicon: its names, and whether it is in the lexicon at all.

    `products` are those that official lists print as its own, each with all its names.
    """

    id: str
    name: str
    name_en: str | None
    names: tuple[str, ...]
    curated: bool
    products: tuple[tuple[str, ...], ...] = ()


def companies(session: Session, text: str | None = None, origin: str | None = None) -> list[KnownCompany]:
    """The companies whose id is, or a name contains `text`; those with most approvals first."""
    conditions: list[ColumnElement[bool]] = [Company.merged_into.is_(None)]
    if origin is not None:
        conditions.append(Company.origin == origin)
    if text is not None:
        named = select(CompanyAlias.company_id).where(CompanyAlias.name.icontains(text, autoescape=True))
        conditions.append(or_(Company.id == text, Company.id.in_(named)))
    return _found(session, conditions)


def company(session: Session, wanted: str) -> KnownCompany | None:
    """The company of that id (or what it was merged into), or of exactly that name."""
    id = heir_of(session, wanted)
    alias = session.get(CompanyAlias, company_key(wanted))
    if session.get(Company, id) is None and alias is not None:
        id = alias.company_id
    return next(iter(_found(session, [Company.id == id])), None)


def _found(session: Session, conditions: Iterable[ColumnElement[bool]]) -> list[KnownCompany]:
    held = (
        select(func.count(StoredApproval.id))
        .where(StoredApproval.company_id == Company.id, StoredApproval.merged_into.is_(None))
        .scalar_subquery()
    )
    rows = session.execute(select(Company, held).where(*conditions).order_by(held.desc(), Company.id)).all()
    ids = [company.id for company, _ in rows]
    known = {c.id: c for n in range(0, len(ids), CHUNK) for c in companies_by_id(session, ids[n : n + CHUNK])}
    return [
        KnownCompany(c.id, known[c.id].name or c.name, known[c.id].name_en, c.origin, known[c.id].names, count)
        for c, count in rows
    ]


def merge(session: Session, id: str, into: str, by: By, policy: Policy) -> DecisionRecord:
    """A company is another: its id leads there, with all its names. Raises CannotDecide."""
    row, heir = _known(session, id), _known(session, into)
    if row.id == heir.id:
        raise CannotDecide(f"{id} and {into} are one company already")
    made = _record(session, Action.MERGE, row, by, {"into": heir.id, "names": _keys(session, row.id)})
    _give(session, row, heir.id, by, policy)
    return made


def split(session: Session, id: str, names: Sequence[str], by: By, policy: Policy) -> DecisionRecord:
    """These names of a company are another company's, with what goes by them; texts don't unite the two again.

    Raises CannotDecide.
    """
    row = _known(session, id)
    if row.origin == "seeded":
        raise CannotDecide(f"{row.id} is in the lexicon: its names are set in companies.toml")
    held, keys = _keys(session, row.id), {company_key(name) for name in names}
    for unknown in sorted(keys - {key for key, _ in held}):
        raise CannotDecide(f"{unknown} is no name of {row.id}; `greenlit companies show {row.id}` lists them")
    gone = [[key, name] for key, name in held if key in keys]
    if len(gone) == len(held):
        raise CannotDecide(f"{row.id} would keep no name: name some of its {len(held)}")
    was = {"name": row.name, "name_en": row.name_en, "origin": row.origin}
    other = Company(id=_free_id(session, gone[0][0]), origin="curated")
    other.name, other.name_en = shown_names([name for _, name in gone])
    row.origin = "curated"  # texts unite no company that a reviewer vouched for
    row.name, row.name_en = shown_names([name for key, name in held if key not in keys])
    session.add(other)
    session.flush()
    made = _record(session, Action.SPLIT, row, by, {"into": other.id, "names": gone, "was": was})
    _take(session, other, keys, by, policy)
    return made


def _free_id(session: Session, key: str) -> str:
    """An id for a company that is split off; the one that its name would give it may be taken."""
    id = discovered_id(key)
    while session.get(Company, id) is not None:
        key += "+"
        id = discovered_id(key)
    return id


def alias(session: Session, id: str, name: str, by: By) -> DecisionRecord:
    """A company goes by that name, too. Raises CannotDecide."""
    row, key = _known(session, id), company_key(name)
    if not key:
        raise CannotDecide(f"{name!r} is no name")
    held = session.get(CompanyAlias, key)
    if held is not None:
        way = (
            "it is known already"
            if held.company_id == row.id
            else f"`greenlit companies merge {held.company_id} {row.id}`"
        )
        raise CannotDecide(f"{name} is a name of {held.company_id}: {way}")
    session.add(CompanyAlias(key=key, name=name, company_id=row.id))
    put_companies(session, {row.id})
    return _record(session, Action.ALIAS, row, by, {"key": key, "name": name})


def curate(
    session: Session, id: str, by: By, policy: Policy, *, new_id: str | None = None, zh: str | None = None,
    en: str | None = None,
) -> DecisionRecord:  # fmt: skip
    """A company that texts named is one to be known: under these names, and an id of its own. Raises CannotDecide."""
    row = _known(session, id)
    if row.origin == "seeded":
        raise CannotDecide(f"{id} is in the lexicon already; `greenlit companies alias {id} NAME` gives it a name")
    taken = session.get(Company, new_id) if new_id not in (None, row.id) else None
    if taken is not None and heir_of(session, taken.id) != row.id:
        raise CannotDecide(f"{new_id} is another company: `greenlit companies merge {id} {new_id}`")
    was = {"name": row.name, "name_en": row.name_en, "origin": row.origin}
    names = _keys(session, row.id)
    target = row if new_id in (None, row.id) else taken or Company(id=new_id)
    target.name, target.name_en, target.origin, target.merged_into = zh or row.name, en or row.name_en, "curated", None
    session.add(target)
    session.flush()
    made = _record(session, Action.CONFIRM, row, by, {"into": target.id, "names": names, "was": was})
    for name in (zh, en):
        if name and session.get(CompanyAlias, company_key(name)) is None:
            session.add(CompanyAlias(key=company_key(name), name=name, company_id=target.id))
            session.flush()
    put_companies(session, {target.id})
    if target is not row:
        _give(session, row, target.id, by, policy)
    return made


def redo(session: Session, undone: DecisionRecord, by: By, policy: Policy) -> None:
    """Take back what an undone decision did to a company."""
    id, value = undone.subject.removeprefix(SUBJECT), undone.value
    row = session.get(Company, id)
    if row is None:
        return  # united with another by what a text says: nothing of its own is left
    if undone.action is Action.ALIAS:
        held = session.get(CompanyAlias, value["key"])
        if held is not None:
            session.delete(held)
            put_companies(session, {held.company_id})
        return
    for name, old in value.get("was", {}).items():
        setattr(row, name, old)
    if undone.action is Action.SPLIT:
        other = session.get_one(Company, value["into"])
        if other.merged_into is None:
            _give(session, other, id, by, policy)
        return
    if value["into"] != id:
        whole = _keys(session, value["into"]) if undone.action is Action.CONFIRM else []
        _take(session, row, {key for key, _ in [*value["names"], *whole]}, by, policy)
    if undone.action is Action.CONFIRM and value["into"] != id:
        session.get_one(Company, value["into"]).merged_into = id


def reviewed(session: Session) -> Iterator[Reviewed]:
    """The companies that the lexicon is to learn: curated ones whole, of others the names that reviewers gave."""
    learned: dict[str, set[str]] = {}
    for one in standing(session):
        if one.subject.startswith(SUBJECT) and one.action in (Action.ALIAS, Action.MERGE):
            id = heir_of(session, one.value.get("into") or one.subject.removeprefix(SUBJECT))
            learned.setdefault(id, set()).update(
                [one.value["name"]] if one.action is Action.ALIAS else [name for _, name in one.value["names"]]
            )
    curated = set(session.scalars(select(Company.id).where(Company.origin == "curated", Company.merged_into.is_(None))))
    names, products = _names(session, sorted(curated)), _products(session, sorted(curated))
    for id in sorted(curated | set(learned)):
        row = session.get(Company, id)
        if row is not None and (row.origin != "discovered"):
            known = names.get(id, []) if id in curated else sorted(learned[id])
            yield Reviewed(id, row.name, row.name_en, tuple(known), id in curated, tuple(products.get(id, ())))


def _known(session: Session, id: str) -> Company:
    found = company(session, id)
    if found is None:
        raise CannotDecide(f"no company {id}; `greenlit companies list` shows those there are")
    return session.get_one(Company, found.id)


def _record(session: Session, action: Action, row: Company, by: By, value: Mapping[str, Any]) -> DecisionRecord:
    return record(session, action, f"{SUBJECT}{row.id}", author=by.author, reason=by.reason, at=by.at, value=value)


def _names(session: Session, ids: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for start in range(0, len(ids), CHUNK):
        wanted = select(CompanyAlias).where(CompanyAlias.company_id.in_(ids[start : start + CHUNK]))
        for one in session.scalars(wanted.order_by(CompanyAlias.key)):
            found.setdefault(one.company_id, []).append(one.name)
    return found


def _products(session: Session, ids: Sequence[str]) -> dict[str, list[tuple[str, ...]]]:
    """By company, the products of its approvals that an official list confirms; the name in the list comes first."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for start in range(0, len(ids), CHUNK):
        wanted = select(StoredApproval).where(
            StoredApproval.company_id.in_(ids[start : start + CHUNK]),
            StoredApproval.status == "confirmed",
            StoredApproval.merged_into.is_(None),
            StoredApproval.product.is_not(None),
        )
        for one in session.scalars(wanted.order_by(StoredApproval.product, StoredApproval.id)):
            names = tuple(dict.fromkeys(filter(None, (one.product, *one.product_names))))
            held = found.setdefault(str(one.company_id), [])
            if names not in held:
                held.append(names)
    return found


def _keys(session: Session, id: str) -> list[list[str]]:
    rows = session.scalars(select(CompanyAlias).where(CompanyAlias.company_id == id).order_by(CompanyAlias.key))
    return [[row.key, row.name] for row in rows]


def _mentions(session: Session, id: str) -> list[StoredMention]:
    return list(session.scalars(select(StoredMention).where(StoredMention.company_id == id)))


def _give(session: Session, row: Company, to: str, by: By, policy: Policy) -> None:
    mentions = _mentions(session, row.id)
    row.merged_into = to
    move(session, row.id, to)
    drop(session, What.COMPANY, [row.id])
    put_companies(session, {to})
    _anew(session, mentions, by, policy)


def _take(session: Session, row: Company, keys: set[str], by: By, policy: Policy) -> None:
    """Give back what the names of a company lead to; approvals follow from the mentions."""
    row.merged_into = None
    held = list(session.scalars(select(CompanyAlias).where(CompanyAlias.key.in_(keys))))
    heirs = sorted({alias.company_id for alias in held})
    mentions = [m for heir in heirs for m in _mentions(session, heir)]
    for alias in held:
        alias.company_id = row.id
    for mention in mentions:
        if _goes_by(mention, keys):
            mention.company_id = row.id
    session.flush()
    put_companies(session, {row.id, *heirs})
    _anew(session, mentions, by, policy)


def _goes_by(mention: StoredMention, keys: set[str]) -> bool:
    """Whether a mention names a company by one of these: by its own name, else by any."""
    if mention.company_name:
        return company_key(mention.company_name) in keys
    return any(company_key(name) in keys for name in mention.company_names)


def _anew(session: Session, mentions: Iterable[StoredMention], by: By, policy: Policy) -> None:
    touched = list(mentions)
    for mention in touched:
        session.refresh(mention)
    recompute(session, touched, policy.min_confidence, by.at)
