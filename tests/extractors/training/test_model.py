"""Fitting, writing and reading what is trained, on a handful of articles of our own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from config.companies import load_companies
from extractors.records import Article
from extractors.training.__main__ import main, write_weights
from extractors.training.files import load
from extractors.training.hygiene import Firing, articles, firings
from extractors.training.hygiene import main as hygiene
from extractors.training.judgement import fit_facts
from extractors.training.names import train_names
from extractors.training.regression import fit
from extractors.understand import Analyst
from extractors.understand.crf import CrfEntities
from extractors.understand.lexicon import Lexicon
from extractors.understand.trees import MISSING, NO_TREES, Tree, Trees
from extractors.understand.weights import Weigher, Weights, load_weights

PLACES = (
    "河口",
    "北岭",
    "青石",
    "南浦",
    "松坪",
    "白塔",
    "雁滩",
    "柳林",
    "沙洲",
    "云峰",
    "溪桥",
    "麦田",
    "竹湾",
    "枫渡",
    "石门",
    "梅坞",
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two articles for each place: one company that was approved beside one that waits, and one that only waits."""
    file = tmp_path_factory.mktemp("corpus") / "made.jsonl"
    lines = [line for number, place in enumerate(PLACES) for line in made(number, place)]
    file.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    return file


def made(number: int, place: str) -> list[dict[str, Any]]:
    base = {"family": None, "title": "备案动态", "published": "2025-03-18", "revocations": []}
    yes, no = (
        f"{place}科技的“{place}通”完成生成式人工智能服务备案。",
        f"{place[::-1]}网络的“晚{place[0]}”尚未通过备案，仍在等待。",
    )
    fact = {"company": [f"{place}科技"], "product": [f"{place}通"]}
    waits = [f"{place[::-1]}网络", f"晚{place[0]}"]
    return [
        base | {"id": f"y{number}", "text": yes + no, "relevant": True, "approvals": [fact], "not_approved": waits},
        base | {"id": f"n{number}", "text": no, "relevant": False, "approvals": [], "not_approved": waits},
    ]


def test_training_twice_gives_the_same_files_which_read_a_new_name(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = []
    for run in ("one", "two"):
        names, weights, answers = (tmp_path / f"{run}.{kind}" for kind in ("crf", "gz", "jsonl"))
        main(
            [str(corpus), "--names", str(names), "--weights", str(weights), "--answers", str(answers), "--lists", "150"]
        )
        written.append([path.read_bytes() for path in (names, weights, answers)])
    assert written[0] == written[1]
    assert "names:" in capsys.readouterr().out
    assert len(written[0][2].splitlines()) == 2 * len(PLACES)
    lexicon = Lexicon.build([])
    analyst = Analyst(lexicon, CrfEntities(lexicon, tmp_path / "one.crf"), load_weights(tmp_path / "one.gz"))
    facts = analyst.facts(Article("备案动态", "晴川科技的“晴川通”完成生成式人工智能服务备案。"))
    assert [fact.company.name for fact in facts.approvals] == ["晴川科技"]


def test_the_reader_of_names_is_trained_to_see_its_names(corpus: Path, tmp_path: Path) -> None:
    lexicon = Lexicon.build([])
    train_names(load([corpus]), lexicon, tmp_path / "names.crf", lists=0)
    line = "河口科技的“河口通”完成生成式人工智能服务备案。"
    found = CrfEntities(lexicon, tmp_path / "names.crf").find(line)
    assert [(line[span.start : span.end], span.role) for span in found] == [
        ("河口科技", "company"),
        ("河口通", "product"),
    ]


def test_a_weigher_learns_the_sign_that_tells() -> None:
    rows = [(["yes", "both"], 1), (["no", "both"], 0)] * 20 + [(["yes", "once"], 1)]
    weigher = fit(rows)
    assert weigher.score(["yes"]) > 0 > weigher.score(["no"])
    assert "once" not in weigher.weights


def test_what_every_row_answers_alike_is_certain() -> None:
    assert fit([(["a"], 0)] * 3) == Weigher(-9.0, {})


def test_trees_learn_what_one_measure_alone_does_not_tell() -> None:
    told = [{"a": float(a), "b": float(b)} for a in (0, 1) for b in (0, 1)] * 30
    rows = [(each, int(each["a"] != each["b"])) for each in told]
    trees = fit_facts(rows)
    assert trees.measures == ("a", "b")
    for each, answer in rows[:4]:
        assert (trees.score(each) > 0) == bool(answer)


def test_a_measure_that_is_not_told_is_missing() -> None:
    rows = [({"a": 1.0, "b": 2.0}, 1), ({"b": 2.0}, 0)] * 30
    trees = fit_facts(rows)
    assert trees.score({"a": 1.0, "b": 2.0}) > 0 > trees.score({"b": 2.0})
    assert trees.score({"a": MISSING, "b": 2.0}) == trees.score({"b": 2.0})


def test_weights_are_read_as_they_were_written(tmp_path: Path) -> None:
    weighers = [
        Weigher(0.5, {"旁": 1.25}),
        Weigher(-1.0, {}),
        Weigher(0.0, {"x": -2.0}),
        Weigher(9.0, {}),
        Weigher(1.0, {}),
    ]
    tree = Tree((0, -1, -1), (0.5, 0.0, 0.0), (1, 0, 0), (2, 0, 0), (0.0, -0.25, 0.75))
    weights = Weights(*weighers, Trees(("own",), -0.5, (tree,)), NO_TREES, version="abc")
    for name in ("a.gz", "b.gz"):
        write_weights(tmp_path / name, weights)
    assert load_weights(tmp_path / "a.gz") == weights
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


def test_hygiene_counts_where_rules_fire(corpus: Path) -> None:
    table = firings(articles([corpus]), Analyst.of(load_companies(), "rules"))
    by_rule = {f"{row.language} {row.rule}": row for row in table}
    assert by_rule["zh approved.passed"].relevant == len(PLACES)
    assert by_rule["zh negative.notyet"] == Firing(
        "zh", "negative.notyet", 2 * len(PLACES), len(PLACES), len(PLACES), ""
    )
    assert by_rule["en approved.won"].verdict == "never"


def test_a_rule_that_speaks_for_approvals_and_fires_in_other_news_fires_too_often(tmp_path: Path) -> None:
    lines = [{"text": "某游戏获批，与大模型无关。"}] * 3 + [{"text": "蓝鲸大模型完成备案。", "relevant": True}]
    file = tmp_path / "news.jsonl"
    file.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    table = {row.rule: row for row in firings(articles([file]), Analyst.of([], "rules")) if row.language == "zh"}
    assert (table["weak.granted"].irrelevant, table["weak.granted"].verdict) == (3, "too often")
    assert table["approved.passed"].verdict == ""


def test_hygiene_prints_a_table(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hygiene([str(corpus), "--entities", "rules"])
    said = capsys.readouterr().out.splitlines()
    assert said[0].split() == ["rule", "places", "relevant", "irrelevant"]
    assert any(line.startswith("never: ") for line in said)
