"""A read article with its names: where each mention stands, and the text with names and digits blanked."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

from extractors.understand.cues import find_cues
from extractors.understand.enumerations import enumerations
from extractors.understand.mentions import Group, Mention
from extractors.understand.parts import Clause, Statement, Status
from extractors.understand.reading import Reading

COMPANY, PRODUCT = "□", "■"
_DIGIT = re.compile(r"\d")
_WEAK = 1.0


@dataclass(slots=True)
class Scene:
    """Build it with `Scene.of`. `masked` is as long as the text; `told` are statuses that table rows give to keys.

    `company_starts` are where companies are named, in order, `company_keys` which ones; `often` says in rising order
    how often each company is named; `named` is every mention's start, in order, with its group's key;
    `enumerations` are where names stand in a row, in order.
    """

    reading: Reading
    groups: list[Group]
    masked: str
    told: dict[str, Status]
    statement_starts: list[int]
    companies: list[Group]
    products: list[Group]
    company_starts: list[int] = field(default_factory=list)
    company_keys: list[str] = field(default_factory=list)
    often: list[int] = field(default_factory=list)
    title_says: tuple[str, ...] = ()
    named: list[tuple[int, str]] = field(default_factory=list)
    enumerations: list[tuple[int, int]] = field(default_factory=list)

    @classmethod
    def of(cls, reading: Reading, groups: list[Group], told: dict[str, Status]) -> Scene:
        """The scene of an article."""
        blank = list(reading.unnumbered)
        for mention in sorted((m for group in groups for m in group.mentions), key=lambda m: m.sure):
            size = mention.end - mention.start
            blank[mention.start : mention.end] = (COMPANY if mention.role == "company" else PRODUCT) * size
        masked = _DIGIT.sub("0", "".join(blank))
        companies, products = ([g for g in groups if g.role == role] for role in ("company", "product"))
        starts = [statement.start for statement in reading.statements]
        scene = cls(reading, groups, masked, told, starts, companies, products)
        cues = find_cues(reading.title, reading.language)
        scene.title_says = tuple(sorted({cue.category for cue in cues})) or ("nothing",)
        named = {m.start: g.key for g in companies for m in g.mentions}
        scene.company_starts = sorted(named)
        scene.company_keys = [named[start] for start in scene.company_starts]
        scene.named = sorted((m.start, g.key) for g in groups for m in g.mentions)
        scene.enumerations = enumerations(masked)
        scene.often = sorted({g.key: len(g.mentions) for g in companies}.values())
        return scene

    def rivals(self, start: int, end: int, most: int) -> int:
        """How many companies are named in [start, end), counted up to `most`."""
        keys: set[str] = set()
        for at in range(bisect_left(self.company_starts, start), len(self.company_starts)):
            if self.company_starts[at] >= end or len(keys) == most:
                break
            keys.add(self.company_keys[at])
        return len(keys)

    def others_named(self, start: int, end: int, key: str) -> bool:
        """Whether [start, end) names anyone or anything but `key`."""
        for at in range(bisect_left(self.named, (start, "")), len(self.named)):
            if self.named[at][0] >= end:
                return False
            if self.named[at][1] != key:
                return True
        return False

    @property
    def says(self) -> bool:
        """Whether any clause says that something was approved, or a filing number stands in the text."""
        return bool(self.reading.numbers or self.reading.telling)

    @property
    def speaks(self) -> bool:
        """Whether that is said in more than a weak word (`获批` of anything), or in the title."""
        clauses = (clause for statement in self.reading.statements for clause in statement.clauses)
        strong = any(clause.own is Status.APPROVED and clause.weight > _WEAK for clause in clauses)
        return bool(self.reading.numbers) or strong or "approved" in self.title_says

    def row(self, mention: Mention) -> tuple[int, int]:
        """From where to where the names stand that a mention is one of: its enumeration, or itself."""
        at = bisect_right(self.enumerations, (mention.start, len(self.masked))) - 1
        start, end = self.enumerations[at] if at >= 0 else (0, 0)
        return (start, end) if start <= mention.start and mention.end <= end else (mention.start, mention.end)

    def place(self, mention: Mention) -> int | None:
        """The number of the statement that holds a mention; None where none does."""
        number = bisect_right(self.statement_starts, mention.start) - 1
        if number < 0 or mention.start >= self.reading.statements[number].end:
            return None
        return number

    def clause(self, statement: Statement, at: int) -> Clause:
        """The clause of a statement that holds the offset."""
        clauses = statement.clauses
        return next((clause for clause in reversed(clauses) if clause.start <= at), clauses[0])
