"""The seam for readers of names: a line of text in, scored spans out.

Rules, a CRF or a spaCy package stand behind it (`GREENLIT_ENTITIES=crf|rules|spacy:<package or path>`).
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from extractors.understand.hints import NO_HINTS, Hints

if TYPE_CHECKING:
    from extractors.understand.lexicon import Lexicon

Role = Literal["company", "product"]


class EntitiesError(Exception):
    """A reader of names can't be had; the message names it and the way to get it."""


@dataclass(frozen=True, slots=True)
class Span:
    """A name at [start, end) of the line: what it names, how sure that is, and how likely it names the other thing."""

    start: int
    end: int
    role: Role
    sure: float
    other: float = 0.0


class Entities(Protocol):
    """A reader of names."""

    def find(self, line: str, hints: Hints = NO_HINTS) -> list[Span]:
        """The names in one line of `plain` text, in order, none overlapping; `hints` are those of the whole text."""
        ...


def check_entities(choice: str) -> None:
    """Raise EntitiesError where `choice` names a reader that is unknown or not installed; loads nothing."""
    name = choice.removeprefix("spacy:")
    if choice == "crf" and find_spec("pycrfsuite") is None:
        raise EntitiesError(
            "GREENLIT_ENTITIES=crf: python-crfsuite is not installed; pip install python-crfsuite, or use rules"
        )
    if choice.startswith("spacy:") and not (name and (Path(name).exists() or find_spec(name))):
        raise EntitiesError(
            f"GREENLIT_ENTITIES={choice}: there is no spaCy package or folder {name}; install one that recognises"
            " names, for example: python -m spacy download zh_core_web_sm"
        )
    if choice not in ("crf", "rules") and not choice.startswith("spacy:"):
        raise EntitiesError(
            f"GREENLIT_ENTITIES={choice}: there is no such reader; use crf, rules or spacy:<package or path>"
        )


def make_entities(choice: str, lexicon: Lexicon) -> Entities:
    """The reader that `choice` names: `crf`, `rules`, or `spacy:` with a package or a path.

    Raises EntitiesError where it is unknown or not installed.
    """
    check_entities(choice)
    if choice == "rules":
        from extractors.understand.rule_entities import RuleEntities

        return RuleEntities(lexicon)
    if choice == "crf":
        from extractors.understand.crf import CrfEntities

        return CrfEntities(lexicon)
    from extractors.understand.spacy_entities import SpacyEntities

    return SpacyEntities(choice.removeprefix("spacy:"))
