"""JSON lists: the entries of a reply, by dotted paths."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from config.source import Listing
from extractors.read.entry import Entry, UnreadableListing, parse_json, refuse_html
from extractors.read.text import clean

_SLOT = re.compile(r"{([^{}]+)}")


def json_entries(text: str, rules: Listing) -> Iterator[Entry]:
    """Entries of a JSON (or JSONP) reply, found by the paths of the rules."""
    refuse_html(text, "JSON")
    reply = parse_json(text)
    items = [] if _is_null(reply, rules.items) else dig(reply, rules.items)
    if not isinstance(items, list):
        keys = ", ".join(map(str, reply)) if isinstance(reply, dict) else f"a {type(reply).__name__}"
        raise UnreadableListing(f'no list at "{rules.items}" in the reply; it has: {clean(keys)[:200]}')
    links = [told(item, rules.link) for item in items]
    if items and not any(links):
        raise UnreadableListing(f'no item has a link at "{rules.link}"')
    return (
        Entry(link, told(item, rules.title), told(item, rules.published), told(item, rules.content))
        for item, link in zip(items, links, strict=True)
    )


def _is_null(reply: Any, path: str) -> bool:
    """Whether the list is there and null, as some interfaces say that they found nothing."""
    above, _, key = path.rpartition(".")
    holder = dig(reply, above)
    return isinstance(holder, dict) and key in holder and holder[key] is None


def told(item: Any, rule: str | None) -> Any:
    """What an item says at a dotted path, or as a text with such paths in braces; None where one leads nowhere."""
    if rule is None or "{" not in rule:
        return dig(item, rule)
    values = {path: dig(item, path) for path in _SLOT.findall(rule)}
    if any(value in (None, "") or isinstance(value, dict | list) for value in values.values()):
        return None
    return _SLOT.sub(lambda slot: str(values[slot[1]]), rule)


def dig(value: Any, path: str | None) -> Any:
    """The value at a dotted path, list indexes included; None where there is none, or no path."""
    if path is None:
        return None
    for key in filter(None, path.split(".")):
        if isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        elif isinstance(value, dict):
            value = value.get(key)
        else:
            return None
    return value
