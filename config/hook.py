"""Webhooks: one TOML file each in the operator's folder, over one of the forms that ship with Greenlit.

    form = "slack"                    # or standard, feishu, dingtalk, wecom
    url = "https://hooks.slack.com/services/..."

Whatever a form says (`config/hooks/<form>.toml`) can be said otherwise in the file.
"""

from __future__ import annotations

import tomllib
from base64 import b64decode
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from config.settings import ConfigError

FORMS = ("standard", "slack", "feishu", "dingtalk", "wecom")


class Hook(BaseModel):
    """Where and how one webhook is told.

    `template` (Jinja) gives the body from `text`, `subject`, `items`, `remainder`, `id`, `timestamp` and `sign`; the
    text has at most `limit` bytes. The answer is a success where it is 2xx and its JSON holds what `ok` says.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    url: SecretStr
    secret: SecretStr | None = None
    sign: Literal["none", "standard", "feishu", "dingtalk"] = "none"
    limit: int = Field(15_000, ge=1_000)
    ok: dict[str, Any] = {}
    template: str
    content_type: str = "application/json"

    @field_validator("url")
    @classmethod
    def _is_web(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(("https://", "http://")):
            raise ValueError("is no address that begins with https:// or http://")
        return url

    @field_validator("secret")
    @classmethod
    def _is_whole(cls, secret: SecretStr | None) -> SecretStr | None:
        said = secret.get_secret_value() if secret else ""
        if said.startswith("whsec_"):
            b64decode(said.removeprefix("whsec_"), validate=True)
        return secret


def load_hooks(folder: Path) -> dict[str, Hook]:
    """The webhooks of a folder, by id (the file's name); none where there is no folder. Raises ConfigError."""
    return {path.stem: load_hook(path) for path in sorted(folder.glob("*.toml"))}


def load_hook(path: Path) -> Hook:
    """One webhook; `url_file` and `secret_file` name files that hold these. Raises ConfigError."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        form = said.pop("form", "standard")
        if form not in FORMS:
            raise ConfigError(f"{path}: form is one of {', '.join(FORMS)}, not {form!r}")
        for name in ("url", "secret"):
            if file := said.pop(f"{name}_file", None):
                said[name] = (path.parent / file).read_text(encoding="utf-8").strip()
        return Hook(**{**_form(form), **said, "id": path.stem})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: can't be read: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place, problem = ".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{path}: {place}: {problem}") from error


def _form(name: str) -> dict[str, Any]:
    return tomllib.loads((files("config") / "hooks" / f"{name}.toml").read_text(encoding="utf-8"))
