"""Names by a spaCy package with a named-entity recogniser, installed by whoever has it."""

from __future__ import annotations

from extractors.understand.entities import EntitiesError, Role, Span
from extractors.understand.hints import NO_HINTS, Hints

_ROLES: dict[str, Role] = {"ORG": "company", "COMPANY": "company", "PRODUCT": "product", "WORK_OF_ART": "product"}
_SURE = 0.7  # spaCy's recognisers give no score of their own


class SpacyEntities:
    """The organisations and products of the package or path `name`. Raises EntitiesError where there is none."""

    def __init__(self, name: str) -> None:
        import spacy

        self._pipeline = spacy.load(name)
        if "ner" not in self._pipeline.pipe_names:
            raise EntitiesError(f"GREENLIT_ENTITIES=spacy:{name}: this package recognises no names; use one with `ner`")

    def find(self, line: str, hints: Hints = NO_HINTS) -> list[Span]:
        """The names in one line of plain text."""
        found = []
        for entity in self._pipeline(line).ents:
            role = _ROLES.get(entity.label_)
            if role:
                found.append(Span(entity.start_char, entity.end_char, role, _SURE))
        return found
