"""What is wrong between source files that are right one by one: doubles, and samples that are missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from config.source import (
    Listing,
    Source,
    SourceFiles,
    SourceProblem,
    built_in_sources,
    line_of,
    samples_of,
)

SAMPLES = ("listing", "expected")
"""The samples (by name, of any type) that a built-in source of known structure has; most have an `article`, too."""


def check_sources(files: SourceFiles) -> tuple[SourceProblem, ...]:
    """Every problem of these sources: the files that could not be taken, doubles, and missing samples."""
    return (*files.problems, *_doubles(files), *_missing_samples(files))


def _doubles(files: SourceFiles) -> Iterator[SourceProblem]:
    """Two sources that read the same links would ask their host twice and store each article under either."""
    first: dict[tuple[str | None, ...], str] = {}
    for source in files.sources.values():
        if not source.enabled or source.listing is None or source.id not in files.paths:
            continue
        other = first.setdefault(_what_it_reads(source.listing), source.id)
        if other != source.id:
            path = files.paths[source.id]
            line = line_of(path.read_text(encoding="utf-8"), "listing.url")
            what = f"line {line}, listing.url: the source {other} reads the same links; keep one of them"
            yield SourceProblem(str(path), what)


def _what_it_reads(listing: Listing) -> tuple[str | None, ...]:
    return listing.method, listing.url, listing.body, listing.items, listing.link, listing.include


def _missing_samples(files: SourceFiles) -> Iterator[SourceProblem]:
    for id, source in files.sources.items():
        path = files.paths.get(id)
        if path and path.parent == built_in_sources() and source.structure == "known":
            yield from _missing(source, path)


def _missing(source: Source, path: Path) -> Iterator[SourceProblem]:
    folder = samples_of(path)
    there = {sample.stem for sample in folder.glob("*")}
    for name in SAMPLES:
        if name not in there:
            yield SourceProblem(str(path), f"{source.id}: no sample {name}.*; it belongs in {folder}")
