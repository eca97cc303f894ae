"""Rebuild what is trained: `python -m extractors.training PATH...` (files or folders of annotated articles).

Names and weights are fitted in folds of hands, so that the weights learn from names read as they will be in new text,
and the weight of whole facts from answers to articles that the other weights had not seen. The same articles give the
same files.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

from config.companies import load_companies
from extractors.lines import facts_to_line
from extractors.training.files import load
from extractors.training.folds import FOLDS, folds_of
from extractors.training.judgement import Asked, Read, Row, asked, fit_facts, fit_parts, relevance_rows, rows_of
from extractors.training.names import LISTS, train_names
from extractors.understand import Analyst
from extractors.understand.crf import CrfEntities, names_model
from extractors.understand.lexicon import Lexicon
from extractors.understand.trees import Trees
from extractors.understand.weights import TREES, WEIGHERS, Weights, weights_file

_PROCESSES = 2


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, write the two files, and tell how the folds did."""
    parser = argparse.ArgumentParser(prog="python -m extractors.training", description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path, help="files or folders of annotated articles")
    parser.add_argument("--names", type=Path, default=names_model(), help="where the reader of names goes")
    parser.add_argument("--weights", type=Path, default=weights_file(), help="where the weights go")
    parser.add_argument("--lists", type=int, default=LISTS, help="how many invented lines teach where names end")
    parser.add_argument("--answers", type=Path, help="also write the folds' answers here, as facts lines")
    options = parser.parse_args(arguments)
    articles, lexicon = load(options.paths), Lexicon.build(load_companies())
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        readers = [Path(folder) / f"names{fold}.crf" for fold in range(FOLDS)]
        _train_all(options.paths, options.names, readers, options.lists)
        _say(started, f"names: {options.names.stat().st_size / 1e6:.1f} MB from {len(articles)} articles")
        analysts = [Analyst(lexicon, CrfEntities(lexicon, path)) for path in readers]
        folds = folds_of(articles)
        reads = [Read(a, analysts[fold].scene(a.article)[0]) for a, fold in zip(articles, folds, strict=True)]
        _say(started, "every article read by names of the other folds")
        weights, answers = _weights(reads, folds, analysts, lexicon)
    write_weights(options.weights, weights)
    _say(started, f"weights: {options.weights.stat().st_size / 1e6:.2f} MB")
    if options.answers:
        options.answers.write_text("\n".join(answers) + "\n", encoding="utf-8")


def _train_all(paths: Sequence[Path], names: Path, readers: Sequence[Path], lists: int) -> None:
    """Train the reader of names of all articles and those of the folds, in two processes."""
    with ProcessPoolExecutor(_PROCESSES) as pool:
        jobs = [pool.submit(_train, paths, None, names, lists)]
        jobs += [pool.submit(_train, paths, fold, path, lists) for fold, path in enumerate(readers)]
        for job in jobs:
            job.result()


def _train(paths: Sequence[Path], without: int | None, path: Path, lists: int) -> None:
    articles = load(paths)
    mine = [article for article, fold in zip(articles, folds_of(articles), strict=True) if fold != without]
    train_names(mine, Lexicon.build(load_companies()), path, lists)


def _weights(
    reads: list[Read], folds: list[int], analysts: list[Analyst], lexicon: Lexicon
) -> tuple[Weights, list[str]]:
    """The weights of all articles, and what the folds answered."""
    with ProcessPoolExecutor(_PROCESSES) as pool:
        every = pool.submit(_parts, reads, [])
        halves = list(pool.map(_parts, *zip(*(_parted(reads, folds, fold) for fold in range(FOLDS)), strict=True)))
        parts, known = [part for part, _ in halves], [articles for _, articles in halves]
        facts, fact = _trees(pool, [rows_of(articles) for articles in known])
        whole = [relevance_rows(articles, trees) for articles, trees in zip(known, facts, strict=True)]
        relevants, relevant = _trees(pool, whole)
        weights = replace(every.result()[0], fact=fact, relevant=relevant, version=_version(reads))
    answers: list[str] = []
    for fold, articles in enumerate(known):
        mine = replace(parts[fold], fact=facts[fold], relevant=relevants[fold])
        analyst = Analyst(lexicon, analysts[fold].entities, mine)
        told = [each.read.annotated.article for each in articles if each.read.annotated.whole]
        answers += [json.dumps(facts_to_line(a.id, analyst.facts(a)), ensure_ascii=False) for a in told]
    return weights, answers


def _parts(known: list[Read], others: list[Read]) -> tuple[Weights, list[Asked]]:
    """The weighers of the known articles, and the others' candidates as these weigh them."""
    lexicon = Lexicon.build(load_companies())
    weights = fit_parts(known, lexicon)
    return weights, asked(others, weights, lexicon)


def _trees(pool: Executor, rows: list[list[Row]]) -> tuple[list[Trees], Trees]:
    """For each fold the trees of all others, and those of all."""
    others = [[row for at, each in enumerate(rows) if at != fold for row in each] for fold in range(len(rows))]
    *folds, every = pool.map(fit_facts, [*others, [row for each in rows for row in each]])
    return folds, every


def _parted(reads: list[Read], folds: list[int], fold: int) -> tuple[list[Read], list[Read]]:
    """The articles of all folds but one, and those of this one."""
    mine = [read for read, number in zip(reads, folds, strict=True) if number == fold]
    return [read for read, number in zip(reads, folds, strict=True) if number != fold], mine


def _version(reads: list[Read]) -> str:
    texts = "\n".join(read.annotated.article.text for read in reads)
    return hashlib.sha256(texts.encode()).hexdigest()[:12]


def write_weights(path: Path, weights: Weights) -> None:
    """Write weights so that the same ones give the same bytes."""
    weighers = {name: asdict(getattr(weights, name)) for name in WEIGHERS}
    content = {
        "version": weights.version,
        "weighers": weighers,
        "trees": {name: asdict(getattr(weights, name)) for name in TREES},
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    path.write_bytes(gzip.compress(text.encode("utf-8"), mtime=0))


def _say(started: float, what: str) -> None:
    print(f"{time.monotonic() - started:5.0f} s  {what}", flush=True)


if __name__ == "__main__":
    main()
