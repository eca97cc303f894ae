"""A news web of our own making, for archives in tests and benchmarks: forty sites, each with a look of its own.

Its words are made of characters that no word of the prefilter has, so that only what is put in matters.
"""

from __future__ import annotations

import html
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

SITES = 40
KEYWORD_SITES = (7, 23)
"""Sites that have words of the prefilter in their menus: on every page, and no page tells of them."""
_CHARACTERS = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对可主发年动同工也能下说子产种面而方后多定行学法所"
    "民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天"
    "政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很"
)
_ARTICLES = Path(__file__).parent / "gold" / "dev.jsonl"
_SCRIPT = "function f{n}(a,b){{var c=a.length+{n};for(var i=0;i<c;i++){{b.push(a[i]*{m})}}return b}}"
_RULE = ".c{n} .item-{m}{{margin:{n}px {m}px;padding:0 {n}px;color:#{m:06x};font-size:{n}px}}"


@dataclass(frozen=True)
class WebPage:
    """A page as its server sends it."""

    url: str
    body: bytes
    charset: str
    relevant: bool


def host(site: int) -> str:
    """The name of a site."""
    return f"www.site{site:02}.example.cn"


def relevant_articles() -> list[tuple[str, str]]:
    """Title and text of the annotated development articles that tell of an approval or a revocation."""
    rows = [json.loads(line) for line in _ARTICLES.read_text(encoding="utf-8").splitlines()]
    return [(row["title"], row["text"]) for row in rows if row["relevant"] or row["revocations"]]


def pages(count: int, seed: int = 1, *, every: int = 1_000, keywords: bool = True) -> Iterator[WebPage]:
    """`count` pages of 60 to 150 KB; one in `every` is relevant; three in ten sites write GB18030.

    Without `keywords`, the two sites with words in their menus have none there.
    """
    random = Random(seed)
    told = relevant_articles()
    sites = [Site(number, Random(f"{seed} {number}"), keywords=keywords) for number in range(SITES)]
    for number in range(count):
        site = sites[random.randrange(SITES)]
        relevant = number % every == every // 2
        title, text = told[(number // every) % len(told)] if relevant else (words(random, 12), prose(random))
        body = site.page(random, title, text.split("\n"))
        yield WebPage(f"https://{host(site.number)}/2026/{number}.html", body, site.charset, relevant)


class Site:
    """One site: its head, menus, margins and markup."""

    def __init__(self, number: int, random: Random, *, keywords: bool = True, size: int | None = None) -> None:
        self.number = number
        self.charset = "gb18030" if number % 10 < 3 else "utf-8"
        self._size = size or random.randint(60_000, 145_000)
        names = [words(random, 3) for _ in range(30)]
        if keywords and number in KEYWORD_SITES:
            names[4:4] = ["人工智能备案", "登记查询", "名单公示"]
        link = (
            "<li><a href='/{0}/'>{0}</a></li>"
            if number % 2
            else "<li><a href='/{0}/' class='n'><span>{0}</span></a></li>"
        )
        menu = "".join(link.format(name) for name in names)
        self._menu = (
            f"<nav><ul>{menu}</ul></nav>" if number % 3 else f'<div class="top"><ul class="menu">{menu}</ul></div>'
        )
        self._scripts = [_SCRIPT.format(n=n, m=random.randrange(900)) for n in range(400)]
        self._rules = [_RULE.format(n=n % 60, m=random.randrange(1 << 20)) for n in range(300)]
        self._margin = [
            f'<li class="item-{n}"><a href="/2026/{random.randrange(10**7)}.html" title="{words(random, 14)}">'
            f'{words(random, 14)}</a><span class="t">{n % 28 + 1:02}-{n % 12 + 1:02}</span></li>'
            for n in range(400)
        ]

    def page(self, random: Random, title: str, paragraphs: list[str]) -> bytes:
        """A page with an article, in the site's charset."""
        return self.html(random, title, paragraphs).encode(self.charset, "xmlcharrefreplace")

    def html(self, random: Random, title: str, paragraphs: list[str]) -> str:
        """A page with an article."""
        name = "GBK" if self.charset == "gb18030" else "utf-8"
        head = (
            f'<!DOCTYPE html><html lang="zh"><head><meta charset="{name}"><title>{html.escape(title)}</title>'
            f"<style>{''.join(random.sample(self._rules, 200))}</style>"
            f"<script>{self._code(random)}</script></head><body>"
        )
        article = self._article(random, html.escape(title), [html.escape(line) for line in paragraphs])
        foot = f"<div class='foot'><p>{words(random, 20)}</p></div></body></html>"
        margin: list[str] = []
        size = len((head + self._menu + article + foot).encode(self.charset, "replace"))
        while size < self._size:
            margin.append(random.choice(self._margin))
            size += len(margin[-1].encode(self.charset))
        half = len(margin) // 3
        body = f"<ul>{''.join(margin[:half])}</ul>{article}<ul class='more'>{''.join(margin[half:])}</ul>"
        return head + self._menu + body + foot

    def _code(self, random: Random) -> str:
        """Half of a real page is scripts."""
        code, size = [], 0
        while size < self._size // 2:
            code.append(random.choice(self._scripts))
            size += len(code[-1])
        return "".join(code)

    def _article(self, random: Random, title: str, lines: list[str]) -> str:
        look = self.number % 4
        when = f"2026-0{random.randint(1, 6)}-{random.randint(1, 28):02} {random.randrange(24):02}:15"
        if look == 0:
            text = "".join(f"<p>{line}</p>" for line in lines)
        elif look == 1:
            text = "<br><br>".join(f"　　{line}" for line in lines)
        elif look == 2:
            text = "".join(f'<p><span style="font-size:16px">{line}</span></p>\r\n' for line in lines)
        else:
            text = "".join(f"<div>{line}</div>" for line in lines)
        return f'<div class="article"><h1>{title}</h1><time>{when}</time><div class="content">{text}</div></div>'


def words(random: Random, count: int) -> str:
    """So many characters."""
    return "".join(random.choices(_CHARACTERS, k=count))


def prose(random: Random) -> str:
    """An article of about 1,800 characters."""
    lines = []
    for _ in range(random.randint(6, 14)):
        lines.append("，".join(words(random, random.randint(8, 22)) for _ in range(random.randint(6, 14))) + "。")
    return "\n".join(lines)


def write_warc(path: Path, pages: Iterator[WebPage], *, level: int = 6) -> list[str]:
    """A WARC file with one gzip member for each record, as Common Crawl's are; returns the relevant addresses."""
    relevant = []
    with path.open("wb") as file:
        file.write(member(b"warcinfo", b"", b"software: greenlit tests\r\n", level))
        for page in pages:
            http = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset={page.charset}\r\n\r\n".encode()
            file.write(member(b"response", page.url.encode(), http + page.body, level))
            if page.relevant:
                relevant.append(page.url)
    return relevant


def member(kind: bytes, url: bytes, block: bytes, level: int = 6, date: bytes = b"2026-07-01T08:00:00Z") -> bytes:
    """One record as a gzip member."""
    address = b"WARC-Target-URI: " + url + b"\r\n" if url else b""
    mime = b"application/http; msgtype=response" if kind == b"response" else b"application/warc-fields"
    head = (
        b"WARC/1.0\r\nWARC-Type: %s\r\n%sWARC-Date: %s\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-%012d>\r\n"
        b"Content-Type: %s\r\nContent-Length: %d\r\n\r\n"
    ) % (kind, address, date, len(block), mime, len(block))
    packer = zlib.compressobj(level, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return packer.compress(head + block + b"\r\n\r\n") + packer.flush()
