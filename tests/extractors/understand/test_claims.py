"""What an article counts, as claims: (kind, batch, count, cumulative)."""

import pytest

from config.companies import load_companies
from extractors.records import Article, Kind
from extractors.understand import Analyst

FILED, REGISTERED, DEEP = Kind.GENAI_FILING, Kind.GENAI_REGISTRATION, Kind.DEEP_SYNTHESIS_FILING


@pytest.fixture(scope="module")
def analyst() -> Analyst:
    return Analyst.of(load_companies())


def told(analyst: Analyst, text: str, language: str = "zh", title: str = "生成式人工智能服务备案信息") -> set[object]:
    facts = analyst.facts(Article(title, text, language=language))
    return {(claim.kind, claim.batch, claim.count, claim.cumulative) for claim in facts.batches}


def test_each_count_has_the_kind_of_the_words_next_to_it(analyst: Analyst) -> None:
    text = "3月，湖南省网信办新增生成式人工智能服务备案5款、登记7款。截至3月31日，全省累计备案29款、登记61款。"
    assert told(analyst, text) == {(FILED, None, 5, 29), (REGISTERED, None, 7, 61)}


def test_what_an_application_is_built_on_is_not_its_kind(analyst: Analyst) -> None:
    text = "全国累计有311款服务完成备案，另有128款调用已备案模型能力的应用在地方网信办完成登记。"
    assert told(analyst, text) == {(FILED, None, None, 311), (REGISTERED, None, None, 128)}


def test_a_count_and_a_total_of_two_places_stay_apart(analyst: Analyst) -> None:
    text = "山西省网信办公布2款新备案服务。辽宁方面更新，一款模型完成备案，辽宁总数升到17款。"
    assert told(analyst, text) == {(FILED, None, 2, None), (FILED, None, None, 17)}


def test_a_list_of_algorithms_has_its_ordinal_and_count(analyst: Analyst) -> None:
    text = "国家网信办公布第21批境内深度合成服务算法备案清单，共计288项，其中服务提供者190项。"
    assert told(analyst, text) == {(DEEP, 21, 288, None)}


def test_the_sentence_after_may_name_the_batch(analyst: Analyst) -> None:
    text = "监管部门上周又放行9款大模型。这是第六批。"
    assert told(analyst, text) == {(FILED, 6, 9, None)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("11月全省有3款服务通过备案。同期登记6款。", {(FILED, None, 3, None), (REGISTERED, None, 6, None)}),
        (
            "现将本月情况公布如下：\n一、备案（2款）\n二、登记（3款）",
            {(FILED, None, 2, None), (REGISTERED, None, 3, None)},
        ),
        (
            "截至6月30日，我省有效备案服务8款，有效登记应用14款。",
            {(FILED, None, None, 8), (REGISTERED, None, None, 14)},
        ),
        ("两地应用的累计登记数分别是748款与435款。", {(REGISTERED, None, None, 748), (REGISTERED, None, None, 435)}),
        ("一季度车企完成两类手续，四项备案、三项登记。", {(FILED, None, 4, None), (REGISTERED, None, 3, None)}),
        ("7月，共有4款应用在江西省网信办办理生成式人工智能服务登记，名单如下。", {(REGISTERED, None, 4, None)}),
        ("安徽省网信办6月3日公布，近期有五款大模型备案落地。", {(FILED, None, 5, None)}),
        ("陕西省网信办更新信息，新增备案服务六款。", {(FILED, None, 6, None)}),
        ("青海又有三款登记应用面世。", {(REGISTERED, None, 3, None)}),
        ("江苏公布的新登记应用一共17款，至8月31日，登记应用累计96款。", {(REGISTERED, None, 17, 96)}),
        ("5月6日，湖南网信办把八款大模型挂上备案页。", {(FILED, None, 8, None)}),
        ("重庆日前新增“领证”大模型七款。", {(FILED, None, 7, None)}),
        ("湖北备案的大模型到8月底是28款。", {(FILED, None, None, 28)}),
        (
            "截至5月，已备案服务140款。从地域看，北京62款、上海29款。",
            {(FILED, None, None, 140), (FILED, None, None, 62), (FILED, None, None, 29)},
        ),
    ],
)
def test_a_count_beside_its_procedure(analyst: Analyst, text: str, expected: set[object]) -> None:
    assert told(analyst, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "本公司“澄江问答”“澄江绘图”两款模型均已完成生成式人工智能服务备案。",
        "公司旗下三款产品通过大模型备案，签约客户有四十家。",
        "北京市网信办对3款未经登记上线的应用作出警告。",
        "首批可信大模型评测结果揭晓，共九家单位的产品通过。",
        "区内已有登记应用，目标年底增至三十款。",
        "两项备案只适用于内地。我代理过十一件备案。",
        "本月全省收到备案申请7件、登记申请19件。",
        "此外还有4款大模型正处于备案评审之中。",
        "教育部公布结果，新增备案人工智能专业点41个。",
        "至此，公司累计有9项算法、1款大模型完成备案。",
    ],
)
def test_other_things_are_not_counted(analyst: Analyst, text: str) -> None:
    assert told(analyst, text) == set()


def test_shares_of_a_list_are_not_counted(analyst: Analyst) -> None:
    text = "北京新增备案15款大模型，新增名单中医疗类模型共8款，其中两款来自海淀。"
    assert told(analyst, text) == {(FILED, None, 15, None)}


def test_products_are_counted_and_not_their_makers(analyst: Analyst) -> None:
    text = "5家企业的6款产品通过生成式人工智能服务备案，全市累计通过备案9款。"
    assert told(analyst, text) == {(FILED, None, 6, 9)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Hainan registered four AI applications in August, taking its total to 38, the internet office said.",
            {(REGISTERED, None, 4, 38)},
        ),
        (
            "China's cyberspace regulator said 19 more generative AI services had completed filing, bringing the total to"
            " 420. A further 97 applications that call filed models have been registered by provincial offices.",
            {(FILED, None, 19, 420), (REGISTERED, None, None, 97)},
        ),
        (
            "On May 6 the city's office listed eight filings and 21 registrations of AI services for the month.",
            {(FILED, None, 8, None), (REGISTERED, None, 21, None)},
        ),
        ("China had 187 generative AI services on record at the end of August.", {(FILED, None, None, 187)}),
        ("Local offices have put 140 AI applications on their registers.", {(REGISTERED, None, 140, None)}),
        ("Our clients obtained 12 approvals of models last year. The city wants 30 more filed models.", set()),
        (
            "The regulator ordered the removal of 17 apps that offered generative AI without completing the filing.",
            set(),
        ),
    ],
)
def test_english(analyst: Analyst, text: str, expected: set[object]) -> None:
    assert told(analyst, text, "en", "AI filings") == expected
