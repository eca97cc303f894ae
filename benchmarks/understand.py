"""How fast understanding is, beside what else reads Chinese names, in one run on one core.

    python benchmarks/understand.py [ARTICLES.jsonl]

Prints process time, the best of three rounds: the prefilter, articles that it or the analyst passes over, and
relevant ones by each reader of names; spaCy's blank `zh` with an EntityRuler of the same names and jieba's tokenizer
on the same texts; and what loading costs a fresh process.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from config.companies import CompanyEntry, load_companies
from extractors.lines import article_from_line
from extractors.read.prefilter import Prefilter
from extractors.records import Article
from extractors.understand import Analyst

ROOT = Path(__file__).parents[1]
ORDINARY = (
    "周末的早市照例从五点开始，卖菜的老人把秋葵和丝瓜码成两排。气温比上周低了六度，买热汤面的人排到了桥头。"
    "市里说，明年开春要给这条街换上新的石板，摊位先搬到河对岸的空场。几个年轻人架起手机直播，说想让更多人看看老街的样子。",
    "The ferry company will run two more boats on Sundays from June, after a winter in which it lost a third of its"
    " passengers. Tickets stay at the same price, and children under six travel free, its director told the council.",
)
"""Ordinary news, in which no keyword stands."""
LOADING = """
import json, resource, sys, time
started, cpu = time.monotonic(), time.process_time()
from config.companies import load_companies
from extractors.records import Article
from extractors.understand import Analyst
analyst = Analyst.of(load_companies(), "{reader}")
analyst.facts(Article("", "蓝鲸智语的“拾光”大模型完成生成式人工智能服务备案。"))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 976.6)
print(json.dumps([time.monotonic() - started, time.process_time() - cpu, peak]))
"""
ROUNDS = 3


def main() -> None:
    for reader in ("crf", "rules"):  # first: a child's peak of memory counts from its parent's
        print(f"loading, names by {reader:14} {loading(reader)}")
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "tests" / "gold" / "dev.jsonl"
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    articles = [(bool(row["relevant"]), article_from_line(row)) for row in rows]
    companies = load_companies()
    stopping(articles)
    texts = [article.text for relevant, article in articles if relevant]
    print(f"relevant articles ({len(texts)}, {sum(map(len, texts)):,} characters)")
    speeds = {f"analyst, names by {reader}": analyst_of(companies, reader, articles) for reader in ("crf", "rules")}
    speeds |= {"spaCy blank zh + EntityRuler": spacy_of(companies, texts), "jieba": jieba_of(texts)}
    ours = speeds["analyst, names by crf"]
    for name, speed in speeds.items():
        print(f"  {name:30} {speed:10,.0f} characters/s   {ours / speed:5.2f} of it")


def stopping(articles: list[tuple[bool, Article]]) -> None:
    """Tell how fast what does not matter is passed over."""
    prefilter = Prefilter()
    bodies = [text.encode() for text in ORDINARY] * 500
    assert not any(map(prefilter.may_matter, bodies))
    spent = best(lambda: [prefilter.may_matter(body) for body in bodies])
    size = sum(map(len, bodies)) / 1e6
    print(f"stopped by the prefilter         {len(bodies) / spent:10,.0f} articles/s   {size / spent:5.0f} MB/s")
    analyst = Analyst.of(load_companies())
    plain = [Article("", text + "获批") for text in ORDINARY] * 50
    hard = [article for relevant, article in articles if not relevant]
    for name, some in (("passed, not of AI", plain), ("passed, hard negatives", hard)):
        spent = best(lambda some=some: [analyst.facts(article) for article in some])
        told = f"{len(some) / spent:10,.0f} articles/s {sum(len(a.text) for a in some) / spent:10,.0f} characters/s"
        print(f"{name:32} {told}")


def analyst_of(companies: list[CompanyEntry], reader: str, articles: list[tuple[bool, Article]]) -> float:
    """Characters per second of the analyst on the relevant articles."""
    analyst = Analyst.of(companies, reader)
    relevant = [article for matters, article in articles if matters]
    return speed([article.text for article in relevant], lambda: [analyst.facts(article) for article in relevant])


def spacy_of(companies: list[CompanyEntry], texts: list[str]) -> float:
    """Characters per second of spaCy with the same names as patterns."""
    import spacy

    pipeline = spacy.blank("zh")
    ruler = pipeline.add_pipe("entity_ruler")
    names = dict.fromkeys(name for company in companies for name in company.names)
    ruler.add_patterns([{"label": "ORG", "pattern": name} for name in names])
    return speed(texts, lambda: [pipeline(text).ents for text in texts])


def jieba_of(texts: list[str]) -> float:
    """Characters per second of jieba's tokenizer."""
    import jieba

    jieba.setLogLevel(60)
    jieba.initialize()
    return speed(texts, lambda: [jieba.lcut(text) for text in texts])


def speed(texts: list[str], run: Callable[[], object]) -> float:
    """Characters per second of process time."""
    return sum(map(len, texts)) / best(run)


def best(run: Callable[[], object]) -> float:
    """Process seconds of the fastest round, after one that loads."""
    run()
    return min(timed(run) for _ in range(ROUNDS))


def timed(run: Callable[[], object]) -> float:
    """Process seconds that a run takes."""
    started = time.process_time()
    run()
    return time.process_time() - started


def loading(reader: str) -> str:
    """What a fresh process needs until its first article is read."""
    run = subprocess.run([sys.executable, "-c", LOADING.replace("{reader}", reader)], cwd=ROOT, capture_output=True)
    if run.returncode:
        raise SystemExit(run.stderr.decode())
    elapsed, cpu, memory = json.loads(run.stdout)
    return f"{elapsed:6.2f} s ({cpu:.2f} s of process time)   {memory:4.0f} MB"


if __name__ == "__main__":
    main()
