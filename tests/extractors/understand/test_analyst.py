import subprocess
import sys
import time
from datetime import datetime

import pytest

from config.companies import load_companies
from extractors.records import CHINA, Article, Facts, Kind
from extractors.understand import EXTRACTOR_VERSION, Analyst
from extractors.understand.lexicon import Lexicon

MISSED = pytest.mark.xfail(strict=True, reason="missed by the trained reader: tests/gold/README.md says how often")


@pytest.fixture(scope="module")
def analyst() -> Analyst:
    return Analyst(Lexicon.build(load_companies()))


def article(text: str, published: str = "2025-06-12", title: str = "", language: str | None = None) -> Article:
    return Article(title, text, published=datetime.fromisoformat(published).replace(tzinfo=CHINA), language=language)


def said(facts: Facts) -> set[tuple[str | None, str | None, Kind]]:
    return {(fact.company.name, fact.product, fact.kind) for fact in facts.approvals}


WIRE = (
    "China has waved more than 40 home-grown AI models through in the six months since it began to approve them, "
    "local media say.\n\n"
    "Last week regulators approved 14 large language models for public use, the fourth round of approvals. "
    "Among the recipients of these approvals were companies such as Xiaomi Corp, 4Paradigm, and 01.AI.\n\n"
    "Since August of last year, Beijing has required tech firms to "
    "obtain approval before they offer models to the public.\n\n"
    "Soon after the process began in August, Beijing approved its inaugural batch of models. "
    "Baidu, Alibaba, and ByteDance were among the first recipients of these approvals.\n\n"
    "More rounds came in November and December. No complete list was "
    "disclosed, but a securities daily reported on Sunday "
    "that over 40 Chinese AI models have received approval.\n\n"
    "The success of OpenAI's chatbot set off the race; by then China had 130 LLMs, according to brokerage CLSA.\n\n"
    "The government named a national team of companies, including Baidu, Tencent, Alibaba, SenseTime, and iFlytek."
)


def test_a_wire_story_with_its_history(analyst: Analyst) -> None:
    facts = analyst.facts(article(WIRE, "2024-01-30", "40 Chinese AI models cleared for use"))
    told = {fact.company.id: (fact.batch, fact.date, fact.background) for fact in facts.approvals}
    assert told == {
        "xiaomi": (4, "2024-01", False),
        "4paradigm": (4, "2024-01", False),
        "01ai": (4, "2024-01", False),
        "baidu": (1, "2023-08", True),
        "alibaba": (1, "2023-08", True),
        "bytedance": (1, "2023-08", True),
    }
    assert (4, 14, "2024-01") in {(claim.batch, claim.count, claim.date) for claim in facts.batches}
    assert 40 in {total for claim in facts.batches for total in (claim.count, claim.cumulative)}
    assert facts.relevant


def test_a_numbered_notice(analyst: Analyst) -> None:
    text = (
        "近日，厦门白鹭湾科技有限公司自主研发的“鹭语大模型”通过国家网信办生成式人工智能服务备案，"
        "备案号Fujian-LuYu-202506030012。"
    )
    (fact,) = analyst.facts(article(text)).approvals
    assert (fact.company.name, fact.product, fact.kind) == ("厦门白鹭湾科技有限公司", "鹭语大模型", Kind.GENAI_FILING)
    assert (fact.filing_no, fact.province, fact.authority) == ("Fujian-LuYu-202506030012", "福建", "CAC")
    assert fact.date is None  # the number's date is not the approval's
    assert fact.confidence >= 0.9
    assert text[fact.start : fact.end] == fact.quote


def test_one_sentence_with_two_fates(analyst: Analyst) -> None:
    text = "6月10日，福建省网信办公布，白鹭湾科技的“鹭语”大模型通过备案；同期申报的“榕声”（福州榕城数据）未获通过。"
    assert said(analyst.facts(article(text))) == {("白鹭湾科技", "鹭语", Kind.GENAI_FILING)}


@pytest.mark.parametrize(
    "text",
    [
        "白鹭湾科技的“鹭语”大模型备案申请已获受理，目前处于审核阶段。",
        "白鹭湾科技预计“鹭语”大模型将于年底前通过备案。",
        "白鹭湾科技否认其“鹭语”大模型已通过备案，称相关截图系伪造。",
        "白鹭湾科技的小程序“鹭语”完成ICP备案。",
        "白鹭湾科技的一款新药获国家药监局批准上市，研发中使用了大模型。",
        "白鹭湾科技“鹭语”大模型完成变更备案。",
        "白鹭湾科技的私募基金管理人登记已完成，公司称将用大模型做投研。",
    ],
)
def test_what_is_no_approval(analyst: Analyst, text: str) -> None:
    facts = analyst.facts(article(text))
    assert facts.approvals == ()
    assert not facts.relevant


@pytest.mark.parametrize(
    "text",
    [
        "Heron Bay said its application for the Luyu model's generative AI filing is still under review in China.",
        "Heron Bay expects its Luyu AI model to be approved by China's cyberspace regulator this year.",
        "Heron Bay's AI software was cleared by the U.S. Food and Drug "
        "Administration, a first for a Chinese model maker.",
    ],
)
def test_what_is_no_approval_in_english(analyst: Analyst, text: str) -> None:
    assert analyst.facts(article(text)).approvals == ()


def test_traditional_characters_keep_their_offsets(analyst: Analyst) -> None:
    text = "廈門白鷺灣科技有限公司開發的「鷺語」大模型於六月三日完成內地備案。"
    (fact,) = analyst.facts(article(text)).approvals
    assert fact.company.name == "廈門白鷺灣科技有限公司"
    assert (fact.product, fact.date) == ("鷺語", "2025-06-03")
    assert text[fact.start : fact.end] == fact.quote


def test_a_table_with_a_status_column(analyst: Analyst) -> None:
    rows = ["产品\t公司\t状态\t备注", "鹭语\t白鹭湾\t已通过\t6月3日", "榕声\t榕城数据\t审核中\t—"]
    text = "\n".join(["大模型备案进度如下。", *rows, "榕小登\t榕城数据\t已登记\t6月5日", ""])
    facts = analyst.facts(article(text))
    assert said(facts) == {
        ("白鹭湾", "鹭语", Kind.GENAI_FILING),
        ("榕城数据", "榕小登", Kind.GENAI_REGISTRATION),
    }
    assert {fact.date for fact in facts.approvals} == {"2025-06-03", "2025-06-05"}


def test_a_revocation_is_no_approval(analyst: Analyst) -> None:
    text = "福建省网信办6月10日依法注销厦门白鹭湾科技有限公司“鹭语大模型”的生成式人工智能服务备案。"
    facts = analyst.facts(article(text))
    (revocation,) = facts.revocations
    assert (revocation.company.name, revocation.product) == ("厦门白鹭湾科技有限公司", "鹭语大模型")
    assert (revocation.date, facts.relevant, facts.approvals) == ("2025-06-10", False, ())


def test_a_number_in_brackets_does_not_hide_the_end_of_a_filing(analyst: Analyst) -> None:
    text = "网信办6月10日公告：厦门白鹭湾科技有限公司“鹭语”的生成式人工智能服务备案（备案号Fujian-LuYu-202503040011）已注销。"
    facts = analyst.facts(article(text))
    assert (len(facts.revocations), facts.approvals) == (1, ())


def test_a_known_company_brings_its_names(analyst: Analyst) -> None:
    (fact,) = analyst.facts(article("6月10日，百度文心一言通过大模型备案。")).approvals
    assert (fact.company.id, fact.company.name, fact.product) == ("baidu", "百度", "文心一言")
    assert "Baidu" in fact.company.names


@MISSED
def test_holders_listed_after_their_products(analyst: Analyst) -> None:
    text = (
        "“茶小通”“绣生花”两款服务完成登记，主体分别为遵义茶香数字有限公司、凯里锦绣文化有限公司，"
        "编号分别为Guizhou-Cha-202510200001S0012、Guizhou-Xiu-202510200002S0013。"
    )
    told = {(f.company.name, f.product, f.filing_no) for f in analyst.facts(article(text, "2025-11-01")).approvals}
    assert told == {
        ("遵义茶香数字有限公司", "茶小通", "Guizhou-Cha-202510200001S0012"),
        ("凯里锦绣文化有限公司", "绣生花", "Guizhou-Xiu-202510200002S0013"),
    }


def test_a_supplier_of_the_model_is_no_holder(analyst: Analyst) -> None:
    text = (
        "6月10日，白鹭湾科技的“鹭语”应用完成福建省生成式人工智能服务登记。"
        "该应用接入了DeepSeek、通义千问等已备案大模型。"
    )
    assert said(analyst.facts(article(text))) == {("白鹭湾科技", "鹭语", Kind.GENAI_REGISTRATION)}


def test_english_makers(analyst: Analyst) -> None:
    text = (
        "Fujian regulators registered three generative AI applications in May. They include HeronChat by "
        "Xiamen Heron Technology, TeaPal from Anxi Oolong Digital and TideMate, built by Quanzhou Harbour Cloud."
    )
    assert {(f.company.name, f.product) for f in analyst.facts(article(text)).approvals} == {
        ("Xiamen Heron Technology", "HeronChat"),
        ("Anxi Oolong Digital", "TeaPal"),
        ("Quanzhou Harbour Cloud", "TideMate"),
    }


def test_explain_names_the_rules(analyst: Analyst) -> None:
    text = "白鹭湾科技的“鹭语”大模型通过备案。榕城数据的“榕声”尚未通过备案。"
    first, second = analyst.explain(article(text))
    assert "approved.passed" in first.rules
    assert "approved" in first.conclusion
    assert "negative.notyet" in second.rules
    assert text[second.start : second.end] == second.text


def test_facts_depend_on_the_article_alone(analyst: Analyst) -> None:
    again = Analyst(Lexicon.build(load_companies()))
    story = article(WIRE, "2024-01-30")
    assert analyst.facts(story) == analyst.facts(story) == again.facts(story)
    assert EXTRACTOR_VERSION


def test_importing_costs_no_spacy() -> None:
    code = "import sys, extractors.understand, extractors.lines; sys.exit('spacy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_quotes_are_short(analyst: Analyst) -> None:
    names = "、".join(f"“鹭语{n}”（厦门白鹭{n}有限公司）" for n in "甲乙丙丁戊己庚辛壬癸")
    text = f"6月10日，福建新增登记的生成式人工智能服务有{names}等十款。"
    facts = analyst.facts(article(text))
    assert len(facts.approvals) == 10
    for fact in facts.approvals:
        assert len(fact.quote) <= 200
        assert fact.product is not None and fact.product in fact.quote


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        "\ud800大模型备案\udfff",
        "\x00通过备案\x00大模型",
        "‮大模型通过备案‬",
        "１２３号大模型通过备案",
        "大模型备案" * 3,
    ],
)
def test_odd_text_is_read(analyst: Analyst, text: str) -> None:
    analyst.facts(article(text))
    analyst.explain(article(text))
    analyst.facts(Article("", text))


@pytest.mark.parametrize(
    "unit", ["备", "1-", "A-", "“", "大模型通过备案", "（", "、甲", "approved ", "\n|", "-20240101"]
)
def test_time_grows_with_the_text_and_not_faster(analyst: Analyst, unit: str) -> None:
    def spent(size: int) -> float:
        text = "大模型备案。" + unit * (size // len(unit))
        start = time.process_time()
        analyst.facts(article(text, language="zh"))
        return time.process_time() - start

    spent(1000)
    small, large = spent(20_000), spent(160_000)
    assert large < 24 * small + 0.5


@pytest.mark.parametrize(
    "sentence",
    [
        "据介绍，它通过接口调用一款已经备案的通用模型，所以走的是省级登记。",
        "业内人士说，新上榜的多是行业模型，通用对话产品变少了。",
        "先拿到的是三款生成式人工智能服务备案，后面还会有。",
        "更难得的是，这些大模型都已通过备案。",
    ],
)
def test_a_phrase_before_a_particle_is_no_company(analyst: Analyst, sentence: str) -> None:
    assert said(analyst.facts(article(sentence))) == set()


def test_a_bare_name_with_its_product_is_a_company(analyst: Analyst) -> None:
    facts = analyst.facts(article("青灯的“夜读”已通过生成式人工智能服务备案。"))
    assert said(facts) == {("青灯", "夜读", Kind.GENAI_FILING)}


def test_the_first_companies_are_history(analyst: Analyst) -> None:
    text = "Baidu and ByteDance were among the first companies to win approval for their AI models, in August 2023."
    facts = analyst.facts(article(text, "2026-11-22"))
    assert {(fact.company.id, fact.date, fact.background) for fact in facts.approvals} == {
        ("baidu", "2023-08", True),
        ("bytedance", "2023-08", True),
    }


def test_the_day_it_passed_goes_before_the_day_it_was_told(analyst: Analyst) -> None:
    text = "维港语言科技今日公佈，旗下附屬公司開發的「粵言」，已於2026年11月18日通過生成式人工智能服務備案。"
    (fact,) = analyst.facts(article(text, "2026-11-21")).approvals
    assert fact.date == "2026-11-18"


CROSSING = [
    (
        "晚一步的，是武汉的流岚通信。5月30日，它的客服模型“小岚”终于通过生成式人工智能服务备案。",
        ("流岚通信", "小岚", Kind.GENAI_FILING),
    ),
    pytest.param(
        "做盲文翻译的触点，和做家谱的寻根堂，上周四同时通过大模型备案。前者的“指尖”已经开放注册，备案完成于1月16日。",
        ("触点", "指尖", Kind.GENAI_FILING),
        marks=MISSED,
    ),
    (
        "大模型备案名单更新。“灶台”的申报单位是下厨间；“凯叔说”来自凯声文化，两款均已通过备案。",
        ("凯声文化", "凯叔说", Kind.GENAI_FILING),
    ),
    (
        "腾讯投资的深语科技今日宣布，旗下“语鲸”通过大模型备案。华为云为其提供算力支持。",
        ("深语科技", "语鲸", Kind.GENAI_FILING),
    ),
    (
        "Needlebox Software has one hit: a bot called Sister Order. In July the company registered it with the Zhejiang "
        "internet office, as AI services must.",
        ("Needlebox Software", "Sister Order", Kind.GENAI_REGISTRATION),
    ),
]


@pytest.mark.parametrize(("text", "wanted"), CROSSING)
def test_a_company_named_away_from_its_product(
    analyst: Analyst, text: str, wanted: tuple[str | None, str | None, Kind]
) -> None:
    assert wanted in said(analyst.facts(article(text)))


def test_a_product_after_a_colon(analyst: Analyst) -> None:
    text = (
        "一、通过备案的生成式人工智能服务\n"
        "1.武汉东湖听雪文化有限公司：听雪诗社（备案号：Hubei-TingXueShiShe-202506120021）\n"
        "二、终止办理\n荆州竹简数字科技有限公司“竹简识字”因企业主动撤回，终止备案。"
    )
    facts = analyst.facts(article(text))
    assert said(facts) == {("武汉东湖听雪文化有限公司", "听雪诗社", Kind.GENAI_FILING)}
    assert facts.approvals[0].filing_no == "Hubei-TingXueShiShe-202506120021"


def test_what_a_notice_of_cancellation_lists_is_cancelled(analyst: Analyst) -> None:
    text = (
        "根据申请，对下列生成式人工智能应用的登记予以注销：\n"
        "1. 杭州小满计划网络有限公司“小满”，上线编号Zhejiang-XiaoMan-202411010001S0012；\n"
        "2. 温州鞋匠数据有限公司“鞋匠”，上线编号Zhejiang-XieJiang-202411080002S0019。"
    )
    facts = analyst.facts(article(text))
    assert [fact.product for fact in facts.revocations] == ["小满", "鞋匠"]
    assert facts.approvals == ()
    assert not facts.relevant


@pytest.mark.parametrize(
    "sentence",
    [
        "Apple has registered two new AI chips with China's radio regulator, a filing shows.",
        "Tencent won approval to publish two video games, including one with AI-generated dialogue.",
        "证监会披露，第四范式等4家人工智能企业获得境外发行上市备案通知书。",
        "教育部公布推荐目录，学而思“九章”大模型入选。",
        "中国互联网金融协会公布备案的移动金融App名单，招商银行在列，多款应用内置大模型客服。",
    ],
)
def test_approvals_of_other_things(analyst: Analyst, sentence: str) -> None:
    facts = analyst.facts(article(sentence))
    assert not facts.relevant
    assert facts.approvals == ()


@pytest.mark.parametrize("now", ["现将", "兹将", "現將"])
def test_the_formula_of_notices_announces_and_plans_nothing(analyst: Analyst, now: str) -> None:
    text = (
        f"网信上海消息，{now}新增已完成登记的生成式人工智能服务公告如下："
        "上海晴川智能科技有限公司的“晴川对话”、上海步岳信息科技有限公司的“步岳写作”。"
    )
    assert said(analyst.facts(article(text))) == {
        ("上海晴川智能科技有限公司", "晴川对话", Kind.GENAI_REGISTRATION),
        ("上海步岳信息科技有限公司", "步岳写作", Kind.GENAI_REGISTRATION),
    }


@pytest.mark.parametrize("when", ["将完成", "预计下月完成", "即将完成", "正在申请", "尚未完成"])
def test_what_will_be_filed_is_not(analyst: Analyst, when: str) -> None:
    text = f"上海晴川智能科技有限公司的“晴川对话”、上海步岳信息科技有限公司的“步岳写作”{when}生成式人工智能服务登记。"
    assert said(analyst.facts(article(text))) == set()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("近日，星河智联旗下“星河问答”大模型已完成生成式人工智能服务备案。", {"星河智联"}),
        ("首批通过备案的8家机构包括百度、抖音、智谱AI、中科院、百川智能、商汤、MiniMax和上海人工智能实验室。", None),
        ("记者获悉，灵犀科技自研的灵犀大模型已获国家网信办批准上线。", {"灵犀科技"}),
        ("China has approved 14 more large language models, including those from Xiaomi, 4Paradigm and 01.AI.", None),
        ("Qinghe AI has received the green light to release its HeMiao model to the public.", {"Qinghe AI"}),
    ],
    ids=["完成", "包括", "批准", "including", "green light"],
)
def test_plain_news_is_plainly_read(analyst: Analyst, text: str, names: set[str] | None) -> None:
    found = analyst.facts(article(text)).approvals
    assert names is None or {fact.company.name for fact in found} == names
    assert len(found) == (len(names) if names else 3 if text.isascii() else 8)
    assert all(fact.confidence >= 0.9 for fact in found)
