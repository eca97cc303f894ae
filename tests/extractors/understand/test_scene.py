"""Names grouped, placed and weighed, with names as a list gives them and weights set by hand."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.records import Article
from extractors.understand import Analyst
from extractors.understand.candidates import candidates, judge_names
from extractors.understand.document import Pipeline
from extractors.understand.drafts import Draft
from extractors.understand.entities import Role, Span
from extractors.understand.hints import NO_HINTS, Hints
from extractors.understand.lexicon import Lexicon
from extractors.understand.mentions import Mention, group_mentions
from extractors.understand.parts import Status
from extractors.understand.rule_entities import without_overlaps
from extractors.understand.scene import Scene
from extractors.understand.sentences import Extent, clauses_of, sentences_of, starting_in
from extractors.understand.signs import mention_signs
from extractors.understand.trees import NO_TREES, Tree, Trees
from extractors.understand.verdicts import drafts_of, weigh
from extractors.understand.weights import Weigher, Weights, chance

LEXICON = Lexicon.build([])
SAID = "墨池科技的“砚台通”大模型完成生成式人工智能服务备案。"
WAITS = "石桥网络的“河灯”尚未通过备案，仍在等待。"


class Listed:
    """A reader of names that sees the names it was given."""

    def __init__(self, **names: Role) -> None:
        self._names = names

    def find(self, line: str, hints: Hints = NO_HINTS) -> list[Span]:
        found = [
            Span(match.start(), match.end(), role, 0.9)
            for name, role in self._names.items()
            for match in re.finditer(re.escape(name), line)
        ]
        return without_overlaps(found)


READER = Listed(墨池科技="company", 石桥网络="company", 砚台通="product", 河灯="product")


def scene_of(text: str, reader: Listed = READER, title: str = "") -> Scene:
    return Analyst(LEXICON, reader).scene(Article(title, text))[0]


def weights(**signs: float) -> Weights:
    """Names and facts count as told where these signs stand; a product is owned by who stands in its clause."""
    names = Weigher(-1.0, signs)
    approved = Tree((0, -1, -1), (7.5, 0.0, 0.0), (1, 0, 0), (2, 0, 0), (0.0, -1.0, 2.0))
    by_own = Trees(("own",), 0.0, (approved,))
    owner, never = Weigher(-1.0, {"clause <": 3.0}), Weigher(-9.0, {})
    return Weights(names, names, never, owner, never, by_own, NO_TREES, "test")


def prose_of(scene: Scene, weights: Weights, lexicon: Lexicon) -> list[Draft]:
    return drafts_of(scene, weigh(scene, weights, lexicon))


def told(drafts: list[Draft], text: str) -> list[tuple[str | None, str | None, Status]]:
    return [
        (
            text[draft.company.start : draft.company.end] if draft.company else None,
            text[slice(*draft.product)] if draft.product else None,
            draft.status,
        )
        for draft in drafts
    ]


def groups_of(text: str, *names: tuple[str, Role]) -> list[tuple[str, int]]:
    mentions = [
        Mention(match.start(), match.end(), role, 0.9, "read")
        for name, role in names
        for match in re.finditer(re.escape(name), text)
    ]
    found = group_mentions(text, sorted(mentions, key=lambda m: m.start), LEXICON)
    return [(group.surface(text), len(group.mentions)) for group in found]


def test_the_mentions_of_one_name_are_one_group() -> None:
    assert groups_of("甲云科技与乙山。甲云科技", ("甲云科技", "company"), ("乙山", "company")) == [
        ("甲云科技", 2),
        ("乙山", 1),
    ]


def test_a_short_name_goes_with_the_legal_name_that_it_begins() -> None:
    text = "深圳市拓音智能有限公司公告。拓音智能已备案。"
    assert (
        groups_of(text, ("深圳市拓音智能有限公司", "company"), ("。拓音智能"[1:], "company"))[0][0]
        == "深圳市拓音智能有限公司"
    )
    assert len(groups_of(text, ("深圳市拓音智能有限公司", "company"))) == 1


def test_a_company_and_a_product_of_one_name_are_two_groups() -> None:
    assert groups_of("拾光的拾光", ("拾光", "company")) == [("拾光", 2)]
    text = "拾光拾光"
    mentions = [Mention(0, 2, "company", 0.9, "read"), Mention(2, 4, "product", 0.9, "read")]
    assert [group.role for group in group_mentions(text, mentions, LEXICON)] == ["company", "product"]


def test_names_and_digits_are_blanked_in_a_scene() -> None:
    scene = scene_of("2025年，" + SAID)
    assert scene.masked == "0000年，□□□□的“■■■”大模型完成生成式人工智能服务备案。"
    assert len(scene.masked) == len(scene.reading.plain)


def test_a_mention_has_its_statement_and_clause() -> None:
    scene = scene_of(SAID + WAITS)
    places = {scene.reading.plain[m.start : m.end]: scene.place(m) for g in scene.groups for m in g.mentions}
    assert places == {"墨池科技": 0, "砚台通": 0, "石桥网络": 1, "河灯": 1}
    second = scene.reading.statements[1]
    assert scene.clause(second, second.start).own is Status.NEGATIVE


def test_rivals_between_two_names_are_counted_once_each_up_to_the_most() -> None:
    reader = Listed(甲云="company", 乙山="company", 丙河="company")
    scene = scene_of("甲云、乙山、丙河、甲云完成大模型备案。", reader)
    assert scene.rivals(0, 100, 9) == 3
    assert scene.rivals(0, 100, 2) == 2
    assert scene.rivals(1, 4, 9) == 1
    assert scene.rivals(50, 60, 9) == 0


def test_an_article_without_procedure_has_no_statements() -> None:
    scene = scene_of("墨池科技发布了新的手机。")
    assert scene.reading.statements == []
    assert scene.groups == []


def test_what_is_said_of_a_product_and_its_company_is_one_draft() -> None:
    text = SAID + WAITS
    drafts = prose_of(scene_of(text), weights(**{"own approved": 4.0}), LEXICON)
    assert told(drafts, text) == [("墨池科技", "砚台通", Status.APPROVED)]
    assert drafts[0].sure == pytest.approx(chance(2.0))


def test_without_an_owner_a_product_stands_alone_and_its_company_may_too() -> None:
    mine = weights(**{"own approved": 4.0})
    free = replace(mine, owner=Weigher(-5.0, {}))
    assert set(told(prose_of(scene_of(SAID), free, LEXICON), SAID)) == {
        (None, "砚台通", Status.APPROVED),
        ("墨池科技", None, Status.APPROVED),
    }


def test_joint_applicants_own_one_product_together() -> None:
    text = "墨池科技与石桥网络联合申报的“砚台通”完成生成式人工智能服务备案。"
    found = prose_of(scene_of(text), weights(**{"own approved": 4.0}), LEXICON)
    assert {company for company, _, _ in told(found, text)} == {"墨池科技", "石桥网络"}


def test_what_was_revoked_is_told_as_revoked() -> None:
    text = "经查，墨池科技的“砚台通”大模型备案已被注销。"
    found = prose_of(scene_of(text), weights(), LEXICON)
    assert told(found, text) == [("墨池科技", "砚台通", Status.REVOKED)]


def test_what_the_next_sentences_say_of_no_one_else_is_a_sign() -> None:
    text = "墨池科技做了“砚台通”。它三月没过。7月30日大模型备案批下来了。石桥网络还在等备案。"
    scene = scene_of(text, Listed(墨池科技="company", 石桥网络="company", 砚台通="product"))
    (stone,) = scene.products
    signs = mention_signs(scene, stone.mentions[0], stone.key)
    assert "then approved" in signs
    assert "then another 3" in signs
    bridge = scene.companies[1]
    assert "then no one else" in mention_signs(scene, bridge.mentions[0], bridge.key)


def test_names_with_hopeless_scores_are_no_candidates() -> None:
    scene = scene_of(SAID)
    never = Weigher(-9.0, {})
    hopeless = replace(weights(), company=never, product=never)
    assert candidates(scene, judge_names(scene, hopeless), hopeless.owner, LEXICON) == []


def test_a_name_is_judged_by_its_best_mention() -> None:
    scene = scene_of("墨池科技成立于上海。" + SAID)
    judged = {
        scene.reading.plain[j.mention.start : j.mention.end]: j
        for j in judge_names(scene, weights(**{"own approved": 4.0}))
    }
    assert judged["墨池科技"].score == pytest.approx(3.0)
    assert judged["墨池科技"].mention.start == len("墨池科技成立于上海。")


@given(st.floats(-60, 60))
def test_a_chance_is_between_none_and_one_and_rises(score: float) -> None:
    assert 0 <= chance(score) <= 1
    assert chance(score) <= chance(score + 0.1)
    assert score < -30 or chance(score) == pytest.approx(1 / (1 + math.exp(-score)))


def test_a_weigher_tells_what_weighed_most() -> None:
    weigher = Weigher(0.5, {"a": 1.0, "b": -2.0, "c": 0.1})
    assert weigher.score(["a", "b", "z"]) == pytest.approx(-0.5)
    assert weigher.heaviest(["a", "b", "c", "z"], 2) == [("b", -2.0), ("a", 1.0)]


@given(st.text("备案完成，。；：“”ab Co.Ltd, but 1□#\u3000", max_size=60), st.sampled_from(["zh", "en"]))
def test_spans_of_the_document_are_the_sentences_and_clauses_of_the_text(text: str, language: str) -> None:
    line = Extent(0, len(text))
    expected = []
    for sentence in sentences_of(text, line, language):
        expected.append((sentence, list(clauses_of(text, sentence, language)) or [sentence]))
    assert list(PIPELINES[language].sentences(text, line)) == expected


PIPELINES = {language: Pipeline(language) for language in ("zh", "en")}


@given(st.lists(st.integers(0, 50)), st.integers(0, 50), st.integers(0, 50))
def test_what_starts_in_a_stretch_is_found_by_bisection(starts: list[int], start: int, end: int) -> None:
    items = [Extent(at, at + 1) for at in sorted(starts)]
    assert list(starting_in(items, start, end)) == [item for item in items if start <= item.start < end]


def test_an_article_may_be_relevant_though_it_names_no_one_for_certain() -> None:
    article = Article("", SAID)
    doubt = Tree((0, -1, -1), (0.2, 0.0, 0.0), (1, 0, 0), (2, 0, 0), (0.0, -2.0, 2.0))
    unsure = replace(weights(), fact=Trees((), -0.5, ()))
    assert not Analyst(LEXICON, READER, unsure).facts(article).relevant
    likely = replace(unsure, relevant=Trees(("fact 0",), 0.0, (doubt,)))
    facts = Analyst(LEXICON, READER, likely).facts(article)
    assert facts.relevant
    assert facts.approvals == ()


def test_every_name_of_a_row_is_told_what_is_said_around_all_of_them() -> None:
    reader = Listed(墨池科技="company", 石桥网络="company", 山海软件="company", 云帆数据="company")
    scene = scene_of("大模型已备案，客户包括墨池科技、石桥网络、山海软件和云帆数据，四家均为老客户。", reader)
    for group in scene.companies:
        signs = mention_signs(scene, group.mentions[0], group.key)
        assert "[客户" in signs
        assert "]四家" in signs


def test_what_an_article_tells_in_words_that_no_rule_knows_is_said_where_it_is_about_the_procedure() -> None:
    """`登记` stands in the text: the weights decide; in an article about anything else they must be surer."""
    surely = weights(company=0.0)
    about = "墨池科技的登记已经落袋，大模型可以用了。"
    other = "墨池科技的大模型已经落袋，可以用了。"
    for text, said in ((about, True), (other, False)):
        scene = scene_of(text)
        assert not scene.speaks
        weighed = weigh(scene, replace(surely, fact=Trees((), 1.0, ()), article=Weigher(0.5, {})), LEXICON)
        assert bool(drafts_of(scene, weighed)) is said
