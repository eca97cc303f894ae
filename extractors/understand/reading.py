"""A whole article, read: its statements with their status, its tables, numbers and dates."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from extractors.records import CHINA, Article
from extractors.understand.chars import language_of, plain
from extractors.understand.cues import find_cues
from extractors.understand.dates import DateHit, find_dates, outside
from extractors.understand.document import Pipeline
from extractors.understand.entities import Entities
from extractors.understand.lexicon import Lexicon
from extractors.understand.mentions import Mention, find_mentions
from extractors.understand.numbers import Number, find_numbers
from extractors.understand.parts import Clause, Statement, Status
from extractors.understand.sentences import BULLET, Extent, lines_of, starting_in
from extractors.understand.status import judge, spread
from extractors.understand.tables import Table, find_tables

_SUBJECT = re.compile(
    r"备案|登记|大模型|生成式|算法|深度合成|语言模型|网信|算备|模型|智能|助手|工具|程序|软件|(?-i:[A-Z][a-z]+)-\w+-20\d{6}|\b(?:AI|LLMs?|models?|algorithms?|generative"
    r"|chatbots?|assistants?|start-?ups?|regulators?|CAC|cyberspace|watchdog|internet offices?|deep[- ]synthesis"
    r"|filings?|filed|register\w*|registrations?)\b",
    re.I,
)
_PROCEDURE = re.compile(
    r"备案|登记|存案|算备|过审|获批|获准|批准|准许|批出|放行|过关|绿灯"
    r"|证|编号|有号|的号|名单|名录|名册|清单|单子|公告|手续|入册|进册|核发|点头|注销|网信|(?-i:[A-Z][a-z]+)-\w+-20\d{6}"
)
_PROCEDURE_EN = re.compile(
    r"\b(?:approv\w+|clear(?:ed|s|ance)|green[- ]?li\w+|fil(?:ed|es|ing|ings)"
    r"|regist\w+|licen[sc]\w+|sanctioned|sign(?:ed|s)?[- ]off|nod|go-ahead|blessing|permission|lists?|added"
    r"|names?|numbers?|notices?)\b",
    re.I,
)
_AI_WORD = re.compile(
    r"大模型|模型|生成式|深度合成|算法|AI|人工智能|\b(?:models?|LLMs?|generative|algorithms?|chatbots?)\b"
)
_LONGEST = 4000
_WIDE = "\u3000"
_DASHED = re.compile(r"\s*[*•·●▪\-–—]")
_HEADER = re.compile(
    r"^\s*(?:[一二三四五六七八九十]+、|附件|[（(][一二三四五六七八九十]+[）)]"
    r"|[A-Z]\.|\d+[.、])?[^。！？；]{2,40}[：:]?\s*$"
)


@dataclass
class Reading:
    """What was read: `text` as given, `plain` as compared (same length), `unnumbered` with filing numbers blanked."""

    text: str
    plain: str
    title: str
    language: str
    published: date | None
    statements: list[Statement]
    tables: list[Table]
    numbers: list[Number]
    dates: list[DateHit]
    lines: list[Extent]
    unnumbered: str
    mentions: list[Mention] = field(default_factory=list)

    @cached_property
    def telling(self) -> list[Statement]:
        """The statements that tell of an approval in their own words, in order. Ask when all are read."""
        return [s for s in self.statements if any(clause.own is Status.APPROVED for clause in s.clauses)]

    @cached_property
    def headings(self) -> list[Statement]:
        """Those of them that stand as a heading."""
        return [statement for statement in self.telling if statement.header]

    def line_of(self, at: int) -> Extent:
        """The line that holds offset `at`, or what of it stands around it where it is long."""
        first, last = max(0, at - _LONGEST), min(len(self.plain), at + _LONGEST)
        start, end = self.plain.rfind("\n", first, at) + 1, self.plain.find("\n", at, last)
        return Extent(start or first, end if end >= 0 else last)

    def in_table(self, at: int) -> bool:
        """Whether the offset stands in a table."""
        before = bisect_right(self.tables, at, key=lambda table: table.start) - 1
        return before >= 0 and at < self.tables[before].end


def read(
    article: Article, lexicon: Lexicon, entities: Callable[[], Entities], pipelines: dict[str, Pipeline]
) -> Reading:
    """Read an article; `pipelines` keeps the spaCy pipelines between calls.

    `entities` gives the reader of names; it is asked for only where the article speaks of approvals.
    """
    text = article.text
    spelled = plain(text)
    title = plain(article.title)
    given = (article.language or "").lower()
    language = "en" if given.startswith("en") else "zh" if given.startswith("zh") else language_of(title + spelled)
    published = article.published.astimezone(CHINA).date() if article.published else None
    lines = list(lines_of(spelled))
    tables = find_tables(_wide_blanks(text, spelled), lines)
    numbers = find_numbers(spelled)
    unnumbered = _blanked(spelled, [(number.start, number.end) for number in numbers], "#")
    dates = find_dates(unnumbered, language, published)
    reading = Reading(text, spelled, title, language, published, [], tables, numbers, dates, lines, unnumbered)
    if _concerns(title + "\n" + spelled, language):
        pipeline = pipelines.get(language) or pipelines.setdefault(language, Pipeline(language))
        prose = [line for line in lines if not reading.in_table(line.start)]
        reading.mentions = find_mentions(spelled, prose, entities(), lexicon)
        reading.dates = outside(dates, ((m.start, m.end) for m in reading.mentions), spelled)
        with pipeline.memory():
            reading.statements = _statements(reading, pipeline)
    return reading


def _concerns(text: str, language: str) -> bool:
    """Whether a text speaks of AI and of a procedure at all: without both it can state no approval."""
    return bool(_SUBJECT.search(text) and (_PROCEDURE_EN if language == "en" else _PROCEDURE).search(text))


def about_approvals(text: str) -> bool:
    """Whether a text keeps coming back to AI and to procedures, so that a weak word in it speaks of them."""
    told = re.findall(r"备案|登记|过审|网信|\b(?:approv\w+|clear(?:ed|ance)|filing|filed|regist\w+|regulator)\b", text)
    return len(told) >= 3 and bool(_AI_WORD.search(text))


def _procedural(title: str) -> bool:
    return bool(re.search(r"备案|登记|大模型|模型|算法|名单|\b(?:fil|regist|approv|list|models?)", title))


def _wide_blanks(text: str, spelled: str) -> str:
    """The plain text with the ideographic spaces of `text`: notices part the columns of a table by a single one."""
    return "".join(a if a == _WIDE else b for a, b in zip(text, spelled, strict=True)) if _WIDE in text else spelled


def _blanked(text: str, spans: list[tuple[int, int]], char: str) -> str:
    pieces, at = [], 0
    for start, end in sorted(spans):
        if start >= at:
            pieces += [text[at:start], char * (end - start)]
            at = end
    return "".join([*pieces, text[at:]])


def _statements(reading: Reading, pipeline: Pipeline) -> list[Statement]:
    masked = _masked(reading)
    wide = reading.title if about_approvals(reading.title + " " + masked[:20_000]) else ""
    statements: list[Statement] = []
    for number, line in enumerate(reading.lines):
        if reading.in_table(line.start):
            continue
        if not any(char.isalnum() for char in reading.plain[line.start : line.end]):
            continue
        item = bool(BULLET.match(masked, line.start, line.end))
        header = _is_header(masked, line)
        context = masked[line.start : line.end] + (reading.title if len(reading.lines) <= 3 else "")
        if reading.language == "en" and not item:
            context += masked[max(0, line.start - 300) : line.start]
        context += "" if item and len(reading.lines) > 4 and not _procedural(reading.title) else wide and " 备案 model"
        for sentence, clauses in pipeline.sentences(masked, line):
            made = [_clause(reading, masked, clause, context) for clause in clauses]
            if masked[sentence.end - 1] in "？?":
                _doubt(made)
            statements.append(Statement(sentence.start, sentence.end, number, item, made, header))
    spread(statements, masked)
    return statements


def _is_header(masked: str, line: Extent) -> bool:
    text = masked[line.start : line.end]
    if _DASHED.match(text):
        return False
    return bool(_HEADER.match(text)) and "#" not in text and "□" not in text and not re.search(r"[，,]\s*\S{12}", text)


def _clause(reading: Reading, masked: str, extent: Extent, context: str) -> Clause:
    words = masked[extent.start : extent.end]
    clause = Clause(extent.start, extent.end, find_cues(words, reading.language))
    numbered = bool(starting_in(reading.numbers, extent.start, extent.end))
    judge(clause, words, context, reading.title, numbered)
    return clause


def _doubt(clauses: list[Clause]) -> None:
    """What is only asked has not been said."""
    for clause in clauses:
        if clause.status is Status.APPROVED:
            clause.own = clause.status = Status.PLANNED


def _masked(reading: Reading) -> str:
    """The plain text with names and numbers blanked, so that their words are no cues."""
    blank = "□" if reading.language == "zh" else "Q"
    return _blanked(reading.unnumbered, [(mention.start, mention.end) for mention in reading.mentions], blank)
