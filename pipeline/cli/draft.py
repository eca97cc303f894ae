"""sources add: a source file, drafted from a live page."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from pipeline.cli.common import Exit, Failure, assembly, done, put, say

if TYPE_CHECKING:
    from pathlib import Path

    from config.source import Source
    from pipeline.assembly import Assembly
    from pipeline.draft import Draft
    from pipeline.trial import Trial

KINDS = ("feed", "html", "sitemap", "wordpress")


def add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="A page that lists articles, or a feed.")],
    id: Annotated[str | None, typer.Option("--id", help="The source's id; else made from the host's name.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Into GREENLIT_SOURCES_DIR, instead of printing it.")] = False,
    kind: Annotated[str | None, typer.Option(help=f"Only this kind of listing: {', '.join(KINDS)}.")] = None,
    probe: Annotated[bool, typer.Option("--probe", help="Also ask where feeds and sitemaps usually are.")] = False,
    browser: Annotated[bool, typer.Option("--browser", help="Read the page with a browser (extra `browser`).")] = False,
) -> None:
    """Draft a source file from a live page: its listing, and its first article as it would be read.

    The draft is in shadow: collected and shown, never mailed, until `greenlit sources promote`. Exit code 1 where
    nothing to watch was found, 3 where the first article can't be read.
    """
    from config.values import source_id
    from pipeline.trial import try_live

    if kind is not None and kind not in KINDS:
        raise Failure(f"--kind {kind}: give one of {', '.join(KINDS)}", Exit.USAGE)
    try:
        name = source_id(id or _id_from(url))
    except ValueError as error:
        raise Failure(f"--id: {error}", Exit.USAGE) from error
    with closing(assembly(context)) as parts:
        file = _file(parts, name) if write else None
        found = _drafted(parts, url, name, kind=kind, probe=probe, browser=browser)
        trial = try_live(found.source, parts.ingest, _listings(parts), time.perf_counter)
    text = source_toml(found.source, tuple(_told(trial)))
    if file is None:
        put(text)
    else:
        file.write_text(text, encoding="utf-8")
        say(f"wrote {file}; `greenlit sources test {name} --live` tries it again")
    for other in found.others:
        say(f"also found: {other}")
    done(Exit.PART if trial.problems else Exit.DONE)


def _drafted(parts: Assembly, url: str, name: str, *, kind: str | None, probe: bool, browser: bool) -> Draft:
    from pydantic import ValidationError

    from config.values import in_words
    from pipeline.draft import Drafter, NothingFound
    from pipeline.fetch import FetchError
    from pipeline.ingest import Broken

    try:
        return Drafter(parts.ingest, _listings(parts)).draft(url, name, kind=kind, probe=probe, browser=browser)
    except ValidationError as error:
        first = error.errors()[0]
        raise Failure(f"{'.'.join(map(str, first['loc']))}: {in_words(first['msg'])}", Exit.USAGE) from error
    except (FetchError, Broken, NothingFound) as error:
        raise Failure(str(error)) from error


def _listings(parts: Assembly) -> Any:
    from pipeline.listings import Listings

    return Listings(parts.ingest, parts.polite)


def _id_from(url: str) -> str:
    """An id out of a host's name: `news` of news.example.com is none, `example` is."""
    host = urlsplit(url).hostname or ""
    if re.fullmatch(r"[\d.]+", host):
        return host.replace(".", "_")
    labels = [label for label in host.split(".") if label not in ("www", "m")]
    named = [label for label in labels[:-1] if label not in ("com", "gov", "org", "net", "edu", "co")]
    return re.sub(r"[^a-z0-9_-]", "", "_".join(named[::-1]).lower()) or "source"


def _file(parts: Assembly, name: str) -> Path:
    folder = parts.settings.sources_dir
    if folder is None:
        raise Failure("--write needs GREENLIT_SOURCES_DIR, the folder of your own sources", Exit.USAGE)
    if not folder.is_dir():
        raise Failure(f"{folder}: no such folder; make it, or check GREENLIT_SOURCES_DIR", Exit.USAGE)
    file = folder / f"{name}.toml"
    if name in parts.sources.sources or file.exists():
        raise Failure(f"there is a source {name!r} already; give another one with --id", Exit.USAGE)
    return file


def _told(trial: Trial) -> Iterator[str]:
    """What the trial of a draft came to, line by line."""
    yield f"{len(trial.links)} links, {sum(link.published is not None for link in trial.links)} with a time"
    yield from (f"  {link.title or '-'}  {link.url}" for link in trial.links[:3])
    if trial.article:
        article = trial.article
        yield f"First article: {article.title or 'no title'}, {article.published or 'no time'}"
        yield f"  {len(article.text)} characters: {article.text[:80]}"
    if trial.facts:
        yield f"  extracted: {len(trial.facts.approvals)} approvals, {len(trial.facts.batches)} stated totals"
    yield from (f"Problem: {problem}" for problem in trial.problems)


def source_toml(source: Source, told: tuple[str, ...] = ()) -> str:
    """A source as its file: only what differs from the defaults; `told` goes on top as comments."""
    fields = source.model_dump(mode="json", exclude_defaults=True)
    tables = {key: value for key, value in fields.items() if isinstance(value, dict)}
    lines = [f"# {_one_line(line)}" for line in told]
    lines += _keys({key: value for key, value in fields.items() if key not in tables})
    for name, values in tables.items():
        lines += ["", f"[{name}]", *_keys(values)]
    return "\n".join(lines) + "\n"


def _keys(values: dict[str, Any]) -> list[str]:
    return [f"{key} = {_value(value)}" for key, value in values.items()]


def _value(value: Any) -> str:
    """A TOML value; its strings are written as JSON's are, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
