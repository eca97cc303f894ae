"""The archives of others, on loopback: CDX and captures, GDELT, Common Crawl's index and files with ranges.

with Web() as web:
    archives = ArchiveServer(web)
    archives.keep(0)          # the article of tests/outlet.py, in all of them
    settings = archives.settings()
"""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from newsweb import member
from outlet import article
from web import Answer, Asked, Web

CRAWL = "CC-MAIN-2026-12"
FILE = "crawl-data/CC-MAIN-2026-12/segments/1/warc/CC-MAIN-20260310000000-00000.warc.gz"
NEWS = "crawl-data/CC-NEWS/2026/03/CC-NEWS-20260310040000-00000.warc.gz"
STAMP = "20260310040000"


@dataclass
class ArchiveServer:
    """Serves what is kept. `page_rows` is how many captures a page of the CDX index has, `most` what GDELT gives."""

    web: Web
    page_rows: int = 3
    kept: list[int] = field(default_factory=list)
    file: bytes = b""
    index: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.web.serve("/wayback/cdx/search/cdx", self._cdx)
        self.web.serve("/gdelt", self._gdelt)
        self.web.serve("/cc/collinfo.json", json.dumps([{"id": CRAWL}]))
        self.web.serve(f"/cc/{CRAWL}-index", self._index)
        self.web.serve(f"/data/{FILE}", lambda asked: ranged(asked, self.file))
        self.web.serve(f"/data/{NEWS}", lambda asked: ranged(asked, self.file))
        self.web.serve("/data/crawl-data/CC-NEWS/2026/03/warc.paths.gz", gzip.compress(f"{NEWS}\n".encode()))

    def keep(self, number: int, page: str | None = None) -> None:
        """One article more, in every archive, and on its own site."""
        self.kept.append(number)
        body = (page if page is not None else article(number)).encode()
        html = {"Content-Type": "text/html; charset=utf-8"}
        self.web.serve(f"/{number}.html", body, headers=html)
        self.web.serve(f"/wayback/web/{STAMP}id_/{self.address(number)}", body, headers=html)
        http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body
        record = member(b"response", self.address(number).encode(), http, date=b"2026-03-10T04:00:00Z")
        fields = {"filename": FILE, "offset": str(len(self.file)), "length": str(len(record)), "mime": "text/html"}
        self.index.append({**fields, "url": self.address(number), "timestamp": STAMP, "status": "200"})
        self.file += record

    def address(self, number: int) -> str:
        """Where an article is."""
        return f"{self.web.url}/{number}.html"

    def settings(self) -> dict[str, str]:
        """What makes a Greenlit ask here."""
        return addresses(self.web.url)

    def _cdx(self, asked: Asked) -> Answer:
        query = parse_qs(urlsplit(asked.path).query)
        start = int(query.get("resumeKey", ["0"])[0])
        some = self.kept[start : start + self.page_rows]
        rows: list[list[str]] = [["timestamp", "original"], *([STAMP, self.address(number)] for number in some)]
        if start + self.page_rows < len(self.kept):
            rows += [[], [str(start + self.page_rows)]]
        return Answer(json.dumps(rows).encode())

    def _gdelt(self, asked: Asked) -> Answer:
        query = parse_qs(urlsplit(asked.path).query)
        inside = query["startdatetime"][0] <= STAMP <= query["enddatetime"][0]
        rows = [{"url": self.address(n), "seendate": "20260310T040000Z"} for n in self.kept] if inside else []
        return Answer(json.dumps({"articles": rows[: int(query["maxrecords"][0])]} if rows else {}).encode())

    def _index(self, asked: Asked) -> Answer:
        query = parse_qs(urlsplit(asked.path).query)
        if "showNumPages" in query:
            return Answer(json.dumps({"pages": -(-len(self.index) // 2), "pageSize": 5, "blocks": 1}).encode())
        start = 2 * int(query["page"][0])
        return Answer("\n".join(map(json.dumps, self.index[start : start + 2])).encode())


def addresses(web: str) -> dict[str, str]:
    """What makes a Greenlit ask the archives at that address."""
    return (
        {
            "wayback_url": f"{web}/wayback",
            "gdelt_url": f"{web}/gdelt",
            "commoncrawl_url": f"{web}/data",
            "commoncrawl_index_url": f"{web}/cc",
        }
        if web
        else {}
    )


def ranged(asked: Asked, body: bytes) -> Answer:
    """A file, or the part of it that is asked for (RFC 9110, 14)."""
    found = re.fullmatch(r"bytes=(\d+)-(\d+)", asked.headers.get("range", ""))
    tag = {"ETag": f'"{len(body)}"'}
    if found is None:
        return Answer(body, headers=tag)
    first, last = int(found[1]), min(int(found[2]), len(body) - 1)
    if first >= len(body):
        return Answer(b"", 416, {"Content-Range": f"bytes */{len(body)}"})
    return Answer(body[first : last + 1], 206, {**tag, "Content-Range": f"bytes {first}-{last}/{len(body)}"})
