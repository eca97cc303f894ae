"""The analyst: an article in, its facts out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from config.companies import CompanyEntry
from extractors.records import Article, Facts
from extractors.understand.assemble import assemble
from extractors.understand.document import Pipeline
from extractors.understand.drafts import Draft
from extractors.understand.en_drafts import read_english
from extractors.understand.lexicon import Lexicon
from extractors.understand.reading import Reading, read
from extractors.understand.rows import read_tables
from extractors.understand.zh_drafts import read_chinese

EXTRACTOR_VERSION = "10"
"""Changes whenever the facts of some article may: part of every mention."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was concluded of one sentence (or table row), and by which rules, clause by clause."""

    text: str
    start: int
    end: int
    rules: tuple[str, ...]
    conclusion: str


class Analyst:
    """Reads articles with one lexicon. spaCy is imported with the first article."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._pipelines: dict[str, Pipeline] = {}

    @classmethod
    def of(cls, companies: Iterable[CompanyEntry]) -> Analyst:
        """An analyst who knows these companies."""
        return cls(Lexicon.build(companies))

    def facts(self, article: Article) -> Facts:
        """All that the article says of approvals; a function of article and lexicon alone."""
        reading, drafts = self._read(article)
        return assemble(reading, drafts, self.lexicon)

    def explain(self, article: Article) -> tuple[Decision, ...]:
        """How each sentence was judged, in order of the text."""
        reading, drafts = self._read(article)
        decisions = [_decision(reading, statement.start, statement.end, drafts) for statement in reading.statements]
        decisions += [_decision(reading, row.start, row.end, drafts) for table in reading.tables for row in table.rows]
        return tuple(sorted(decisions, key=lambda decision: decision.start))

    def _read(self, article: Article) -> tuple[Reading, list[Draft]]:
        reading = read(article, self.lexicon, self._pipelines)
        if not reading.statements and not reading.tables:
            return reading, []
        text, statements = reading.unnumbered, reading.statements
        if reading.language == "en":
            prose = read_english(text, statements, self.lexicon)
        else:
            prose = read_chinese(text, statements, self.lexicon, reading.title)
        return reading, prose + read_tables(reading, self.lexicon)


def _decision(reading: Reading, start: int, end: int, drafts: list[Draft]) -> Decision:
    clauses = [c for s in reading.statements if s.start == start for c in s.clauses]
    rules = [f"{cue.category}.{cue.rule}" for clause in clauses for cue in clause.cues]
    rules += [f"inherited.{clause.status}" for clause in clauses if clause.inherited]
    here = [draft for draft in drafts if start <= draft.statement.start < end]
    rules += [f"name.{draft.rule}" for draft in here]
    said = [f"{_shown(reading, draft)}: {draft.status}" for draft in here]
    statuses = [str(clause.status) for clause in clauses] or [str(draft.status) for draft in here]
    conclusion = "; ".join(said) or ", ".join(dict.fromkeys(statuses))
    return Decision(reading.text[start:end], start, end, tuple(dict.fromkeys(rules)), conclusion)


def _shown(reading: Reading, draft: Draft) -> str:
    company = reading.text[draft.company.start : draft.company.end] if draft.company else ""
    product = reading.text[slice(*draft.product)] if draft.product else ""
    return " / ".join(part for part in (company, product) if part)
