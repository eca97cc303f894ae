"""Filing numbers taken apart. Their shapes are known to `extractors.understand.names`, which also gives the key.

The date in a number is a step of the procedure, two weeks to thirteen months before approval: never its day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from extractors.understand.names import number_key
from extractors.understand.regions import regions

_GENAI = re.compile(r"([a-z]+)-(.+)-(\d{8})(\d{4})?(s\d{4})?")
_ALGORITHM = re.compile(r"网信算备(\d{6})(\d{7})(\d{2})(\d{2})(\d{3})(\d)号")
CENTRAL = "国资委"
"""What the lists print as the province of central state enterprises."""
_CENTRAL_HEAD = "zhongyangqiye"
_AREAS = {
    word[:2]: word[2:]
    for word in """
    11北京 12天津 13河北 14山西 15内蒙古 21辽宁 22吉林 23黑龙江 31上海 32江苏 33浙江 34安徽 35福建 36江西 37山东 41河南
    42湖北 43湖南 44广东 45广西 46海南 50重庆 51四川 52贵州 53云南 54西藏 61陕西 62甘肃 63青海 64宁夏 65新疆
    """.split()  # noqa: SIM905
}
"""Provinces by the first two digits of GB/T 2260."""


@dataclass(frozen=True, slots=True)
class GenaiNumber:
    """`Beijing-Name-202404280016`, read from the right: a name may hold hyphens. All parts in lower case.

    `issued` is YYYYMMDD; `serial` runs within a province ("" in numbers before April 2024).
    """

    head: str
    name: str
    issued: str
    serial: str
    is_registration: bool

    @property
    def province(self) -> str | None:
        """The province that its head names."""
        return CENTRAL if self.head == _CENTRAL_HEAD else regions().of_number(self.head)


@dataclass(frozen=True, slots=True)
class AlgorithmNumber:
    """`网信算备` and 21 digits: place (GB/T 2260), holder, class, year, serial and a check digit."""

    area: str
    holder: str
    category: str
    year: str
    serial: str
    check: str

    @property
    def province(self) -> str | None:
        """The province that its place lies in."""
        return _AREAS.get(self.area[:2])


FilingNumber = GenaiNumber | AlgorithmNumber


def parse_number(printed: str) -> FilingNumber | None:
    """The parts of a number in any spelling that is a key; None for a damaged one."""
    key = number_key(printed)
    if key is None:
        return None
    algorithm = _ALGORITHM.fullmatch(key)
    if algorithm:
        return AlgorithmNumber(*algorithm.groups())
    genai = _GENAI.fullmatch(key)
    if genai is None:
        return None
    head, name, issued, serial, registration = genai.groups()
    return GenaiNumber(head, name, issued, serial or (registration or "")[1:], registration is not None)


def looks_like_number(printed: str) -> bool:
    """Whether a cell holds a filing number, whole or damaged, and nothing else."""
    text = "".join(printed.split())
    return bool(number_key(text) or re.fullmatch(r"网信算备\d*号?|[A-Za-z]{4,}[-－‐-―].*[-－‐-―]\d*[Ss]?\d*", text))


def begins_number(printed: str) -> bool:
    """Whether a line may be the first one of a filing number."""
    text = "".join(printed.split())
    head = text.partition("-")[0].lower()
    return text.startswith("网信算备") or head == _CENTRAL_HEAD or regions().of_number(head) is not None
