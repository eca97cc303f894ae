"""Every option of Greenlit, with its default and what is allowed.

Read, in rising order of weight, from `greenlit.toml`, from `GREENLIT_*` variables (an empty one says nothing), and
from the files that `GREENLIT_<KEY>_FILE` variables name (for secrets). Keys of the file are the fields below, in lower
case.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from config.values import in_words

PREFIX = "GREENLIT_"
FILE = "greenlit.toml"
_ADDRESS = r"^https?://[^/\s?#@]+(/[^\s?#]*)?$"


class ConfigError(Exception):
    """The configuration can't be used; the message names the place, the key and what is allowed."""


class Settings(BaseSettings):
    """The effective configuration. Each field is a key of `greenlit.toml` and a `GREENLIT_*` variable."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True)

    database_url: str | None = Field(None, description="SQLAlchemy URL; default: greenlit.db in data_dir")
    data_dir: Path = Field(Path("data"), description="where database, outbox and evidence live")
    sources_dir: Path | None = Field(None, description="folder of your own source files, added to the built-in")
    timezone: str = Field("Asia/Shanghai", description="zone in which times are shown and digests are due")
    contact: str = Field(
        "https://example.invalid/greenlit",
        description="address or page of the operator, sent in the User-Agent",
    )
    operator: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9.-]+$",
        max_length=254,
        description="mail address that is told once of each alarm, such as ops@example.org",
    )
    private_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="host:port,... of your own services that may be fetched though private"
    )
    allow_private_networks: bool = Field(False, description="fetch private addresses (tests and demo only)")
    entities: str = Field("crf", description="who reads names: crf, rules, or spacy:<package or path>")
    min_confidence: float = Field(0.9, ge=0, le=1, description="below it an approval is held for review")
    news_days: int = Field(60, ge=0, description="an approval older than this is history, not news")
    smtp_host: str | None = Field(None, description="mail server; without one no mail is sent")
    smtp_port: int = Field(25, ge=1, le=65535, description="its port")
    smtp_user: str | None = Field(None, description="user, where the server asks for one")
    smtp_password: SecretStr | None = Field(None, description="password of that user")
    smtp_starttls: bool = Field(False, description="upgrade the connection with STARTTLS, or don't send")
    smtp_tls: bool = Field(False, description="connect with TLS from the first byte on (usual on port 465)")
    smtp_connections: int = Field(4, ge=1, le=50, description="mails on their way at the same time")
    smtp_from: str = Field("greenlit@localhost", description="sender of the mails")
    hooks_dir: Path | None = Field(
        None, description="folder of your webhooks, one TOML file each; default: hooks in data_dir"
    )
    digest_at: str = Field("08:30", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="when the daily digest is due")
    web_host: str = Field("127.0.0.1", description="address the status page listens on")
    web_port: int = Field(8000, ge=0, le=65535, description="its port")
    public_url: str | None = Field(None, description="address under which readers reach this service")

    wayback_url: str = Field("https://web.archive.org", pattern=_ADDRESS, description="the Wayback Machine")
    gdelt_url: str = Field(
        "https://api.gdeltproject.org/api/v2/doc/doc", pattern=_ADDRESS, description="GDELT's DOC API"
    )
    commoncrawl_url: str = Field(
        "https://data.commoncrawl.org", pattern=_ADDRESS, description="where Common Crawl's files are"
    )
    commoncrawl_index_url: str = Field(
        "https://index.commoncrawl.org", pattern=_ADDRESS, description="Common Crawl's index of captures"
    )

    @field_validator("private_hosts", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        items = value.split(",") if isinstance(value, str) else value
        if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
            raise ValueError('must be a text "host:port,..." or a list of texts')
        hosts = [item.strip().lower() for item in items if item.strip()]
        for host in hosts:
            name, colon, port = host.rpartition(":")
            if not colon or not name or not port.isdigit():
                raise ValueError(f"{host!r} is not host:port")
        return tuple(hosts)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value!r} is not a zone such as Asia/Shanghai") from error
        return value

    @field_validator("contact", "smtp_from")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if not value.isprintable() or not value.isascii():
            raise ValueError("must be one line of ASCII")
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which times are shown."""
        return ZoneInfo(self.timezone)

    @property
    def hooks(self) -> Path:
        """The folder of the webhooks."""
        return self.hooks_dir or self.data_dir / "hooks"

    @property
    def database(self) -> str:
        """The database's SQLAlchemy URL."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'greenlit.db').as_posix()}"


class _SecretFiles(PydanticBaseSettingsSource):
    """`GREENLIT_X_FILE=/run/secrets/x`: the value of X is what that file holds."""

    def __call__(self) -> dict[str, Any]:
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        variable = f"{PREFIX}{field_name.upper()}_FILE"
        path = os.environ.get(variable)
        return _secret(variable, Path(path)) if path else None, field_name, False


def _secret(variable: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{variable}: {path} can't be read: {error}") from error


def load_settings(path: Path | None = None, **overrides: Any) -> Settings:
    """The effective settings: file, then environment, then `overrides`.

    `path` (or `GREENLIT_CONFIG`) must exist; without either, `greenlit.toml` in the working directory is
    read where there is one. Raises ConfigError.
    """
    path = _config_file(path)
    _refuse_unknown_variables(os.environ)

    class Located(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            toml = TomlConfigSettingsSource(settings_cls, toml_file=path)
            return init_settings, _SecretFiles(settings_cls), env_settings, toml

    try:
        return Located(**overrides)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: can't be read: {error}") from error
    except ValidationError as error:
        raise ConfigError("\n".join(_explain(path, entry) for entry in error.errors())) from error


def _config_file(path: Path | None) -> Path | None:
    named = path or (Path(os.environ[f"{PREFIX}CONFIG"]) if os.environ.get(f"{PREFIX}CONFIG") else None)
    if named is None:
        return Path(FILE) if Path(FILE).is_file() else None
    if not named.is_file():
        raise ConfigError(f"{named}: no such configuration file; check --config and {PREFIX}CONFIG")
    return named


def _refuse_unknown_variables(environ: Mapping[str, str]) -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    known |= {f"{name}_FILE" for name in known} | {f"{PREFIX}CONFIG"}
    unknown = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    if unknown:
        raise ConfigError(f"environment: {unknown[0]} is not an option; known: {', '.join(sorted(known))}")


def _explain(path: Path | None, entry: Any) -> str:
    key = str(entry["loc"][0]) if entry["loc"] else "configuration"
    variable = f"{PREFIX}{key.upper()}"
    place = variable if variable in os.environ else f"{variable}_FILE"
    where = f"environment: {place}" if place in os.environ else f"{path or 'options'}: {key}"
    if entry["type"] == "extra_forbidden":
        return f"{where} is not an option; known: {', '.join(Settings.model_fields)}"
    shown = "a secret" if "password" in key else repr(entry["input"])
    return f"{where}: {in_words(entry['msg'])} (it is {shown}; meant: {Settings.model_fields[key].description})"
