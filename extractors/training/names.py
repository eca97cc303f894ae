"""Training of the reader of names: a linear-chain CRF by L-BFGS (python-crfsuite)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from extractors.training.corpus import Annotated, Labelled, labelled
from extractors.training.invent import invented
from extractors.training.lists import invented_lines
from extractors.understand.chars import plain
from extractors.understand.crf import Signs, signs_of
from extractors.understand.hints import hints_of
from extractors.understand.lexicon import Hit, Lexicon
from extractors.understand.sentences import lines_of
from extractors.understand.tokens import tokens_of

SEED = 20231
_COPIED = 0.5
"""The share of articles that are repeated with invented names."""
LISTS = 4000
"""How many invented lines of lists are added."""
_PARAMETERS = {"c1": 0.05, "c2": 0.02, "max_iterations": 60, "feature.minfreq": 2}
_HIDDEN = 0.5
"""The share of known names whose mark is hidden, so that unknown ones are read as well."""


def train_names(articles: list[Annotated], lexicon: Lexicon, path: Path, lists: int = LISTS) -> None:
    """Train on these articles, on copies of them and on `lists` invented lines, and write the model to `path`."""
    from pycrfsuite import Trainer

    trainer = Trainer(verbose=False)
    for signs, labels in _rows(articles, lexicon, lists):
        trainer.append(signs, labels)
    trainer.set_params(_PARAMETERS)
    trainer.train(str(path))


def _rows(articles: list[Annotated], lexicon: Lexicon, lists: int) -> Iterator[tuple[Signs, list[str]]]:
    chance = random.Random(SEED)
    names = _companies(articles)
    for annotated in articles:
        yield from _lines(annotated, lexicon, chance, every=True)
        if annotated.whole and chance.random() < _COPIED:
            yield from _lines(invented(annotated, names, chance), lexicon, chance, every=False)
    for line, spans in invented_lines(lists, chance):
        tokens = tokens_of(line)
        yield signs_of(line, tokens, lexicon, hints_of([line])), _labels(tokens, 0, spans)


def _companies(articles: list[Annotated]) -> tuple[list[str], list[str]]:
    """The annotated companies, Chinese and Latin names apart."""
    names = sorted({name for annotated in articles for truth in annotated.truths for name in truth.company})
    return [name for name in names if not name.isascii()], [name for name in names if name.isascii()]


def _lines(
    annotated: Annotated, lexicon: Lexicon, chance: random.Random, *, every: bool
) -> Iterator[tuple[Signs, list[str]]]:
    """The lines of an article; without `every`, those that hold a name."""
    text = plain(annotated.article.text)
    spans = labelled(annotated)

    def shown(hit: Hit) -> bool:
        return chance.random() >= _HIDDEN

    lines = list(lines_of(text))
    hints = hints_of([text[line.start : line.end] for line in lines])
    for line in lines:
        words = text[line.start : line.end]
        tokens = tokens_of(words)
        labels = _labels(tokens, line.start, spans)
        if every or any(label != "O" for label in labels):
            yield signs_of(words, tokens, lexicon, hints, shown), labels


def _labels(tokens: list[tuple[int, int]], offset: int, spans: list[Labelled]) -> list[str]:
    labels = ["O"] * len(tokens)
    for span in spans:
        inside = [at for at, (start, _) in enumerate(tokens) if span.start <= start + offset < span.end]
        for at in inside:
            labels[at] = ("B-" if tokens[at][0] + offset == span.start else "I-") + span.role
    return labels
