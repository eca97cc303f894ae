"""How fast understanding is: the prefilter and the analyst, in one run.

    python benchmarks/understand.py [GOLD.jsonl]

Prints articles or characters per second of process time on this machine.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from config.companies import load_companies
from extractors.lines import article_from_line
from extractors.read.prefilter import Prefilter
from extractors.understand import Analyst
from extractors.understand.lexicon import Lexicon

DEFAULT = Path(__file__).parents[1] / "tests" / "gold" / "dev.jsonl"


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    articles = {True: [], False: []}
    for row in rows:
        articles[bool(row["relevant"])].append(article_from_line(row))
    bodies = [row["text"].encode() for row in rows]
    started = time.process_time()
    analyst = Analyst(Lexicon.build(load_companies()))
    analyst.facts(articles[True][0])
    print(f"ready after              {time.process_time() - started:8.2f} s")
    prefilter = Prefilter()
    spent = timed(lambda: [prefilter.may_matter(body) for body in bodies], 200)
    print(f"prefilter                {200 * len(bodies) / spent:8.0f} articles/s")
    print(f"prefilter                {200 * sum(map(len, bodies)) / spent / 1e6:8.0f} MB/s")
    for relevant in (True, False):
        texts = articles[relevant]
        spent = timed(lambda texts=texts: [analyst.facts(article) for article in texts], 5)
        name = "relevant" if relevant else "irrelevant"
        print(f"{name:10} articles      {5 * sum(len(a.text) for a in texts) / spent:8.0f} characters/s")


def timed(run: Callable[[], object], times: int) -> float:
    """Process seconds that `times` runs take."""
    started = time.process_time()
    for _ in range(times):
        run()
    return time.process_time() - started


if __name__ == "__main__":
    main()
