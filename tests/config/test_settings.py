"""Options: where they come from, and how a wrong one is named."""

from pathlib import Path

import pytest

from config.settings import ConfigError, load_settings


def written(folder: Path, content: str) -> Path:
    path = folder / "greenlit.toml"
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize("value", ['" A.example:80, b.example:1200,"', '["a.example:80", "B.example:1200"]'])
def test_private_hosts_as_a_text_or_a_list(tmp_path: Path, value: str) -> None:
    settings = load_settings(written(tmp_path, f"private_hosts = {value}"))
    assert settings.private_hosts == ("a.example:80", "b.example:1200")


@pytest.mark.parametrize("value", ["5", "[1]", "true", '["a.example:80", 2]', '{"a.example" = 80}', '"a.example"'])
def test_wrong_private_hosts_name_file_key_and_form(tmp_path: Path, value: str) -> None:
    path = written(tmp_path, f"private_hosts = {value}")
    with pytest.raises(ConfigError, match="host:port") as error:
        load_settings(path)
    assert str(error.value).startswith(f"{path}: private_hosts: ")


def test_a_wrong_variable_is_named_in_place_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENLIT_PRIVATE_HOSTS", "a.example")
    with pytest.raises(ConfigError, match=r"environment: GREENLIT_PRIVATE_HOSTS: .*not host:port"):
        load_settings()


def test_an_empty_variable_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As compose files leave them: an empty folder of sources is not the working directory."""
    for name in ("SOURCES_DIR", "SMTP_HOST", "PRIVATE_HOSTS", "WEB_PORT"):
        monkeypatch.setenv(f"GREENLIT_{name}", "")
    settings = load_settings(written(tmp_path, 'smtp_host = "mail.example"'))
    assert (settings.sources_dir, settings.smtp_host, settings.private_hosts) == (None, "mail.example", ())
    assert settings.web_port == 8000
