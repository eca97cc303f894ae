"""The subject of a digest: it says it all in one line."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.clean import one_line
from pipeline.digest.content import Digest
from pipeline.digest.labels import say

SUBJECT = 120
"""Characters of a subject."""


def subject_of(digest: Digest, language: str) -> str:
    """`Greenlit: 3 new approvals: 小米 MiLM, ...; 1 cancelled`: as many names as fit, in one bounded line."""
    zh = language == "zh"
    brand, stop, comma, semicolon = ("Greenlit：", "：", "、", "；") if zh else ("Greenlit: ", ": ", ", ", "; ")
    parts = _parts(digest, language)
    if not parts:
        return brand + ("没有新增" if zh else "no new approvals")
    (head, names, complete), *others = parts
    tail = "".join(semicolon + said for said, _, _ in others)
    return _fit(f"{brand}{head}{stop}", names, comma, SUBJECT - len(tail), complete=complete) + tail


def counts_of(digest: Digest, language: str) -> str:
    """`3 new approvals; 1 cancelled`: how much of what is told; empty where nothing is."""
    return ("；" if language == "zh" else "; ").join(said for said, _, _ in _parts(digest, language))


def _parts(digest: Digest, language: str) -> list[tuple[str, list[str], bool]]:
    """What is told, the most important first: how much, of whom, and whether these are all."""
    told = (
        ("new", digest.total, digest.news),
        ("cancelled", len(digest.revocations), digest.revocations),
        ("corrected", len(digest.corrections), [c.item for c in digest.corrections]),
        ("amended", len(digest.amendments), [a.item for a in digest.amendments]),
    )
    return [
        (
            _counted(what, count, language),
            [one_line(item.name(language) or say("unnamed", language), 60) for item in items],
            count == len(items),
        )
        for what, count, items in told
        if count
    ]


def _counted(what: str, count: int, language: str) -> str:
    many = f"{what}_many" if count > 1 else f"{what}_one"
    return say(f"subject_{many}", "zh" if language == "zh" else "en", n=count)


def _fit(head: str, names: Sequence[str], comma: str, room: int, *, complete: bool) -> str:
    line = head + (names[0] if names else "…")
    for n, name in enumerate(names[1:], 2):
        last = complete and n == len(names)
        if len(line + comma + name) > room - (0 if last else len(comma) + 1):
            return f"{line}{comma}…"
        line += comma + name
    return line if complete or not names else f"{line}{comma}…"
