"""What an organisation's name looks like: its last words, its legal form, and the quotes around names."""

from __future__ import annotations

import re
import tomllib
from functools import cache

from extractors.understand.chars import beginning, data_text

LEGAL = re.compile(
    r"股份有限公司|有限责任公司|股份公司|有限公司|有限合伙|合伙企业|(?:Co\.,? ?Ltd|Ltd|Inc|Corp|Limited|LLC|PLC)\b"
)
QUOTED = re.compile(r"[“\"「『《〈‘]([^“”\"「」『』《》〈〉‘。！？；：\n]{1,30})[”\"」』》〉’]")


@cache
def organisation_words() -> re.Pattern[str]:
    """The last words of organisations' names (`organisations.toml`), longest first."""
    rows = _rows()
    chinese = "|".join(sorted(map(re.escape, rows["chinese"]), key=len, reverse=True))
    english = "|".join(map(re.escape, rows["english"]))
    return re.compile(rf"{beginning(rows['chinese'] + rows['english'])}(?:{chinese}|\b(?:{english})\b)")


@cache
def words_of_speech() -> re.Pattern[str]:
    """Words of quoted speech and titles: a quotation that holds one names no product."""
    return re.compile("|".join(map(re.escape, _rows()["speech"])))


@cache
def _rows() -> dict[str, list[str]]:
    return tomllib.loads(data_text("organisations.toml"))
