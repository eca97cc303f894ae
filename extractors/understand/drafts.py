"""A draft: one approval as a passage shows it, before its particulars are looked up."""

from __future__ import annotations

from dataclasses import dataclass, field

from extractors.understand.numbers import Number
from extractors.understand.parts import Clause, Name, Statement, Status


@dataclass(slots=True)
class Draft:
    """A company and/or product with a status; `sure` is 0..1, `rule` the pattern that saw it.

    `company` and `product` are offsets in the text; `date` is set where the passage itself dates the approval.
    """

    company: Name | None
    product: tuple[int, int] | None
    statement: Statement
    clause: Clause
    status: Status
    sure: float
    rule: str
    number: Number | None = None
    date: str | None = None
    kind_text: str = ""
    place_text: str = ""
    twins: list[Draft] = field(default_factory=list)

    @property
    def at(self) -> int:
        """The offset that stands for the draft, for sorting."""
        return self.product[0] if self.product else self.company.start if self.company else self.clause.start
