"""A watched source: the schema of `config/sources/<id>.toml`, and how those files are read.

A source file that is wrong never stops the others: `load_sources` returns what is right and a problem,
with file, place and remedy, for what is not.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from config.duration import Duration


def _http_address(value: str) -> str:
    AnyHttpUrl(value.replace("{page}", "1"))
    return value


HttpAddress = Annotated[str, AfterValidator(_http_address)]


def _css(value: str) -> str:
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError

    try:
        LexborHTMLParser("").css(value)
    except SelectolaxError as error:
        raise ValueError(f"{value!r} is not a CSS selector") from error
    return value


Selector = Annotated[str, AfterValidator(_css)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Listing(_Part):
    """Where a source lists its articles.

    `feed`: RSS, Atom or JSON Feed; `content` is `content` or `summary`, where that element carries the whole
    article. `html`: `items` selects the links (or a box around each, with `link`,
    `title`, `published` selecting inside it). `json`: `items` is the dotted path to the array ("" where
    the reply is the array), the others dotted paths inside one item; `content` is the path to HTML that
    the listing itself carries, so that the article needs no fetch.
    `{page}` in `url` makes the listing paged; the first page is `first_page`.
    """

    kind: Literal["feed", "html", "json"]
    url: HttpAddress
    method: Literal["GET", "POST"] = "GET"
    referer: HttpAddress | None = None
    items: str = ""
    link: str | None = None
    title: str | None = None
    published: str | None = None
    content: str | None = None
    first_page: int = Field(default=1, ge=0)

    @model_validator(mode="after")
    def _complete(self) -> Listing:
        if self.kind == "html" and not self.items:
            raise ValueError("an html listing needs `items`, a CSS selector for its links")
        if self.kind == "json" and not self.link:
            raise ValueError("a json listing needs `link`, the path of an item's address")
        return self

    @model_validator(mode="after")
    def _selects(self) -> Listing:
        for selector in (self.items, self.link, self.title, self.published):
            if self.kind == "html" and selector is not None:
                _css(selector)
        return self

    @property
    def paged(self) -> bool:
        """Whether older pages of this listing can be asked for."""
        return "{page}" in self.url

    def address(self, page: int | None = None) -> str:
        """The URL of one page of the listing (the first one where `page` is None)."""
        return self.url.replace("{page}", str(self.first_page if page is None else page))


class ArticleRules(_Part):
    """CSS selectors for the parts of an article page; the first of each that matches wins.

    Left empty, a part is found by the generic reader. `drop` is removed before the text is taken.
    `min_length` is the body's floor in characters: a shorter one is a failure, not an article.
    """

    title: tuple[Selector, ...] = ()
    body: tuple[Selector, ...] = ()
    published: tuple[Selector, ...] = ()
    drop: tuple[Selector, ...] = ()
    min_length: int = Field(default=20, ge=0)


class Expect(_Part):
    """What a healthy listing shows: fewest links, and the longest time without a new one."""

    links: int = Field(default=1, ge=1)
    longest_silence: Duration = timedelta(days=14)


class Politeness(_Part):
    """Seconds between two requests to the source's host (never under one, but for the demo's)."""

    spacing: float = Field(default=1.0, ge=0.0)


class Source(_Part):
    """One place that is watched."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    name: str
    name_en: str | None = None
    kind: Literal["official", "media", "aggregator"]
    language: Literal["zh", "en"]
    enabled: bool = True
    disabled_reason: str | None = None
    structure: Literal["known", "unknown"] = "known"
    interval: Duration = timedelta(minutes=30)
    homepage: HttpAddress | None = None
    notes: str = ""
    listing: Listing | None = None
    article: ArticleRules = ArticleRules()
    expect: Expect = Expect()
    politeness: Politeness = Politeness()

    @model_validator(mode="after")
    def _watchable(self) -> Source:
        if self.enabled and (self.listing is None or self.structure == "unknown"):
            raise ValueError("an enabled source needs a [listing] and a known structure; else set enabled = false")
        return self


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """Why one source file was not taken: the file, the key (with its line where found), what to do."""

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class SourceFiles:
    """All sources by id, and the files that could not be taken."""

    sources: dict[str, Source]
    problems: tuple[SourceProblem, ...]


def built_in_sources() -> Path:
    """The folder of the sources that ship with Greenlit."""
    return Path(str(files("config") / "sources"))


def load_sources(folders: Iterable[Path]) -> SourceFiles:
    """Read every `*.toml` in `folders`; a later folder's source replaces an earlier one of the same id."""
    sources: dict[str, Source] = {}
    problems: list[SourceProblem] = []
    for folder in folders:
        if not folder.is_dir():
            problems.append(SourceProblem(str(folder), "no such folder: check GREENLIT_SOURCES_DIR"))
            continue
        for path in sorted(folder.glob("*.toml")):
            source = read_source(path)
            if isinstance(source, Source):
                sources[source.id] = source
            else:
                problems.append(source)
    return SourceFiles(sources, tuple(problems))


def read_source(path: Path) -> Source | SourceProblem:
    """One source from its file; its id must be the file's name."""
    try:
        text = path.read_text(encoding="utf-8")
        source = Source.model_validate(tomllib.loads(text))
    except (OSError, UnicodeDecodeError) as error:
        return SourceProblem(str(path), f"can't be read: {error}")
    except tomllib.TOMLDecodeError as error:
        return SourceProblem(str(path), f"is not valid TOML: {error}")
    except ValidationError as error:
        return SourceProblem(str(path), "; ".join(_explain(text, entry) for entry in error.errors()))
    if source.id != path.stem:
        return SourceProblem(str(path), f'id = "{source.id}" must be the file\'s name, "{path.stem}"')
    return source


def _explain(text: str, entry: object) -> str:
    assert isinstance(entry, dict)
    names = [part for part in entry["loc"] if isinstance(part, str)]
    line = _line(text, ".".join(names))
    place = f"line {line}, " if line else ""
    what = "is not a key of a source" if entry["type"] == "extra_forbidden" else entry["msg"]
    return f"{place}{'.'.join(names) or 'the file'}: {what}"


def _line(text: str, path: str) -> int | None:
    """The line of a key (`listing.url`) in a source file, or of its table."""
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        header = re.fullmatch(r"\[([\w.-]+)\]", line.split("#")[0].strip())
        table = f"{header[1]}." if header else table
        key = table[:-1] if header else table + line.split("=")[0].strip()
        if key == path:
            return number
    return None
