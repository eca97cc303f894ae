"""Date, batch and kind of an approval whose names are given; and what was cancelled."""

from datetime import datetime

import pytest

from config.companies import load_companies
from extractors.records import CHINA, Article, Kind
from extractors.understand import Analyst
from extractors.understand.batches import draft_batch
from extractors.understand.cancelled import is_cancelled
from extractors.understand.details import draft_kind
from extractors.understand.drafts import Draft
from extractors.understand.mentions import Mention
from extractors.understand.parts import Status
from extractors.understand.scene import Scene
from extractors.understand.when import draft_date

PUBLISHED = datetime(2025, 6, 12, tzinfo=CHINA)
FILED, REGISTERED, DEEP = Kind.GENAI_FILING, Kind.GENAI_REGISTRATION, Kind.DEEP_SYNTHESIS_FILING


@pytest.fixture(scope="module")
def analyst() -> Analyst:
    return Analyst.of(load_companies())


def scene_of(analyst: Analyst, text: str, title: str = "") -> Scene:
    return analyst.scene(Article(title, text, published=PUBLISHED))[0]


def draft_of(scene: Scene, product: str) -> Draft:
    reading = scene.reading
    start = reading.plain.index(product)
    statement = next(s for s in reversed(reading.statements) if s.start <= start)
    span = (start, start + len(product))
    return Draft(None, span, statement, scene.clause(statement, start), Status.APPROVED, 0.9, "given")


@pytest.mark.parametrize(
    ("text", "product", "date"),
    [
        ("转机出现在5月26日。那天下午，问溪科技的“问溪”通过大模型备案。", "问溪", "2025-05-26"),
        ("6月10日，记者获悉，棉仓科技的“棉小知”近日完成生成式人工智能服务登记。", "棉小知", None),
        ("回答他的是“老轴承”。今年3月19日，它通过了生成式人工智能服务备案。", "老轴承", "2025-03-19"),
        ("截至4月底，通过备案的车载大模型已有7款，包括山岚汽车的“山岚座舱”。", "山岚座舱", "2025-04"),
        ("“云审”完成登记。据市网信办6月9日公告，同批还有“云账”。", "云审", "2025-06-09"),
        ("昨天，学校对外宣告，“显微”大模型已于5月29日通过生成式人工智能服务备案。", "显微", "2025-05-29"),
        ("省网信办名单落款为6月3日。名单里有海棠科技的“海棠”，完成生成式人工智能服务登记。", "海棠", "2025-06-03"),
        (
            "【教育】“学海”大模型5月24日通过备案。\n【医疗】“杏林”完成登记，上线编号Hunan-XingLin-202505250001S0031。",
            "杏林",
            None,
        ),
        (
            "截至2025年6月8日，本市新增登记应用1款。应用名称为“荷塘问答”，由荷塘科技运营，已完成登记。",
            "荷塘问答",
            "2025-06-08",
        ),
        (
            "现将4月16日至5月15日办结登记的应用公布如下：\n“石榴问答”，石榴科技，已完成登记。\n某省网信办\n2025年6月2日",
            "石榴问答",
            "2025-06-02",
        ),
        ("1、海南：截至5月底，新增登记应用4款。\n2、“墨池”通过大模型备案。", "墨池", None),
        ("省网信办6月5日更新的名录添了两行。一行是“苇岸”大模型，已通过备案。", "苇岸", "2025-06-05"),
        (
            "The model Reed Chat was approved on May 22. So was Quill Desk. Loom Chat was approved in March.",
            "Quill",
            "2025-05-22",
        ),
    ],
)
def test_dates(analyst: Analyst, text: str, product: str, date: str | None) -> None:
    scene = scene_of(analyst, text)
    assert draft_date(scene.reading, draft_of(scene, product)) == date


@pytest.mark.parametrize(
    ("text", "product", "batch"),
    [
        ("监管部门上周放行9款大模型，“鹿鸣”在其中。这是第六批。", "鹿鸣", 6),
        (
            "现公布我省第三批完成登记的生成式人工智能应用。\n一、丹霞旅游公司“丹霞导览”；\n二、面点研究院“面面”。",
            "面面",
            3,
        ),
        ("“叠浪”完成生成式人工智能服务备案，首批合作医院有三家。", "叠浪", None),
    ],
)
def test_batches(analyst: Analyst, text: str, product: str, batch: int | None) -> None:
    scene = scene_of(analyst, text)
    assert draft_batch(scene.reading, draft_of(scene, product), FILED) == batch


def test_the_lists_of_deep_synthesis_are_a_series_of_their_own(analyst: Analyst) -> None:
    text = (
        "国家网信办公布第21批深度合成服务算法备案清单。其中有“潮声变声算法”。“潮声大模型”已完成生成式人工智能服务备案。"
    )
    scene = scene_of(analyst, text)
    assert draft_batch(scene.reading, draft_of(scene, "潮声变声算法"), DEEP) == 21
    assert draft_batch(scene.reading, draft_of(scene, "潮声大模型"), FILED) is None


@pytest.mark.parametrize(
    ("product", "kind"),
    [("青禾", FILED), ("白露", FILED), ("菜篮", REGISTERED)],
)
def test_the_kind_named_nearest_to_a_name(analyst: Analyst, product: str, kind: Kind) -> None:
    text = "名单里有农研所的“青禾”（备案）、气象台的“白露”（备案）、菜场公司的“菜篮”（登记）。"
    scene = scene_of(analyst, text)
    assert draft_kind(scene.reading, draft_of(scene, product)) is kind


@pytest.mark.parametrize(
    ("text", "name", "cancelled"),
    [
        ("现对以下生成式人工智能服务的备案予以注销：\n一、“湖畔”大模型，备案主体杭州湖畔公司。", "湖畔", True),
        ("合肥星问公司的「星问」遭取消生成式人工智能服务备案。", "星问", True),
        ("网信办注销了“旧友”的生成式人工智能服务备案。“新知”通过生成式人工智能服务备案。", "新知", False),
    ],
)
def test_what_was_cancelled(analyst: Analyst, text: str, name: str, cancelled: bool) -> None:
    scene = scene_of(analyst, text, "生成式人工智能服务备案")
    start = scene.reading.plain.index(name)
    assert is_cancelled(scene, Mention(start, start + len(name), "product", 1.0, "read")) is cancelled
