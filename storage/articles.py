"""Store an article with its facts, and recompute the approvals that it speaks of: one call, one transaction."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from extractors.read.urls import canonical_url
from extractors.records import CHINA, ApprovalFact, Article, Kind, RevocationFact
from extractors.understand.lexicon import Lexicon
from extractors.understand.names import number_key, number_kind
from extractors.understand.scope import scoped
from storage.approvals import recompute
from storage.companies import companies_for
from storage.decided import anchor_of
from storage.forgetting import is_forgotten
from storage.identity.copies import Sketch, sketch_of
from storage.identity.decided import known_again
from storage.outbox import announce
from storage.pages import keep_page
from storage.records import Origin, Policy, Reading, Stored
from storage.search import Entry, What, put
from storage.stories import place
from storage.tables import StoredArticle, StoredClaim, StoredMention

_ODD = re.compile("[\0\ud800-\udfff]")


def save(session: Session, reading: Reading, lexicon: Lexicon, policy: Policy) -> Stored:
    """Store what was read, within the caller's transaction.

    The same article with the same text and facts is stored once; with other text it is a new edition of it.
    """
    reading = _clean(reading)
    digest = _text_digest(reading.article)
    row = _find(session, reading.article, article_key(reading.article, reading.origin))
    lit = row is not None and _comes_to_light(row, reading)
    if row is not None and row.text_sha256 == digest and not lit:
        return Stored(row.id, "known", _approvals_of(session, row.id))
    outcome = "new" if row is None else "edition"
    row = _write(session, row, reading, lexicon, digest)
    touched = _take_facts(session, row, reading, lexicon, policy, lit=lit)
    news = announce(session, touched, reading, policy)
    return Stored(row.id, outcome, _approvals_of(session, row.id), news)


def read_anew(session: Session, article_id: int, reading: Reading, lexicon: Lexicon, policy: Policy) -> None:
    """Store what an article says now that it was read once more, within the caller's transaction; tells nobody."""
    reading = _clean(reading)
    row = session.get_one(StoredArticle, article_id)
    digest, edition = _text_digest(reading.article), row.edition
    same = row.text_sha256 == digest
    _write(session, row, reading, lexicon, digest)
    row.edition = edition if same else row.edition
    _take_facts(session, row, reading, lexicon, policy, lit=False, anew=same)


def _take_facts(
    session: Session,
    row: StoredArticle,
    reading: Reading,
    lexicon: Lexicon,
    policy: Policy,
    *,
    lit: bool,
    anew: bool = False,
) -> list[int]:
    """Put what an article says in the place of what it said; returns the approvals that this touches."""
    moved = place(session, row, _sketch(reading, lexicon))
    before = _forget_mentions(session, row.id)
    mentions = _mentions(session, row, reading, lexicon)
    _inherit(mentions, before, lit=lit, anew=anew)
    session.add_all([*mentions, *_claims(row.id, reading)])
    session.flush()
    told_anew = session.scalars(select(StoredMention).where(StoredMention.article_id.in_(moved))) if moved else ()
    return recompute(session, [*before, *mentions, *told_anew], policy.min_confidence, reading.seen_at)


def _comes_to_light(row: StoredArticle, reading: Reading) -> bool:
    """Whether an article that only a source in shadow mode showed now came another way; then it is as new."""
    if row.origin != Origin.SHADOW or reading.origin is Origin.SHADOW:
        return False
    row.origin, row.first_seen_at = reading.origin.value, reading.seen_at
    return True


def is_empty(session: Session) -> bool:
    """Whether no article was ever stored."""
    return session.scalars(select(StoredArticle.id).limit(1)).first() is None


def _approvals_of(session: Session, article_id: int) -> tuple[int, ...]:
    """The approvals that an article supports."""
    told = select(StoredMention.approval_id).where(
        StoredMention.article_id == article_id, StoredMention.approval_id.is_not(None)
    )
    return tuple(sorted({approval for approval in session.scalars(told) if approval is not None}))


def article_key(article: Article, origin: Origin) -> str:
    """What an article is known by: its canonical URL, else the importer's id, else its text.

    A seeded list goes by its id: it names the official page, but is not that page.
    """
    if article.url and origin is not Origin.SEED:
        return canonical_url(article.url)
    return f"id:{article.id}" if article.id else f"text:{_sha(article.title + article.text)}"


def _find(session: Session, article: Article, key: str) -> StoredArticle | None:
    """The row of an article: by its key, else by the importer's id where one side gives no URL."""
    row = session.scalars(select(StoredArticle).where(StoredArticle.key == key)).first()
    if row is None and article.id:
        by_id = select(StoredArticle).where(StoredArticle.external_id == article.id).order_by(StoredArticle.id)
        if article.url is not None:
            by_id = by_id.where(StoredArticle.key == f"id:{article.id}")
        row = session.scalars(by_id).first()
    if row is not None and article.url is not None:
        row.key = key
    return row


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _text_digest(article: Article) -> str:
    """Changes with title and text only: the same text read by a better extractor is no new edition."""
    return _sha(json.dumps([article.title, article.text]))


def _clean(reading: Reading) -> Reading:
    """PostgreSQL refuses NUL, and no database takes a lone surrogate; offsets must hold, so each is replaced."""
    return replace(reading, article=_storable(reading.article), facts=_storable(reading.facts))


def _storable(value: Any) -> Any:
    """A text, or a record with all the texts in it, as a database takes it."""
    if isinstance(value, str):
        return _ODD.sub("\ufffd", value) if _ODD.search(value) else value  # a kind stays a kind
    if isinstance(value, tuple):
        return tuple(map(_storable, value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _storable(getattr(value, field.name)) for field in fields(value)})
    return value


def _write(
    session: Session, row: StoredArticle | None, reading: Reading, lexicon: Lexicon, digest: str
) -> StoredArticle:
    article, facts = reading.article, reading.facts
    worth_keeping = bool(reading.proof or facts.relevant or facts.approvals or facts.batches or facts.revocations)
    if row is None:
        row = StoredArticle(
            key=article_key(article, reading.origin),
            first_seen_at=reading.seen_at,
            origin=reading.origin.value,
            edition=0,
        )
        session.add(row)
    row.external_id = row.external_id or article.id
    row.url, row.source = article.url or row.url, article.source or row.source
    keep = reading.keep and not is_forgotten(session, row)
    row.title, row.text = article.title, article.text if worth_keeping and keep else ""
    row.text_sha256, row.edition = digest, row.edition + 1
    row.published, row.language, row.relevant = article.published, article.language, facts.relevant
    row.extractor, row.lexicon = reading.extractor, lexicon.version
    if reading.page is not None:
        row.page_id = keep_page(session, reading.page, with_body=worth_keeping and keep)
    session.flush()
    said = () if reading.register else (row.text,)  # what a list prints is found by its approvals
    put(session, [Entry(What.ARTICLE, str(row.id), (row.title, *said), _day(article))])
    return row


def _sketch(reading: Reading, lexicon: Lexicon) -> Sketch:
    """What its copies are found by. An official list is a copy of nothing but itself, printed again."""
    article = reading.article
    found = sketch_of(article.text, _day(article), lambda text: (hit.id for hit in lexicon.find(text)))
    return replace(found, hashes=()) if reading.register else found


def _day(article: Article) -> int:
    """The day that an article was published in China, counted from year 1; 0 where it is not known."""
    return article.published.astimezone(CHINA).date().toordinal() if article.published else 0


def _forget_mentions(session: Session, article_id: int) -> list[StoredMention]:
    """The mentions of the edition before, taken out; they still say whose approvals to recompute."""
    old = list(session.scalars(select(StoredMention).where(StoredMention.article_id == article_id)))
    for mention in old:
        session.delete(mention)
    session.execute(delete(StoredClaim).where(StoredClaim.article_id == article_id))
    session.flush()
    return old


def _mentions(session: Session, row: StoredArticle, reading: Reading, lexicon: Lexicon) -> list[StoredMention]:
    facts: list[ApprovalFact | RevocationFact] = [*reading.facts.approvals, *reading.facts.revocations]
    companies = companies_for(session, [fact.company for fact in facts], lexicon) if facts else []
    return [
        _mention(row, ordinal, fact, company, reading, lexicon)
        for ordinal, (fact, company) in enumerate(zip(facts, companies, strict=True))
    ]


def _mention(
    row: StoredArticle,
    ordinal: int,
    fact: ApprovalFact | RevocationFact,
    company: str | None,
    reading: Reading,
    lexicon: Lexicon,
) -> StoredMention:
    kind = fact.kind
    if kind is Kind.UNSPECIFIED and fact.filing_no:
        kind = number_kind(fact.filing_no) or kind
    mention = StoredMention(
        article_id=row.id,
        ordinal=ordinal,
        role="revocation",
        company_id=company,
        company_name=fact.company.name,
        company_names=list(fact.company.names),
        product=fact.product,
        product_key=lexicon.product_key(company, fact.product) if fact.product else None,
        kind=kind.value,
        filing_no=fact.filing_no,
        number_key=number_key(fact.filing_no) if fact.filing_no else None,
        date=fact.date,
        background=False,
        register=reading.register,
        confidence=1.0,
        quote=fact.quote,
        start=fact.start,
        end=fact.end,
        seen_at=reading.seen_at,
        origin=reading.origin.value,
    )
    if isinstance(fact, ApprovalFact):
        mention.role, mention.background, mention.confidence = "approval", fact.background, fact.confidence
        mention.batch, mention.province, mention.authority = fact.batch, fact.province, fact.authority
        mention.scope = fact.scope
    return mention


def _inherit(mentions: list[StoredMention], before: list[StoredMention], *, lit: bool, anew: bool = False) -> None:
    """A fact that a new edition states again stays with its approval, and is as old as it was.

    Where the article came to light (`lit`), all of it is as new. Where the same text was read `anew`, what stands at
    the same place is the same statement, whatever it is taken for now.
    """
    if not before:
        return
    former = {_same_fact(m): m for m in before} | {key: m for m in before if (key := _same_number(m))}
    left = {m.id: m for m in before}
    then, now = _only(before), _only(mentions)
    for mention in mentions:
        known = former.get(_same_fact(mention)) or former.get(_same_number(mention))
        service = _same_service(mention)
        known = known or (_completed(mention, then.get(service)) if now[service] is mention else None)
        if known is None and anew:
            known = left.get(known_again(anchor_of(mention), ((m.id, anchor_of(m)) for m in left.values())) or 0)
        if known is not None:
            left.pop(known.id, None)
            mention.approval_id = known.approval_id
            if not lit:
                mention.seen_at, mention.origin = known.seen_at, known.origin


def _same_fact(mention: StoredMention) -> tuple[str | None, ...]:
    return mention.role, mention.kind, mention.company_id, mention.product_key, mention.number_key


def _same_number(mention: StoredMention) -> tuple[str | None, ...]:
    """A row whose company was renamed is the same one."""
    return (mention.role, mention.kind, mention.number_key) if mention.number_key else ()


def _only(mentions: Iterable[StoredMention]) -> dict[tuple[str | None, ...], StoredMention | None]:
    """By service, the mention that alone speaks of it; None where several do."""
    found: dict[tuple[str | None, ...], StoredMention | None] = {}
    for mention in mentions:
        service = _same_service(mention)
        found[service] = None if service in found else mention
    return found


def _completed(mention: StoredMention, known: StoredMention | None) -> StoredMention | None:
    """What the edition before said of the same service, where its number or kind came later."""
    if known is None:
        return None
    number = None in (known.number_key, mention.number_key)
    kind = known.kind == mention.kind or Kind.UNSPECIFIED in (known.kind, mention.kind)
    return known if number and kind else None


def _same_service(mention: StoredMention) -> tuple[str | None, ...]:
    return mention.role, mention.company_id, mention.product_key


def _claims(article_id: int, reading: Reading) -> list[StoredClaim]:
    return [
        StoredClaim(
            article_id=article_id,
            kind=claim.kind.value,
            batch=claim.batch,
            count=claim.count,
            cumulative=claim.cumulative,
            date=claim.date,
            place=claim.place,
            at_least=claim.at_least,
        )
        for claim in scoped(reading.facts.batches, reading.article)
    ]
