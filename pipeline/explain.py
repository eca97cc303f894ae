"""Every decision about one page, from fetch to digest, in words; nothing is stored."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from config.source import Source
from extractors.lines import LineError, article_from_line
from extractors.read.charset import decode
from extractors.read.guard import UnreadablePage
from extractors.read.html import read_article
from extractors.read.urls import canonical_url
from extractors.records import ApprovalFact, Article, Facts, Page
from pipeline.assembly import Assembly
from pipeline.ingest import Broken, refuse_damage
from storage import queries
from storage.articles import save
from storage.records import Origin, Reading


@dataclass(frozen=True, slots=True)
class Step:
    """One decision: the stage that took it, and what it said."""

    step: str
    said: str


@dataclass(slots=True)
class Account:
    """The decisions in their order; `refused` says why the page got no further, None where it was read."""

    steps: list[Step] = field(default_factory=list)
    refused: str | None = None

    def say(self, step: str, said: str) -> None:
        """Add one decision."""
        self.steps.append(Step(step, said))


def explain_target(parts: Assembly, target: str) -> Account:
    """Explain an address (fetched now, politely) or a file (HTML, plain text, or one JSON line)."""
    account = Account()
    try:
        if target.startswith(("http://", "https://")):
            article = _from_page(account, parts, _fetch(account, parts, target))
        else:
            article = _from_file(account, parts, Path(target))
        facts = _understand(account, parts, article)
    except (Broken, UnreadablePage, LineError, _Refused) as error:
        account.refused = str(error)
        return account
    _resolve(account, parts, article, facts)
    return account


class NoSuchFile(Exception):
    """What is to be explained is not there."""


class _Refused(Exception):
    """The page was not fetched."""


def _fetch(account: Account, parts: Assembly, url: str) -> Page:
    from pipeline.fetch import FetchError, Request
    from pipeline.links import page_request

    source = _source_of(parts, url)
    spacing = source.politeness.spacing if source else 1.0
    request = page_request(source, url) if source else Request(url)
    account.say("identity", canonical_url(url))
    account.say("source", source.id if source else "none of ours has this host: read by the generic extractor")
    try:
        page = parts.polite.fetch(request, spacing=spacing)
    except FetchError as error:
        raise _Refused(str(error)) from error
    where = "" if page.final_url == url else f", redirected to {page.final_url}"
    account.say("fetch", f"status {page.status}, {len(page.body)} bytes, sha-256 {page.sha256[:16]}…{where}")
    return page


def _source_of(parts: Assembly, url: str) -> Source | None:
    host = urlsplit(url).hostname
    named = [s for s in parts.sources.sources.values() if s.listing and urlsplit(s.listing.url).hostname == host]
    return named[0] if named else None


def _from_page(account: Account, parts: Assembly, page: Page) -> Article:
    source = _source_of(parts, page.url)
    _prefilter(account, parts, page.body)
    decoded = decode(page.body, page.header("content-type"))
    account.say("charset", f"{decoded.charset}, {decoded.replaced} characters replaced")
    article = replace(parts.ingest.read_page(page, source), source=source.id if source else None)
    return _read(account, article)


def _from_file(account: Account, parts: Assembly, path: Path) -> Article:
    try:
        body = path.read_bytes()
    except OSError as error:
        raise NoSuchFile(f"{path}: can't be read: {error.strerror}; explain takes an address or a file") from error
    account.say("file", f"{path}, {len(body)} bytes")
    _prefilter(account, parts, body)
    text = decode(body).text
    if text.lstrip().startswith("{"):
        return _read(account, article_from_line(_object(text)))
    if "<html" in text[:2000].lower() or "<!doctype" in text[:200].lower():
        return _read(account, parts.ingest.read(read_article, text, None))
    title, _, rest = text.partition("\n")
    return _read(account, Article(title.strip(), rest.strip() or title))


def _object(text: str) -> object:
    try:
        return json.loads(text.strip().splitlines()[0])
    except ValueError as error:
        raise LineError(None, f"the first line is not JSON: {error}") from error


def _prefilter(account: Account, parts: Assembly, body: bytes) -> None:
    matters = parts.ingest.prefilter.may_matter(body)
    if not matters:
        account.say("prefilter", "holds none of the words of an approval: a round ends here")
    else:
        account.say("prefilter", "may matter")


def _read(account: Account, article: Article) -> Article:
    when = article.published.isoformat() if article.published else "no time found"
    account.say("read", f"{article.title!r}, {len(article.text)} characters, {article.language or '?'}, {when}")
    return article


def _understand(account: Account, parts: Assembly, article: Article) -> Facts:
    refuse_damage(article)
    for decision in parts.ingest.explain(article):
        account.say("sentence", f"[{decision.start}:{decision.end}] {decision.text.strip()[:120]}")
        for rule in decision.rules:
            account.say("", f"  rule {rule}")
        account.say("", f"  -> {decision.conclusion}")
    facts = parts.ingest.facts(article)
    account.say("relevant", "yes" if facts.relevant else "no")
    for fact in facts.approvals:
        account.say("approval", _fact(fact))
    for claim in facts.batches:
        account.say("claim", f"{claim.kind.value}, batch {claim.batch}, {claim.count} new, {claim.cumulative} in all")
    for gone in facts.revocations:
        account.say("revocation", f"{gone.company.name or '?'} / {gone.product or '?'} {gone.filing_no or ''}")
    return facts


def _fact(fact: ApprovalFact) -> str:
    name = f"{fact.company.name or '?'} ({fact.company.id or 'not in the lexicon'}) / {fact.product or '-'}"
    details = [fact.kind.value, fact.filing_no, fact.date, f"batch {fact.batch}" if fact.batch else None, fact.province]
    tail = " background" if fact.background else ""
    return f"{name}: {', '.join(d for d in details if d)}; confidence {fact.confidence:.2f}{tail}"


class _Undo(Exception):
    """Ends the trial: what it stored is rolled back."""


def _resolve(account: Account, parts: Assembly, article: Article, facts: Facts) -> None:
    """Store the article for a trial, tell what came of it, and roll back."""
    reading = Reading(article, facts, Origin.LIVE, "explain", parts.clock())
    try:
        with parts.database.write() as session:
            stored = save(session, reading, parts.lexicon, parts.policy)
            if stored.outcome == "known":
                account.say("store", "known before, with the same text")
            for found in queries.approvals_by_id(session, stored.approvals):
                others = len(found.articles) - 1
                name = f"{found.company.name or '?'} / {found.product or '-'} ({found.kind.value})"
                account.say("resolve", f"{name}: {found.status}, told by {others} other article(s)")
                account.say("digest", "would be mailed" if found.id in stored.news else "would not be mailed")
            raise _Undo
    except _Undo:
        return
