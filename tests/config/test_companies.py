from pathlib import Path

import pytest

from config.companies import CompaniesError, load_companies


def test_the_shipped_file_loads() -> None:
    entries = load_companies()
    assert len(entries) >= 332
    assert len({entry.id for entry in entries}) == len(entries)
    assert all(entry.name_zh and entry.name_en for entry in entries)


def test_no_ticker_is_a_name() -> None:
    assert not [name for entry in load_companies() for name in entry.names if name.endswith((".HK", ".SZ", ".SH"))]


def test_weak_names_are_names() -> None:
    for entry in load_companies():
        assert set(entry.weak) <= set(entry.names), entry.id


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[[company", "not valid TOML"),
        ('[[company]]\nid = "a"\nname_zh = "甲"\n', "name_en must be a text"),
        ('[[company]]\nid = "a"\nname_zh = "甲"\nname_en = "A"\nticker = "1"\n', "ticker is not a key"),
        ('[[company]]\nid = "a"\nname_zh = "甲"\nname_en = "A"\nproducts = ["x"]\n', "products must be"),
        ('[[company]]\nid = "a"\nname_zh = "甲"\nname_en = "A"\n' * 2, "there twice"),
        ('[[company]]\nid = "a"\nname_zh = "甲"\nname_en = "A"\nplace = 1\n', "place must be a text"),
        ('company = "x"\n', r"company must be tables, each under a line \[\[company\]\]"),
        ("company = [1]\n", "company must be tables"),
        ('[company]\nid = "a"\n', "company must be tables"),
        ('[[compnay]]\nid = "a"\n', r"compnay is not a key of this file; it holds tables \[\[company\]\]"),
    ],
)
def test_a_wrong_file_is_named_with_its_fault(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "companies.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CompaniesError, match=said) as error:
        load_companies(path)
    assert str(path) in str(error.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CompaniesError, match="can't be read"):
        load_companies(tmp_path / "none.toml")
