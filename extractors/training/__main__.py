"""Rebuild what is trained: `python -m extractors.training PATH...` (files or folders of annotated articles).

Names and weights are fitted in folds, so that the weights learn from names read as they will be in new text, and
the weight of whole facts from answers to articles that the other weights had not seen. The figures at the end
are of those answers. The same articles give the same files.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import tempfile
import time
import zlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

from config.companies import load_companies
from extractors.lines import facts_to_line
from extractors.training.corpus import Annotated, load
from extractors.training.judgement import Read, fact_rows, fit_facts, fit_parts
from extractors.training.names import LISTS, train_names
from extractors.understand import Analyst
from extractors.understand.crf import CrfEntities, names_model
from extractors.understand.lexicon import Lexicon
from extractors.understand.weights import Weights, weights_file

FOLDS = 4
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
        reads = [Read(article, analysts[fold_of(article)].scene(article.article)[0]) for article in articles]
        _say(started, "every article read by names of the other folds")
        weights, answers = _weights(reads, analysts, lexicon)
    write_weights(options.weights, weights)
    _say(started, f"weights: {options.weights.stat().st_size / 1e6:.2f} MB")
    if options.answers:
        options.answers.write_text("\n".join(answers) + "\n", encoding="utf-8")


def fold_of(annotated: Annotated) -> int:
    """The fold of an article; copies of one text are in one fold."""
    return zlib.crc32(annotated.family.encode()) % FOLDS


def _train_all(paths: Sequence[Path], names: Path, readers: Sequence[Path], lists: int) -> None:
    """Train the reader of names of all articles and those of the folds, in two processes."""
    with ProcessPoolExecutor(_PROCESSES) as pool:
        jobs = [pool.submit(_train, paths, None, names, lists)]
        jobs += [pool.submit(_train, paths, fold, path, lists) for fold, path in enumerate(readers)]
        for job in jobs:
            job.result()


def _train(paths: Sequence[Path], without: int | None, path: Path, lists: int) -> None:
    articles = [article for article in load(paths) if fold_of(article) != without]
    train_names(articles, Lexicon.build(load_companies()), path, lists)


def _weights(reads: list[Read], analysts: list[Analyst], lexicon: Lexicon) -> tuple[Weights, list[str]]:
    """The weights of all articles, and what the folds answered."""
    parts, rows = [], []
    for fold in range(FOLDS):
        parts.append(fit_parts([read for read in reads if fold_of(read.annotated) != fold], lexicon))
        mine = [read for read in reads if fold_of(read.annotated) == fold]
        rows.append(fact_rows(mine, parts[-1], lexicon))
    answers = []
    for fold in range(FOLDS):
        others = [row for number, each in enumerate(rows) if number != fold for row in each]
        analyst = Analyst(lexicon, analysts[fold].entities, replace(parts[fold], fact=fit_facts(others)))
        told = [read.annotated.article for read in reads if fold_of(read.annotated) == fold]
        answers += [json.dumps(facts_to_line(a.id, analyst.facts(a)), ensure_ascii=False) for a in told]
    every = fit_facts([row for each in rows for row in each])
    return replace(fit_parts(reads, lexicon), fact=every, version=_version(reads)), answers


def _version(reads: list[Read]) -> str:
    texts = "\n".join(read.annotated.article.text for read in reads)
    return hashlib.sha256(texts.encode()).hexdigest()[:12]


def write_weights(path: Path, weights: Weights) -> None:
    """Write weights so that the same ones give the same bytes."""
    weighers = {name: asdict(getattr(weights, name)) for name in ("company", "product", "owner")}
    content = {"version": weights.version, "weighers": weighers, "trees": {"fact": asdict(weights.fact)}}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    path.write_bytes(gzip.compress(text.encode("utf-8"), mtime=0))


def _say(started: float, what: str) -> None:
    print(f"{time.monotonic() - started:5.0f} s  {what}", flush=True)


if __name__ == "__main__":
    main()
