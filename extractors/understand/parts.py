"""The pieces that analysis passes on: statements and the names in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from extractors.understand.cues import Cue


class Status(StrEnum):
    """What a clause says of the names in it."""

    APPROVED = "approved"
    REVOKED = "revoked"
    AMENDED = "amended"
    OTHER = "other"
    DENIED = "denied"
    NEGATIVE = "negative"
    PENDING = "pending"
    PLANNED = "planned"
    NEUTRAL = "neutral"


@dataclass(slots=True)
class Clause:
    """A clause [start, end): its cues, its own status and how sure that is, and whether it tells history."""

    start: int
    end: int
    cues: tuple[Cue, ...] = ()
    status: Status = Status.NEUTRAL
    own: Status = Status.NEUTRAL
    weight: float = 0.0
    background: bool = False
    inherited: bool = False
    firm: bool = False


@dataclass(slots=True)
class Statement:
    """A sentence [start, end) with its clauses; `line` counts lines, `item` marks a list item."""

    start: int
    end: int
    line: int
    item: bool
    clauses: list[Clause] = field(default_factory=list)
    header: bool = False


@dataclass(frozen=True, slots=True)
class Name:
    """A name at [start, end); `role` is company or product; `why` names the pattern that saw it."""

    start: int
    end: int
    role: str
    why: str
    id: str | None = None
    owner: Name | None = None
