from config.companies import CompanyEntry, load_companies
from extractors.understand.lexicon import Lexicon

ENTRY = CompanyEntry(
    "heron",
    "白鹭湾",
    "Heron Bay",
    legal_names=("厦门白鹭湾科技有限公司",),
    aliases=("白鹭", "HB"),
    products=(("鹭语", "LuYu", "鹭语大模型"), ("鹭画",)),
    weak=("白鹭",),
)
LEXICON = Lexicon.build([ENTRY])


def test_any_name_means_the_company() -> None:
    for name in ("白鹭湾", "白鷺灣", "heron bay", "厦门白鹭湾科技有限公司", "廈門白鷺灣科技有限公司", "HB"):
        assert LEXICON.company_of(name) == "heron"
    assert LEXICON.company_of("苍鹭湾") is None
    assert LEXICON.company_of("") is None


def test_names_and_display() -> None:
    assert LEXICON.display("heron") == ("白鹭湾", "Heron Bay")
    assert "白鹭" in LEXICON.names("heron")
    assert LEXICON.names("nobody") == ()


def test_variants_of_a_product_share_one_key() -> None:
    keys = {LEXICON.product_key("heron", name) for name in ("鹭语", "“鷺語”大模型", "luyu")}
    assert len(keys) == 1
    assert LEXICON.product_key("heron", "鹭画") not in keys
    assert LEXICON.product_key("other", "鹭语大模型") == "鹭语"
    assert LEXICON.product_owner("LuYu") == "heron"
    assert LEXICON.product_owner("无名") is None


def test_find_marks_everyday_words_and_respects_latin_words() -> None:
    hits = LEXICON.find("白鹭飞过，白鹭湾宣布；HBO与HB")
    assert [(hit.start, hit.end, hit.weak) for hit in hits] == [(0, 2, True), (5, 8, False), (15, 17, False)]


def test_version_follows_the_contents() -> None:
    assert Lexicon.build([ENTRY]).version == LEXICON.version
    assert Lexicon.build([]).version != LEXICON.version


def test_shipped_companies() -> None:
    lexicon = Lexicon.build(load_companies())
    assert lexicon.company_of("字節跳動") == "bytedance"
    assert lexicon.product_key("baidu", "文心大模型") == lexicon.product_key("baidu", "ERNIE Bot")
    assert lexicon.product_owner("文心一言") == "baidu"
