"""The ways back, by the names under which they are recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.backfill.commoncrawl import CommonCrawl
from pipeline.backfill.folders import Html, Jsonl
from pipeline.backfill.gdelt import Gdelt
from pipeline.backfill.sitemaps import Sitemap
from pipeline.backfill.units import Way
from pipeline.backfill.warc import CcNews, Warc
from pipeline.backfill.wayback import Wayback


def way_of(name: str, terms: Mapping[str, Any]) -> Way:
    """The way of a recorded job. Raises ValueError for one that this version does not know."""
    ways: tuple[type[Way], ...] = (Warc, CcNews, CommonCrawl, Gdelt, Html, Jsonl, Sitemap, Wayback)
    made = {way.name: way for way in ways}.get(name)
    if made is None:
        raise ValueError(f"no way back is called {name!r}: was it recorded by a newer version?")
    return made(**{key: tuple(value) if isinstance(value, list) else value for key, value in terms.items()})
