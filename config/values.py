"""Values as people write them in a source file: ids, addresses, selectors, hours; each checked when it is read."""

from __future__ import annotations

import json
import re
from typing import Annotated

from pydantic import AfterValidator, AnyHttpUrl


def in_words(message: str) -> str:
    """A message of pydantic's about a value, without its own label on words of ours."""
    return message.removeprefix("Value error, ")


def source_id(value: str) -> str:
    """The id itself; raises ValueError, with the remedy, for what is none."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", value):
        raise ValueError(f"{value!r} is no id: use lower-case letters, digits, - and _, as in my-feed")
    return value


Id = Annotated[str, AfterValidator(source_id)]

_PLACES = ("page", "since", "until")


def _http_address(value: str) -> str:
    unknown = sorted(set(re.findall(r"{(\w*)}", value)) - set(_PLACES))
    if unknown:
        raise ValueError(f"{{{unknown[0]}}} is no placeholder; there are {{page}}, {{since}} and {{until}}")
    AnyHttpUrl(re.sub(r"{\w*}", "1", value))
    return value


HttpAddress = Annotated[str, AfterValidator(_http_address)]


def css(value: str) -> str:
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError

    try:
        LexborHTMLParser("").css(value)
    except SelectolaxError as error:
        raise ValueError(f"{value!r} is not a CSS selector") from error
    return value


Selector = Annotated[str, AfterValidator(css)]


def _regex(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"{value!r} is not a regular expression: {error}") from error
    return value


Pattern = Annotated[str, AfterValidator(_regex)]


def _hours(value: str) -> str:
    clock = r"([01]\d|2[0-3]):[0-5]\d"
    start, _, end = value.partition("-")
    if not (re.fullmatch(clock, start) and re.fullmatch(clock, end)) or start == end:
        raise ValueError('give two times of day, as "23:00-06:00"')
    return value


def _json_text(value: str) -> str:
    try:
        json.loads(value)
    except ValueError as error:
        raise ValueError(f"{value!r} is not JSON: {error}") from error
    return value


JsonText = Annotated[str, AfterValidator(_json_text)]


Hours = Annotated[str, AfterValidator(_hours)]
