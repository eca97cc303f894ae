"""Which cue rules never fire, and which fire too often: `python -m extractors.training.hygiene PATH...`.

Takes annotated articles and plain news lines (those without `relevant` count as irrelevant), in files or folders,
`.jsonl` or `.jsonl.gz`. A rule that speaks for an approval fires too often where the share of irrelevant articles
it fires in is above that of relevant ones; the others are there to fire in irrelevant ones. Skeletons are passed over.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.companies import load_companies
from extractors.lines import article_from_line
from extractors.records import Article
from extractors.training.skeletons import SLOT
from extractors.understand import Analyst
from extractors.understand.cues import find_cues, rules_of

_SPEAK_FOR = ("approved", "weak")


@dataclass(frozen=True, slots=True)
class Firing:
    """How often a rule fired: in clauses and titles, and in how many relevant and irrelevant articles."""

    language: str
    rule: str
    places: int
    relevant: int
    irrelevant: int
    verdict: str


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m extractors.training.hygiene", description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path, help="files or folders of articles")
    parser.add_argument("--entities", default="crf", help="the reader of names (crf or rules)")
    options = parser.parse_args(arguments)
    analyst = Analyst.of(load_companies(), options.entities)
    table = firings(articles(options.paths), analyst)
    print(f"{'rule':28} {'places':>7} {'relevant':>9} {'irrelevant':>11}")
    for row in table:
        print(f"{row.language + ' ' + row.rule:28} {row.places:7} {row.relevant:9} {row.irrelevant:11}  {row.verdict}")
    for verdict in ("never", "too often"):
        told = [f"{row.language} {row.rule}" for row in table if row.verdict == verdict]
        print(f"{verdict}: {', '.join(told) or 'none'}")


def articles(paths: Iterable[Path]) -> Iterator[tuple[Article, bool]]:
    """Each article of these files, or of all lines in these folders, and whether it is relevant."""
    for path in paths:
        for file in sorted(path.glob("*.jsonl*")) if path.is_dir() else [path]:
            content = file.read_bytes()
            text = gzip.decompress(content) if file.suffix == ".gz" else content
            for line in filter(None, text.decode("utf-8").split("\n")):
                row = json.loads(line)
                if not SLOT.search(row["text"]):
                    yield article_from_line(row), bool(row.get("relevant"))


def firings(some: Iterable[tuple[Article, bool]], analyst: Analyst) -> list[Firing]:
    """How often each rule fired in these articles, in the order of `cues.toml`."""
    places: Counter[tuple[str, str]] = Counter()
    fired: dict[bool, Counter[tuple[str, str]]] = {True: Counter(), False: Counter()}
    total: Counter[bool] = Counter()
    for article, relevant in some:
        found = list(fired_in(article, analyst))
        places.update(found)
        fired[relevant].update(set(found))
        total[relevant] += 1
    return [
        _firing(language, name, places, fired, total)
        for language in ("zh", "en")
        for name in (f"{rule.category}.{rule.name}" for rule in rules_of(language))
    ]


def fired_in(article: Article, analyst: Analyst) -> Iterator[tuple[str, str]]:
    """The language and the rule of every cue of an article's title and clauses."""
    reading = analyst.scene(article)[0].reading
    cues = [cue for statement in reading.statements for clause in statement.clauses for cue in clause.cues]
    if reading.statements:
        cues += find_cues(reading.title, reading.language)
    return ((reading.language, f"{cue.category}.{cue.rule}") for cue in cues)


def _firing(
    language: str,
    rule: str,
    places: Counter[tuple[str, str]],
    fired: dict[bool, Counter[tuple[str, str]]],
    total: Counter[bool],
) -> Firing:
    key = (language, rule)
    relevant, irrelevant = fired[True][key], fired[False][key]
    often = irrelevant * total[True] > relevant * total[False] and rule.split(".")[0] in _SPEAK_FOR
    verdict = "" if places[key] else "never"
    return Firing(language, rule, places[key], relevant, irrelevant, "too often" if often else verdict)


if __name__ == "__main__":
    main()
