"""Search by parts of words: approvals, companies and articles, in Chinese and English, the same on both databases.

Texts and questions are folded (half-width, simplified, lower case, letters and digits only), so that Traditional finds
Simplified and `ERNIE-Bot` finds `ERNIE Bot`. A text is found by its runs of three characters; a question of one or two
characters by the beginnings of these. What an index finds is checked against the text.

Neither FTS5's own trigrams nor pg_trgm would do: both find nothing by two characters, which is what most Chinese names
have, and pg_trgm passes over Chinese where the database's locale is C.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    cast,
    column,
    delete,
    func,
    insert,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from extractors.understand.chars import plain
from storage.tables import CompanyAlias, SearchText

LONGEST = 20_000
"""Characters of one text that can be found."""
RUNS = 16
"""Runs of a question that are looked up; the rest of a longer one is checked against the text."""
CHUNK = 500
_RUN = 3
_NOT_WORDS = re.compile(r"[\W_]+")
_GRAMS = table("search_grams", column("rowid"), column("grams"))
_KNOWN = select(SearchText.id, SearchText.ref, SearchText.text).where(
    SearchText.what == bindparam("what"), SearchText.ref.in_(bindparam("refs", expanding=True))
)
_ALIASES = (
    select(CompanyAlias.company_id, CompanyAlias.name)
    .where(CompanyAlias.company_id.in_(bindparam("ids", expanding=True)))
    .order_by(CompanyAlias.key)
)


class What(StrEnum):
    """What can be found."""

    ARTICLE = "article"
    COMPANY = "company"
    APPROVAL = "approval"


_FIRST = MappingProxyType({What.ARTICLE: 0, What.COMPANY: 1 << 60, What.APPROVAL: 2 << 60})
_SPAN = 1 << 60


@dataclass(frozen=True, slots=True)
class Entry:
    """What one thing is found by: `ref` is its id as text; of articles, `day` (an ordinal) is when it was published."""

    what: What
    ref: str
    fields: tuple[str, ...]
    day: int = 0

    @property
    def id(self) -> int:
        """Its place among the results: later ids come first."""
        if self.what is What.COMPANY:
            number = int.from_bytes(hashlib.blake2b(self.ref.encode(), digest_size=7).digest())
        else:
            number = (self.day << 32) + int(self.ref)
        return _FIRST[self.what] + number

    @property
    def text(self) -> str:
        """Its fields, folded, one a line."""
        return "\n".join(dict.fromkeys(line for line in map(fold, self.fields) if line))[:LONGEST]


def fold(said: str) -> str:
    """A text as it is searched: half-width, simplified, lower case, letters and digits only."""
    return _NOT_WORDS.sub("", plain(unicodedata.normalize("NFKC", said)).lower())


def words(question: str) -> list[str]:
    """What a question asks for: its words, folded; all of them must be found."""
    return [word for word in dict.fromkeys(map(fold, question.split())) if word]


def runs(folded: str) -> list[str]:
    """The runs of three characters in a folded text; shorter ones at the ends of its lines."""
    found = {line[at : at + _RUN] for line in folded.split("\n") for at in range(len(line))}
    return sorted(found)


def put(session: Session, entries: Sequence[Entry]) -> None:
    """Let these be found by what they say now; what says the same as before costs no more than the question."""
    for start in range(0, len(entries), CHUNK):
        _put(session, entries[start : start + CHUNK])


def _put(session: Session, entries: Sequence[Entry]) -> None:
    known = _known(session, entries)
    fresh = []
    for entry in entries:
        was, said = known.get((entry.what, entry.ref)), entry.text
        if was != (entry.id, said):
            fresh.append({"id": entry.id, "what": entry.what.value, "ref": entry.ref, "text": said})
    _remove(session, [known[key] for new in fresh if (key := (new["what"], new["ref"])) in known])
    if fresh:
        session.execute(insert(SearchText), fresh)
        _index(session, [(int(new["id"]), str(new["text"])) for new in fresh])


def drop(session: Session, what: What, refs: Iterable[object]) -> None:
    """Let these be found no more."""
    entries = [Entry(what, str(ref), ()) for ref in refs]
    for start in range(0, len(entries), CHUNK):
        _remove(session, list(_known(session, entries[start : start + CHUNK]).values()))


def _known(session: Session, entries: Sequence[Entry]) -> dict[tuple[str, str], tuple[int, str]]:
    """What is held of these, by what and ref: the id, and the text that it is found by."""
    found: dict[tuple[str, str], tuple[int, str]] = {}
    for what in {entry.what for entry in entries}:
        asked = {"what": what.value, "refs": [entry.ref for entry in entries if entry.what is what]}
        found |= {(what, ref): (id, said) for id, ref, said in session.execute(_KNOWN, asked)}
    return found


def _remove(session: Session, rows: Sequence[tuple[int, str]]) -> None:
    if not rows:
        return
    ids = [id for id, _ in rows]
    if _is_sqlite(session):  # an index without a copy of the text is told what to take out
        take_out = text("INSERT INTO search_grams (search_grams, rowid, grams) VALUES ('delete', :id, :grams)")
        session.execute(take_out, [{"id": id, "grams": " ".join(runs(said))} for id, said in rows])
    else:
        session.execute(delete(_GRAMS).where(_GRAMS.c.rowid.in_(ids)))
    session.execute(delete(SearchText).where(SearchText.id.in_(ids)))


def _index(session: Session, texts: Sequence[tuple[int, str]]) -> None:
    if _is_sqlite(session):
        statement = text("INSERT INTO search_grams (rowid, grams) VALUES (:id, :grams)")
        rows: list[dict[str, object]] = [{"id": id, "grams": " ".join(runs(said))} for id, said in texts]
    else:
        statement = text("INSERT INTO search_grams (rowid, grams) VALUES (:id, array_to_tsvector(:grams))")
        rows = [{"id": id, "grams": runs(said)} for id, said in texts]
    session.execute(statement, rows)


def rebuild(session: Session) -> int:
    """Make the index anew from the texts; returns how many there are."""
    session.execute(text("DELETE FROM search_grams" if not _is_sqlite(session) else _EMPTY))
    count, last = 0, -1
    while rows := session.execute(
        select(SearchText.id, SearchText.text).where(SearchText.id > last).order_by(SearchText.id).limit(CHUNK)
    ).all():
        _index(session, [(row.id, row.text) for row in rows])
        count, last = count + len(rows), rows[-1].id
    return count


_EMPTY = "INSERT INTO search_grams (search_grams) VALUES ('delete-all')"


def matching(session: Session, what: What, asked: Sequence[str]) -> Select[int]:
    """A query for the ids (in `search_texts`) of what holds all these folded words."""
    first = _FIRST[what]
    query = select(SearchText.id).join(_GRAMS, _GRAMS.c.rowid == SearchText.id)
    place = func.instr if _is_sqlite(session) else func.strpos
    return query.where(
        _GRAMS.c.rowid.between(first, first + _SPAN - 1),
        _holds(session, asked),
        *(place(SearchText.text, word) > 0 for word in asked),
    )


def _holds(session: Session, asked: Sequence[str]) -> ColumnElement[bool]:
    """Whether the index holds the runs of all words, or what begins like a word that is too short for a run."""
    if _is_sqlite(session):
        found = " AND ".join(f'"{run}"' + ("*" if len(run) < _RUN else "") for run in _asked_runs(asked))
        return literal_column("search_grams", type_=SearchText.text.type).op("MATCH", is_comparison=True)(found)
    found = " & ".join(f"'{run}'" + (":*" if len(run) < _RUN else "") for run in _asked_runs(asked))
    return _GRAMS.c.grams.op("@@", is_comparison=True)(cast(found, TSQUERY))


def _asked_runs(asked: Sequence[str]) -> list[str]:
    found = [[word[at : at + _RUN] for at in range(max(1, len(word) - _RUN + 1))][:RUNS] for word in asked]
    return list(dict.fromkeys(run for several in found for run in several))


def refs(session: Session, what: What, question: str, limit: int) -> list[str]:
    """The refs of at most `limit` things that hold all words of a question, articles the newest first."""
    asked = words(question)
    if not asked:
        return []
    ids = matching(session, what, asked).order_by(SearchText.id.desc()).limit(limit).subquery()
    return list(session.scalars(select(SearchText.ref).join(ids, ids.c.id == SearchText.id).order_by(ids.c.id.desc())))


def approvals_holding(session: Session, word: str) -> Select[int]:
    """A query for the ids of the approvals whose own words hold one folded word."""
    found = matching(session, What.APPROVAL, [word]).subquery()
    return select(found.c.id - _FIRST[What.APPROVAL])


def companies_holding(session: Session, word: str) -> Select[str]:
    """A query for the ids of the companies whose names hold one folded word."""
    found = matching(session, What.COMPANY, [word]).subquery()
    return select(SearchText.ref).join(found, found.c.id == SearchText.id)


def put_companies(session: Session, ids: Iterable[str]) -> None:
    """Let these companies be found by the names that lead to them now."""
    names: dict[str, list[str]] = {id: [] for id in sorted(set(ids))}
    for start in range(0, len(names), CHUNK):
        some = list(names)[start : start + CHUNK]
        for id, name in session.execute(_ALIASES, {"ids": some}):
            names[id].append(name)
    put(session, [Entry(What.COMPANY, id, tuple(known)) for id, known in names.items()])


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
