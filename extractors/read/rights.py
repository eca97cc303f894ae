"""What a page lets others do with it, said where machines read it (DESIGN section 8)."""

from __future__ import annotations

import re

from extractors.records import Page

_META = re.compile(rb"<meta[^>]{0,200}name=[\"']?(?:robots|tdm-reservation)[^>]{0,200}>", re.I)
_NOARCHIVE = re.compile(rb"\b(?:noarchive|none)\b", re.I)
_RESERVED = re.compile(rb"tdm-reservation[^>]*content=[\"']?\s*1|content=[\"']?\s*1[\"'\s][^>]*tdm-reservation", re.I)
_HEAD = 50_000
"""Bytes of a page in which its metas stand."""


def may_be_kept(page: Page) -> bool:
    """Whether a page lets others keep it.

    Not where a robots header or meta says noarchive (or none), nor where its rights are reserved against text and
    data mining (TDMRep: `tdm-reservation`, as header or meta).
    """
    if (page.header("tdm-reservation") or "").strip() == "1":
        return False
    said = " ".join(value for name, value in page.headers if name == "x-robots-tag").encode("utf-8", "replace")
    metas = b" ".join(_META.findall(page.body[:_HEAD]))
    return not _NOARCHIVE.search(said + b" " + metas) and not _RESERVED.search(metas)
