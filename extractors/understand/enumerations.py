"""Enumerations: names in a row share what is said before the first and behind the last of them."""

from __future__ import annotations

import re

_NAME = "[□■]+"
_LEFT, _RIGHT = '[“‘「『《〈（("]', '[”’」』》〉）)"]'
_ITEM = rf"{_LEFT}?{_NAME}{_RIGHT}?(?:(?:(?:旗下)?的|旗下|自研的?|'s )?{_LEFT}?(?<![□■]){_NAME}{_RIGHT}?)*"
_AND = r"[ \t]*(?:、|以及|及其?|和|与|还有|[,;] (?:and |as well as )?| and | & )[ \t]*"
_ROW = re.compile(rf"{_ITEM}(?:{_AND}{_ITEM})*")


def enumerations(masked: str) -> list[tuple[int, int]]:
    """Where names stand in a row, in a text whose companies are □ and whose products are ■: `□的“■”、□和□`."""
    return [match.span() for match in _ROW.finditer(masked)]
