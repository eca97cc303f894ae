from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.companies import load_companies
from extractors.understand.chars import plain
from extractors.understand.crf import NAMED, CrfEntities, runs
from extractors.understand.entities import EntitiesError, Span, check_entities, make_entities
from extractors.understand.lexicon import Lexicon
from extractors.understand.rule_entities import RuleEntities, without_overlaps
from extractors.understand.tokens import tokens_of

LEXICON = Lexicon.build(load_companies())
RULES, CRF = RuleEntities(LEXICON), CrfEntities(LEXICON)
LINES = st.lists(
    st.one_of(
        st.sampled_from(["百度", "“文心”", "有限公司", "完成备案", "、", "和", "（深圳）", "Ltd", "Kimi", "'s ", "——", "\ud800", "\x00", "\u202e"]),
        st.text(max_size=8),
    ),
    max_size=20,
).map(lambda pieces: plain("".join(pieces).replace("\n", " ")))  # fmt: skip


def names(line: str, spans: list[Span]) -> list[tuple[str, str]]:
    return [(line[span.start : span.end], span.role) for span in spans]


@pytest.mark.parametrize("choice", ["crf", "rules"])
def test_a_reader_that_is_there_is_made(choice: str) -> None:
    check_entities(choice)
    assert ("百度", "company") in names("百度完成备案。", make_entities(choice, LEXICON).find("百度完成备案。"))


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ("bert", "there is no such reader; use crf, rules or spacy:<package or path>"),
        ("", "there is no such reader"),
        ("spacy:", "there is no spaCy package or folder"),
        ("spacy:zh_core_web_none", "python -m spacy download"),
    ],
)
def test_a_reader_that_is_not_there_is_named_with_the_way_out(choice: str, told: str) -> None:
    for ask in (check_entities, lambda name: make_entities(name, LEXICON)):
        with pytest.raises(EntitiesError, match=f"GREENLIT_ENTITIES={choice}.*") as error:
            ask(choice)
        assert told in str(error.value)


def test_a_package_that_recognises_no_names_is_refused(tmp_path: Path) -> None:
    import spacy

    spacy.blank("zh").to_disk(tmp_path / "bare")
    check_entities(f"spacy:{tmp_path / 'bare'}")
    with pytest.raises(EntitiesError, match="recognises no names"):
        make_entities(f"spacy:{tmp_path / 'bare'}", LEXICON)


def test_a_package_with_a_recogniser_is_read(tmp_path: Path) -> None:
    import spacy

    pipeline = spacy.blank("zh")
    ruler = pipeline.add_pipe("entity_ruler", name="ner")
    ruler.add_patterns([{"label": "ORG", "pattern": "墨池科技"}, {"label": "GPE", "pattern": "杭州"}])  # type: ignore[attr-defined]
    pipeline.to_disk(tmp_path / "own")
    line = "杭州的墨池科技完成备案。"
    found = make_entities(f"spacy:{tmp_path / 'own'}", LEXICON).find(line)
    assert names(line, found) == [("墨池科技", "company")]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("百度的“问答通”完成备案。", [("百度", "company"), ("问答通", "product")]),
        ("经查，杭州墨池科技有限公司已登记。", [("杭州墨池科技有限公司", "company")]),
        ("今天天气不错。", []),
        ("", []),
    ],
)
def test_rules_read_known_names_legal_names_and_quotations(line: str, expected: list[tuple[str, str]]) -> None:
    assert names(line, RULES.find(line)) == expected


def test_of_spans_that_overlap_the_longer_stays() -> None:
    short, long, apart = (Span(start, end, "company", 0.5) for start, end in ((2, 5), (0, 4), (4, 6)))
    assert without_overlaps([short, long, apart]) == [long, apart]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("蓝鲸智语的“拾光”大模型完成生成式人工智能服务备案。", {("蓝鲸智语", "company")}),
        ("百度、阿里巴巴和腾讯的产品通过备案。", {("百度", "company"), ("阿里巴巴", "company"), ("腾讯", "company")}),
    ],
)
def test_the_crf_reads_companies_in_plain_statements(line: str, expected: set[tuple[str, str]]) -> None:
    assert expected <= set(names(line, CRF.find(line)))


@pytest.mark.parametrize("line", ["", " ", "今天天气不错。", "The weather is fine."])
def test_the_crf_sees_no_name_where_there_is_none(line: str) -> None:
    assert CRF.find(line) == []


@given(LINES)
def test_spans_are_in_order_within_the_line_and_apart(line: str) -> None:
    for reader in (RULES, CRF):
        found = reader.find(line)
        assert all(0 <= span.start < span.end <= len(line) for span in found)
        assert all(one.end <= two.start for one, two in pairwise(found))
        assert all(0 <= span.other <= 1.0001 and 0 < span.sure <= 1.0001 for span in found)


@given(LINES)
def test_tokens_cover_the_line_without_a_gap(line: str) -> None:
    spans = tokens_of(line)
    assert "".join(line[start:end] for start, end in spans) == line


@given(st.lists(st.sampled_from([*NAMED, "O"]), max_size=30))
def test_every_labelled_token_is_in_one_run(labels: list[str]) -> None:
    found = list(runs(labels))
    inside = [at for first, last, _ in found for at in range(first, last + 1)]
    assert inside == [at for at, label in enumerate(labels) if label != "O"]
    for first, last, role in found:
        assert {label[-1] for label in labels[first : last + 1]} == {role}
        assert "B" not in {label[0] for label in labels[first + 1 : last + 1]}
