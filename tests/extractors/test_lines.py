from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.lines import LineError, article_from_line, article_to_line, facts_to_line
from extractors.records import CHINA, ApprovalFact, Claim, CompanyName, Facts, Kind, RevocationFact


def test_a_full_line() -> None:
    article = article_from_line(
        {"id": 7, "title": "T", "text": "X", "published": "2024-01-30", "url": "https://a.example/", "more": 1}
    )
    assert (article.id, article.title, article.text, article.url) == ("7", "T", "X", "https://a.example/")
    assert article.published == datetime(2024, 1, 30, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2024-01-30", datetime(2024, 1, 30, tzinfo=CHINA)),
        ("1990-1-1", datetime(1990, 1, 1, tzinfo=CHINA)),
        ("2100-12-31T23:59:59Z", datetime(2100, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2024-01-30T08:15:00", datetime(2024, 1, 30, 8, 15, tzinfo=CHINA)),
        ("2024-01-30T00:15:00Z", datetime(2024, 1, 30, 0, 15, tzinfo=UTC)),
        (None, None),
    ],
)
def test_published(said: str | None, meant: datetime | None) -> None:
    assert article_from_line({"text": "x", "published": said}).published == meant


@pytest.mark.parametrize(
    ("obj", "id", "said"),
    [
        ([], None, "JSON object"),
        ({"id": "a"}, "a", "text: is missing"),
        ({"id": "a", "text": 5}, "a", "text: must be a text"),
        ({"id": "a", "text": "x", "title": []}, "a", "title: must be"),
        ({"id": "a", "text": "x", "published": "soon"}, "a", "published: 'soon'"),
        ({"id": "a", "text": "x", "published": 5}, "a", "published: must be"),
        ({"id": "a", "text": "x", "published": "0001-01-01"}, "a", "published: '0001-01-01' is not in the years 1990"),
        (
            {"id": "a", "text": "x", "published": "1989-12-31T23:59:59Z"},
            "a",
            "published: '1989-12-31T23:59:59Z' is not",
        ),
        ({"id": "a", "text": "x", "published": "2101-01-01"}, "a", "published: '2101-01-01' is not"),
        ({"id": "a", "text": "x", "published": "9999-12-31T23:59:59-23:59"}, "a", "to 2100"),
        ({"id": {}, "text": "x"}, None, "id: must be"),
    ],
)
def test_a_bad_line_names_the_key(obj: object, id: str | None, said: str) -> None:
    with pytest.raises(LineError) as error:
        article_from_line(obj)
    assert error.value.id == id
    assert said in error.value.message


def test_surrogates_and_nul_are_cleaned() -> None:
    assert article_from_line({"text": "a\ud800b\x00c"}).text == "a\ufffdb\ufffdc"


def test_parse_line() -> None:
    article = article_from_line({"id": "a", "text": "x", "title": "t", "published": "2024-01-30", "language": "zh"})
    assert article_to_line("a", article) == {
        "id": "a",
        "url": None,
        "title": "t",
        "text": "x",
        "published": "2024-01-30T00:00:00+08:00",
        "language": "zh",
    }


def test_facts_line() -> None:
    company = CompanyName("heron", "白鹭湾", ("白鹭湾", "Heron Bay"))
    facts = Facts(
        True,
        (ApprovalFact(company, "鹭语", Kind.GENAI_FILING, "q", 3, 4, filing_no="N", date="2024", confidence=0.9),),
        (Claim(Kind.GENAI_FILING, 4, 14, 40, "2024-01"),),
        (RevocationFact(company, None, Kind.UNSPECIFIED, "q", 0, 1),),
    )
    line = facts_to_line("a", facts)
    assert list(line) == ["id", "relevant", "approvals", "batches", "revocations"]
    assert line["approvals"][0] == {
        "company": {"id": "heron", "name": "白鹭湾", "names": ["白鹭湾", "Heron Bay"]},
        "product": "鹭语",
        "kind": "genai_filing",
        "filing_no": "N",
        "date": "2024",
        "batch": None,
        "province": None,
        "authority": None,
        "background": False,
        "confidence": 0.9,
        "quote": "q",
        "start": 3,
        "end": 4,
    }
    assert line["batches"] == [{"batch": 4, "count": 14, "cumulative": 40, "date": "2024-01", "kind": "genai_filing"}]
    assert line["revocations"][0]["product"] is None


@given(
    st.dictionaries(st.sampled_from(["id", "text", "title", "published", "url"]), st.text() | st.integers() | st.none())
)
def test_any_object_is_an_article_or_a_line_error(obj: dict[str, object]) -> None:
    try:
        article = article_from_line(obj)
    except LineError:
        return
    article.text.encode("utf-8")
