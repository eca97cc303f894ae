"""The way in: a file of any kind to the rows of the official list in it, with an account of them all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from extractors.records import Kind
from extractors.registers.account import Account, account_of
from extractors.registers.document import NoList
from extractors.registers.entries import Known, month_of, row_of
from extractors.registers.files import open_document
from extractors.registers.layout import Layout, Refused, lay_out
from extractors.registers.rows import RegisterRow
from extractors.registers.stated import stated_totals

VERSION = "2"
"""Raise it when the readers of lists change: lists that they broke on, and kept ones by `reextract`, are read anew."""


@dataclass(frozen=True, slots=True)
class ListContext:
    """What is known of a list from outside its file: all of it may be empty.

    `kind` is used where neither the tables nor their captions tell; `title` and `text` are the notice's, whose
    stated totals are checked; `published` is its day in China, the date of rows without one.
    """

    kind: Kind | None = None
    title: str = ""
    text: str = ""
    published: date | None = None


@dataclass(frozen=True, slots=True)
class RegisterReading:
    """The rows of a file in its order, their account, each row that was not taken, and what was left alone."""

    rows: tuple[RegisterRow, ...]
    account: Account
    refused: tuple[Refused, ...] = ()
    notes: tuple[str, ...] = ()


def read_register(body: bytes, name: str | None, context: ListContext) -> RegisterReading:
    """Read docx, pdf, xlsx, xls, csv, HTML or text; the kind of file is told by its bytes, never by `name`.

    `name` (a file's name, or the text of its link) may tell the list's month. Raises UnreadableList (an
    UnreadablePage) for what holds no table at all or is made to do harm. To be called in a worker: what comes from
    outside may exhaust or crash a parser.
    """
    document = open_document(body)
    if not document.grids:
        raise NoList(
            "no table with the columns of an official list: an attachment asked for without its page as Referer"
            " comes back as a web page"
        )
    title = context.title or name or ""
    layout = lay_out(document, title, context.kind)
    known = Known(_list(name, context, layout.captions), context.published.isoformat() if context.published else None)
    made = [row_of(entry, known) for entry in layout.entries]
    rows = tuple(row for row in made if isinstance(row, RegisterRow))
    refused = (*layout.refused, *(row for row in made if isinstance(row, Refused)))
    stated = stated_totals([context.title, context.text, *layout.captions])
    account = account_of(rows, stated, (*document.doubts, *_open_questions(layout, refused)))
    return RegisterReading(rows, account, refused, document.notes)


def _open_questions(layout: Layout, refused: tuple[Refused, ...]) -> list[str]:
    """What of the tables was not taken, or not for sure."""
    return [
        *(f"not taken: {row.place}: {row.reason}" for row in refused),
        *(f"not taken: the column {word!r}, which is not known" for word in dict.fromkeys(layout.unknown)),
        *(f"taken by what is in it: the column {column}" for column in dict.fromkeys(layout.completed)),
        *(f"{place}: no header names the columns; they were told by what is in them" for place in layout.guessed),
    ]


def _list(name: str | None, context: ListContext, captions: list[str]) -> str:
    """The month that a list is named after, YYYY-MM; else that of its notice; else ""."""
    for text in (name or "", *captions[:5], context.title):
        if month := month_of(text):
            return month
    return f"{context.published:%Y-%m}" if context.published else ""
