"""The analyst: an article in, its facts out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

from config.companies import CompanyEntry
from extractors.records import Article, Facts
from extractors.understand.assemble import assemble
from extractors.understand.document import Pipeline
from extractors.understand.drafts import Draft
from extractors.understand.entities import Entities, make_entities
from extractors.understand.lexicon import Lexicon
from extractors.understand.mentions import group_mentions
from extractors.understand.reading import read
from extractors.understand.relevance import relevance_measures
from extractors.understand.rows import read_tables, told_by
from extractors.understand.rulings import Ruling, rulings
from extractors.understand.scene import Scene
from extractors.understand.verdicts import Weighed, drafts_of, weigh
from extractors.understand.weights import Weights, load_weights

EXTRACTOR_VERSION = "14"
"""Changes whenever the facts of some article may: part of every mention."""
_RELEVANT, _UNSAID = 1.5, 6.0
"""The least log-odds of relevance where nothing is said for certain; and where no clause says that anything was
approved, and no number stands: such an article looks like any other of its trade."""


class Analyst:
    """Reads articles with one lexicon, one reader of names and one set of weights.

    `entities` and `weights` are the shipped ones unless given. They and spaCy are loaded with the first article
    that speaks of approvals.
    """

    def __init__(self, lexicon: Lexicon, entities: str | Entities = "crf", weights: Weights | None = None) -> None:
        self.lexicon = lexicon
        self._entities = entities
        self._weights = weights
        self._pipelines: dict[str, Pipeline] = {}

    @classmethod
    def of(cls, companies: Iterable[CompanyEntry], entities: str = "crf") -> Analyst:
        """An analyst who knows these companies, and reads names by `entities`."""
        return cls(Lexicon.build(companies), entities)

    def facts(self, article: Article) -> Facts:
        """All that the article says of approvals; a function of article and lexicon alone."""
        scene, drafts, weighed = self._read(article)
        facts = assemble(scene.reading, drafts, self.lexicon)
        if facts.relevant or weighed is None:
            return facts
        likely = self.weights.relevant.score(relevance_measures(weighed.near, weighed.scored, facts.batches))
        return replace(facts, relevant=likely > (_RELEVANT if scene.says else _UNSAID))

    def explain(self, article: Article) -> tuple[Ruling, ...]:
        """How each sentence and row was judged, in order of the text."""
        scene, drafts, _ = self._read(article)
        return rulings(scene, drafts, self.weights)

    @cached_property
    def entities(self) -> Entities:
        """The reader of names. Raises EntitiesError where it can't be had."""
        given = self._entities
        return make_entities(given, self.lexicon) if isinstance(given, str) else given

    @cached_property
    def weights(self) -> Weights:
        """What `make model` learnt."""
        return self._weights or load_weights()

    def scene(self, article: Article) -> tuple[Scene, list[Draft]]:
        """An article read, with its names grouped; and the drafts of its tables."""
        reading = read(article, self.lexicon, lambda: self.entities, self._pipelines)
        rows = read_tables(reading, self.lexicon)
        groups = group_mentions(reading.plain, reading.mentions, self.lexicon)
        return Scene.of(reading, groups, told_by(reading, rows, self.lexicon)), rows

    def _read(self, article: Article) -> tuple[Scene, list[Draft], Weighed | None]:
        scene, rows = self.scene(article)
        if not scene.reading.statements:
            return scene, rows, None
        weighed = weigh(scene, self.weights, self.lexicon)
        return scene, drafts_of(scene, weighed) + rows, weighed
