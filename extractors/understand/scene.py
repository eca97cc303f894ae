"""A read article with its names: where each mention stands, and the text with names and digits blanked."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from extractors.understand.cues import find_cues
from extractors.understand.mentions import Group, Mention
from extractors.understand.parts import Clause, Statement, Status
from extractors.understand.reading import Reading

COMPANY, PRODUCT = "□", "■"
_DIGIT = re.compile(r"\d")


@dataclass(slots=True)
class Scene:
    """Build it with `Scene.of`. `masked` is as long as the text; `told` are statuses that table rows give to keys."""

    reading: Reading
    groups: list[Group]
    masked: str
    told: dict[str, Status]
    statement_starts: list[int]
    company_of: dict[int, str] = field(default_factory=dict)
    title_says: tuple[str, ...] = ()

    @classmethod
    def of(cls, reading: Reading, groups: list[Group], told: dict[str, Status]) -> Scene:
        """The scene of an article."""
        blank = list(reading.unnumbered)
        for mention in sorted((m for group in groups for m in group.mentions), key=lambda m: m.sure):
            size = mention.end - mention.start
            blank[mention.start : mention.end] = (COMPANY if mention.role == "company" else PRODUCT) * size
        masked = _DIGIT.sub("0", "".join(blank))
        scene = cls(reading, groups, masked, told, [statement.start for statement in reading.statements])
        cues = find_cues(reading.title, reading.language)
        scene.title_says = tuple(sorted({cue.category for cue in cues})) or ("nothing",)
        scene.company_of = {m.start: g.key for g in groups if g.role == "company" for m in g.mentions}
        return scene

    @property
    def companies(self) -> list[Group]:
        """The companies, in order of first mention."""
        return [group for group in self.groups if group.role == "company"]

    @property
    def products(self) -> list[Group]:
        """The products, in order of first mention."""
        return [group for group in self.groups if group.role == "product"]

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
