"""The spaCy side: a line of text as a Doc whose span groups hold its sentences and clauses.

spaCy is imported when the first pipeline is built, and its components are ours; no model is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from extractors.understand.sentences import Extent, clauses_of, sentences_of

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

_TOKEN = re.compile(r"[A-Za-z0-9]+|[\u3400-\u9fff□#]+|[^\sA-Za-z0-9]|\s")
_COMPONENT = "greenlit_sentences"


class Pipeline:
    """A blank pipeline of one language (`zh` or `en`) with our tokenizer and our sentences."""

    def __init__(self, language: str) -> None:
        import spacy
        from spacy.vocab import Vocab

        _register()
        self.language = language
        self._nlp: Language = spacy.blank(language, vocab=Vocab())  # bare: no attributes are computed for each new word
        self._nlp.tokenizer = _Tokenizer(self._nlp.vocab)
        self._nlp.add_pipe(_COMPONENT)

    def sentences(self, text: str, line: Extent) -> Iterator[tuple[Extent, list[Extent]]]:
        """The sentences of one line, each with its clauses, as offsets in `text`."""
        doc = self._nlp(text[line.start : line.end])
        clauses = [_extent(span, line.start) for span in doc.spans["clauses"]]
        at = 0
        for span in doc.spans["sentences"]:
            sentence = _extent(span, line.start)
            first = at
            while at < len(clauses) and clauses[at].start < sentence.end:
                at += 1
            yield sentence, clauses[first:at] or [sentence]

    def memory(self) -> AbstractContextManager[object]:
        """While it is open, words are learnt; they are forgotten when it closes."""
        return self._nlp.memory_zone()


class _Tokenizer:
    """One token for a Latin word, a number or a run of Chinese characters: no sentence ends within one."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        from spacy.tokens import Doc

        words = _TOKEN.findall(text)
        return Doc(self.vocab, words=words, spaces=[False] * len(words))

    def to_bytes(self, **kwargs: object) -> bytes:
        return b""

    def from_bytes(self, data: bytes, **kwargs: object) -> _Tokenizer:
        return self


def _register() -> None:
    from spacy.language import Language

    if not Language.has_factory(_COMPONENT):
        Language.factory(_COMPONENT, func=_component)


def _component(nlp: Language, name: str) -> object:
    language = str(nlp.lang)

    def mark(doc: Doc) -> Doc:
        text = doc.text
        sentences = list(sentences_of(text, Extent(0, len(text)), language))
        clauses = [clause for sentence in sentences for clause in clauses_of(text, sentence, language)]
        for key, extents in (("sentences", sentences), ("clauses", clauses)):
            spans = [doc.char_span(each.start, each.end, label=key, alignment_mode="expand") for each in extents]
            doc.spans[key] = [span for span in spans if span is not None]
        return doc

    return mark


def _extent(span: object, offset: int) -> Extent:
    return Extent(offset + span.start_char, offset + span.end_char)  # type: ignore[attr-defined]
