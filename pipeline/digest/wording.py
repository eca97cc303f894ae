"""What changed, where, and how long it took, in a reader's words."""

from __future__ import annotations

from datetime import timedelta

from extractors.understand.regions import regions
from pipeline.digest.content import Change, Digest
from pipeline.digest.labels import in_each, say


def changed(change: Change, language: str) -> str:
    """`confirmed (was reported)`, or `X-1 (new)` where it was not known before."""
    before, after = (_value(change.field, value, language) for value in (change.before, change.after))
    said = f"{say('became', language)} {before}" if before else say("arrived", language)
    return f"{after}（{said}）" if language == "zh" else f"{after} ({said})"


def place(province: str, language: str) -> str:
    """A province as its reader knows it: `Zhejiang`, `浙江`, or both."""
    english = next((name for name, one in regions().english.items() if one == province), province)
    names = {"en": english, "zh": province}
    return names.get(language) or " · ".join(dict.fromkeys((english, province)))


def _value(field: str, value: str, language: str) -> str:
    if field == "province":
        return place(value, language)
    if not value or field not in ("status", "kind"):
        return value
    return say(f"short_{value}" if field == "status" else value, language)


def delay(digest: Digest, language: str) -> str:
    """How long after publication we saw what is new; empty where nobody says when that was."""
    seen = digest.delay
    if seen is None:
        return ""
    return in_each(language, lambda one: say("delay", one, time=took(seen, one), n=digest.timed))


def took(delay: timedelta, language: str) -> str:
    """A time span as `12 min`, `3 h` or `2 d`, rounded up."""
    minutes = -(-int(delay.total_seconds()) // 60)
    if minutes < 120:
        return say("minutes", language, n=max(minutes, 1))
    hours = -(-minutes // 60)
    return say("hours", language, n=hours) if hours < 48 else say("days", language, n=-(-hours // 24))
