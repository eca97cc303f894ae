"""A register row: one line of an official list; and a list as an article with its facts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from extractors.records import ApprovalFact, Article, CompanyName, Facts, Kind, RevocationFact
from extractors.understand.lexicon import Lexicon

QUOTED = ("province", "product", "company", "filing_no", "date")
"""What the text of a row holds, in the order of the regulator's own tables."""


class Oddity(StrEnum):
    """What is odd about a row that was taken all the same."""

    DAMAGED_NUMBER = "the number is of no known shape, kept as printed"
    NO_NUMBER = "it has no number"
    OTHER_KIND = "the number has the shape of the other kind"
    OTHER_PROVINCE = "the number begins with another province"
    UNKNOWN_HEAD = "the number begins with no known province"
    NO_DATE = "its date can't be read"
    NO_SERIAL = "it has no serial number"
    SWAPPED = "product and holder stood in each other's column"
    NO_COMPANY = "it names no holder"
    NO_PRODUCT = "it names no product"
    UNKNOWN_KIND = "neither list nor number tells its kind"
    DAMAGED_TEXT = "characters of it can't be read"


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One row, its fields as printed.

    `list` is the list it stands in (YYYY-MM, or ""), `date` the day of the filing (YYYY-MM-DD): its own column,
    else the day the list was announced, never the date in its number. `province` of lists without that column is
    the one that the number names. `role` is the role of deep synthesis (服务提供者, 服务技术支持者) or the class of
    an algorithm; `app` where it is used, for services inside a device the devices; `late` marks a late addition
    (补登); `cancelled` a row of a cancellation notice, whose `kind` may be unspecified.
    """

    kind: Kind
    list: str
    date: str | None
    province: str
    company: str
    product: str
    filing_no: str
    scope: str | None = None
    serial: int | None = None
    role: str | None = None
    app: str | None = None
    purpose: str | None = None
    remark: str | None = None
    late: bool = False
    cancelled: bool = False
    oddities: tuple[Oddity, ...] = ()
    place: str = ""


def as_article(
    rows: Iterable[RegisterRow], lexicon: Lexicon, title: str, url: str | None, id: str, published: datetime | None
) -> tuple[Article, Facts]:
    """One list as an article of one line a row, with a fact for each row; offsets are into that text."""
    lines: list[str] = []
    approvals: list[ApprovalFact] = []
    revocations: list[RevocationFact] = []
    start = 0
    for row in rows:
        line = " | ".join(getattr(row, name) or "" for name in QUOTED)
        if row.cancelled:
            revocations.append(_revocation(row, lexicon, line, start))
        else:
            approvals.append(_approval(row, lexicon, line, start))
        lines.append(line)
        start += len(line) + 1
    article = Article(title, "\n".join(lines), id, url, published, "zh", "cac-register")
    return article, Facts(bool(approvals), tuple(approvals), revocations=tuple(revocations))


def _approval(row: RegisterRow, lexicon: Lexicon, line: str, start: int) -> ApprovalFact:
    return ApprovalFact(
        company=_company(row, lexicon),
        product=row.product or None,
        kind=row.kind,
        quote=line,
        start=start,
        end=start + len(line),
        filing_no=row.filing_no or None,
        date=row.date,
        province=row.province.removesuffix("省").removesuffix("市") or None,
        authority="CAC",
        scope=row.scope,
    )


def _revocation(row: RegisterRow, lexicon: Lexicon, line: str, start: int) -> RevocationFact:
    return RevocationFact(
        company=_company(row, lexicon),
        product=row.product or None,
        kind=row.kind,
        quote=line,
        start=start,
        end=start + len(line),
        filing_no=row.filing_no or None,
        date=row.date,
    )


def _company(row: RegisterRow, lexicon: Lexicon) -> CompanyName:
    return CompanyName(lexicon.company_of(row.company), row.company or None, (row.company,) if row.company else ())
