"""A grammar of plain news: what every outlet says in much the same words, so that the plain is surely read.

A file holds for each language texts, and the parts that they are put together from: `<owned 1+>` is one of the
alternatives of the part `owned`, its slots `{C}`, `{S}` and `{P}` numbered 1 and signed `+`; `[a|b]` is one of a few.
What comes of it are skeletons.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

_OPEN = re.compile(r"\[(?P<few>[^\[\]<>]*)\]|<(?P<part>\w+)(?: (?P<tie>\d[-+*]))?>")
_BARE = re.compile(r"\{([CSP])\}")
_SEED = 20231

Parts = dict[str, list[str]]


def grown(file: Path) -> Iterator[dict[str, str]]:
    """The skeletons of a grammar: the same file gives the same ones. Raises KeyError for a part that it lacks."""
    for language, rules in tomllib.loads(file.read_text(encoding="utf-8")).items():
        chance = random.Random(_SEED)
        for number in range(rules["count"]):
            news = rules["news"][number % len(rules["news"])]
            row = {key: _grown(text, rules["parts"], chance) for key, text in sorted(news.items())}
            yield {"language": language, **row}


def _grown(text: str, parts: Parts, chance: random.Random) -> str:
    """The text with each choice made, the innermost first."""
    while match := _OPEN.search(text):
        if match["part"]:
            chosen = _BARE.sub(rf"{{\g<1>{match['tie']}}}", chance.choice(parts[match["part"]]))
        else:
            chosen = chance.choice(match["few"].split("|"))
        text = text[: match.start()] + chosen + text[match.end() :]
    return text
