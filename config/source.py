"""A watched source: the schema of `config/sources/<id>.toml`, and how those files are read.

A source file that is wrong never stops the others: `load_sources` returns what is right and a problem,
with file, place and remedy, for what is not.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from config.duration import Duration
from config.values import Hours, HttpAddress, Id, JsonText, Pattern, Selector, css, in_words


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Listing(_Part):
    """Where a source lists its articles.

    `feed`: RSS, Atom or JSON Feed; `content` is `content` or `summary`, where that element carries the whole
    article. `html`: `items` selects the links (or a box around each, with `link`, `title`, `published`
    selecting inside it). `json` (or JSONP): `items` is the dotted path to the array ("" where the reply is the
    array), the others dotted paths inside one item, or texts with such paths in braces
    (`https://a.example/{id}.html`); `content` is the path to HTML that the listing itself carries, so that the
    article needs no fetch. `sitemap`: a sitemap, a news sitemap, or an index of them, of which the newest `pages`
    are read. `wordpress`: `url` is the site's root; its REST interface is asked. `register`: a page whose
    attachments are the list; `items` selects them, else every link to a document does.

    A POST sends `body` as JSON, or without one the query of `url` as a form.

    `include` is a pattern that an article's absolute URL must match. `trailing_slash`: `always` or `never`, where the
    site gives one page under both addresses: it is then known by one. `browser`: the page needs JavaScript (extra
    `browser`). `{page}` in `url` makes the listing paged, from `first_page` on; `pages` of them are read at each
    round, to see past pinned and late items. `{since}` and `{until}` are days, written as `day_format`: each round
    asks for the last `window`, a backfill for one window after the other.
    """

    kind: Literal["feed", "html", "json", "sitemap", "wordpress", "register"]
    url: HttpAddress
    method: Literal["GET", "POST"] = "GET"
    body: JsonText | None = None
    referer: HttpAddress | None = None
    items: str = ""
    link: str | None = None
    title: str | None = None
    published: str | None = None
    content: str | None = None
    include: Pattern | None = None
    trailing_slash: Literal["always", "never"] | None = None
    browser: bool = False
    first_page: int = Field(default=1, ge=0)
    pages: int = Field(default=1, ge=1, le=50)
    day_format: str = "%Y-%m-%d"
    window: Duration = timedelta(days=7)

    @model_validator(mode="after")
    def _complete(self) -> Listing:
        if self.kind == "html" and not self.items:
            raise ValueError("an html listing needs `items`, a CSS selector for its links")
        if self.kind == "json" and not self.link:
            raise ValueError("a json listing needs `link`, the path of an item's address")
        idle = [name for name in ("items", "link", "title", "published", "content") if getattr(self, name)]
        if idle and self.kind in ("wordpress", "sitemap"):
            raise ValueError(f"a {self.kind} listing has fields that are known: leave `{idle[0]}` out")
        return self

    @model_validator(mode="after")
    def _selects(self) -> Listing:
        for selector in (self.items, self.link, self.title, self.published):
            if self.kind in ("html", "register") and selector:
                css(selector)
        return self

    @model_validator(mode="after")
    def _reachable(self) -> Listing:
        if self.browser and (self.kind not in ("html", "register") or self.method == "POST"):
            raise ValueError("`browser` is for html and register pages that are asked for with GET")
        if self.body is not None and self.method != "POST":
            raise ValueError('`body` is what a POST sends: set method = "POST"')
        if self.pages > 1 and not self.paged and self.kind != "sitemap":
            raise ValueError("`pages` needs a {page} in `url`, a wordpress site or a sitemap index")
        if ("{since}" in self.url) != ("{until}" in self.url):
            raise ValueError("`url` needs both {since} and {until}, or none of them")
        if self.windowed and self.window < timedelta(days=1):
            raise ValueError("`window` is at least one day")
        return self

    @property
    def paged(self) -> bool:
        """Whether older pages of this listing can be asked for."""
        return "{page}" in self.url or self.kind == "wordpress"

    @property
    def windowed(self) -> bool:
        """Whether the listing is asked for one stretch of days after the other."""
        return "{since}" in self.url

    def address(self, page: int | None = None, since: date | None = None, until: date | None = None) -> str:
        """The URL of one page of the listing: the first one where `page` is None; days left out stay open."""
        first = self.first_page if page is None else page
        days = {
            name: day.strftime(self.day_format) if day else "" for name, day in (("since", since), ("until", until))
        }
        return (
            self.url.replace("{page}", str(first)).replace("{since}", days["since"]).replace("{until}", days["until"])
        )


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


class OlderRules(ArticleRules):
    """The selectors of pages published (or archived) on `until` or before: sites are rebuilt, archives are not."""

    until: date


class Expect(_Part):
    """What a healthy listing shows: fewest links (0 only for a window of days, in which nothing may have happened),
    the longest time without a new one, and the largest share of a round's pages that may be rejected."""

    links: int = Field(default=1, ge=0)
    longest_silence: Duration = timedelta(days=14)
    rejected: float = Field(default=0.5, ge=0.0, le=1.0)


class Politeness(_Part):
    """Seconds between two requests to the source's host (never under one, but for the demo's)."""

    spacing: float = Field(default=1.0, ge=0.0)


class Source(_Part):
    """One place that is watched.

    `shadow`: collected and shown, never mailed, until `greenlit sources promote` records that it may be.
    `quiet`: hours without checks, "23:00-06:00", in GREENLIT_TIMEZONE. `lists`: its pages are, or carry, official
    lists as attachments or tables, which are read row by row and confirm approvals.
    """

    id: Id
    name: str
    name_en: str | None = None
    kind: Literal["official", "media", "aggregator"]
    language: Literal["zh", "en"]
    enabled: bool = True
    disabled_reason: str | None = None
    structure: Literal["known", "unknown"] = "known"
    shadow: bool = False
    lists: bool = False
    interval: Duration = timedelta(minutes=30)
    quiet: Hours | None = None
    homepage: HttpAddress | None = None
    notes: str = ""
    listing: Listing | None = None
    article: ArticleRules = ArticleRules()
    article_before: tuple[OlderRules, ...] = ()
    expect: Expect = Expect()
    politeness: Politeness = Politeness()

    @model_validator(mode="after")
    def _watchable(self) -> Source:
        if self.enabled and (self.listing is None or self.structure == "unknown"):
            raise ValueError("an enabled source needs a [listing] and a known structure; else set enabled = false")
        return self

    @model_validator(mode="after")
    def _expecting(self) -> Source:
        if self.expect.links == 0 and not (self.listing and self.listing.windowed):
            raise ValueError("expect.links is 0 only where `listing.url` has {since} and {until}: else say at least 1")
        return self

    @model_validator(mode="after")
    def _ordered(self) -> Source:
        days = [older.until for older in self.article_before]
        if len(set(days)) < len(days):
            raise ValueError("two [[article_before]] have the same `until`: say each day once")
        return self

    def rules_for(self, published: date | None) -> ArticleRules:
        """The rules for a page of that day: those of the oldest set that still covers it, else [article]."""
        covering = [older for older in self.article_before if published and published <= older.until]
        return min(covering, key=lambda older: older.until, default=self.article)


def readers_of_lists(sources: Iterable[Source]) -> frozenset[str]:
    """The ids of those that read official lists."""
    return frozenset(s.id for s in sources if s.lists or (s.listing and s.listing.kind == "register"))


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """Why one source file was not taken: the file, the key (with its line where found), what to do."""

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class SourceFiles:
    """All sources by id, the files that could not be taken, and where each source is written."""

    sources: dict[str, Source]
    problems: tuple[SourceProblem, ...]
    paths: dict[str, Path] = field(default_factory=dict)


def built_in_sources() -> Path:
    """The folder of the sources that ship with Greenlit."""
    return Path(str(files("config") / "sources"))


def samples_of(path: Path) -> Path:
    """The folder of a source file's samples: beside the built-in folder, inside the operator's own."""
    home = path.parent.parent if path.parent == built_in_sources() else path.parent
    return home / "samples" / path.stem


def load_sources(folders: Iterable[Path]) -> SourceFiles:
    """Read every `*.toml` in `folders`; a later folder's source replaces an earlier one of the same id."""
    sources: dict[str, Source] = {}
    paths: dict[str, Path] = {}
    problems: list[SourceProblem] = []
    for folder in folders:
        if not folder.is_dir():
            problems.append(SourceProblem(str(folder), "no such folder: check GREENLIT_SOURCES_DIR"))
            continue
        for path in sorted(folder.glob("*.toml")):
            source = read_source(path)
            if isinstance(source, Source):
                sources[source.id], paths[source.id] = source, path
            else:
                problems.append(source)
    return SourceFiles(sources, tuple(problems), paths)


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
        line = line_of(text, "id")
        return SourceProblem(str(path), f'line {line}, id: "{source.id}" must be the file\'s name, "{path.stem}"')
    return source


def _explain(text: str, entry: Any) -> str:
    place = entry["loc"]
    names = ".".join(part for part in place if isinstance(part, str))
    line = line_of(text, names, next((part for part in place if isinstance(part, int)), 0))
    what = "is not a key of a source" if entry["type"] == "extra_forbidden" else in_words(entry["msg"])
    return f"{f'line {line}, ' if line else ''}{names or 'the file'}: {what}"


def line_of(text: str, path: str, index: int = 0) -> int | None:
    """The line of a key (`listing.url`) in a source file, or of its table; `index` counts tables of one name."""
    table, seen, fallback = "", 0, None
    for number, line in enumerate(text.splitlines(), 1):
        header = re.fullmatch(r"(\[\[?)([\w.-]+)\]\]?", line.split("#")[0].strip())
        if header:
            table = f"{header[2]}."
            seen += header[1] == "[[" and path.startswith(table[:-1])
        key = table[:-1] if header else table + line.split("=")[0].strip()
        right = not table or seen in (0, index + 1)
        if key == path and right:
            return number
        if right and (path.startswith(table) if header else path.startswith(f"{key}.")):
            fallback = number
    return fallback
