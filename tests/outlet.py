"""A small outlet of our own for tests of whole rounds: a feed and its pages, on a real server."""

from __future__ import annotations

import json
from pathlib import Path

from web import Answer, Asked, Web

COMPANIES = ("蓝鲸智语科技", "青禾数据科技", "云岭智能科技", "海棠语音科技", "松果算法科技", "北斗写作科技")


def article(n: int) -> str:
    """The page of one approval: its company and product are numbered."""
    company, number = COMPANIES[n % len(COMPANIES)], f"Zhejiang-ChanPin{n}-20260301{n:04}"
    return f"""<html><head><meta charset="utf-8"><title>产品{n}号通过备案</title></head><body><h1>产品{n}号通过备案</h1>
    <time>2026-03-0{n % 8 + 1} 09:00</time><div id="body"><p>杭州{company}有限公司的“产品{n}号”大模型于2026年3月{n % 8 + 1}日
    通过生成式人工智能服务备案，备案号为{number}。</p><p>公司表示，产品将在近期向公众开放，具体安排另行通知。</p></div></body></html>"""


def feed(web: Web, count: int) -> str:
    """An RSS feed of the first `count` articles."""
    items = "".join(
        f"<item><title>产品{n}号通过备案</title><link>{web.url}/{n}.html</link></item>" for n in range(count)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>{items}</channel></rss>'


def open_outlet(web: Web, folder: Path, count: int, *, id: str = "outlet") -> Path:
    """Serve `count` articles and their feed, and write the source's file; returns its folder."""
    web.serve("/feed.xml", feed(web, count), headers={"ETag": f'"{count}"', "Content-Type": "application/rss+xml"})
    for n in range(count):
        web.serve(f"/{n}.html", article(n), headers={"Content-Type": "text/html; charset=utf-8"})
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{id}.toml").write_text(
        f'id = "{id}"\nname = "outlet"\nkind = "media"\nlanguage = "zh"\ninterval = "30m"\n'
        f'[listing]\nkind = "feed"\nurl = "{web.url}/feed.xml"\n'
        '[article]\nbody = ["#body"]\npublished = ["time"]\n[politeness]\nspacing = 0\n',
        encoding="utf-8",
    )
    return folder


def open_archive(web: Web, folder: Path, pages: int, per_page: int = 2) -> Path:
    """Serve a paged JSON listing, newest first, one article a day back from 2026-03-30, and its source's file."""
    for page in range(1, pages + 1):
        rows = []
        for n in range((page - 1) * per_page, page * per_page):
            rows.append({"link": f"{web.url}/{n}.html", "title": f"{n}", "date": f"2026-03-{30 - n:02} 10:00:00"})
            web.serve(f"/{n}.html", article(n), headers={"Content-Type": "text/html; charset=utf-8"})
        web.serve(f"/list?page={page}", json.dumps(rows), headers={"Content-Type": "application/json"})
    web.serve("/list", lambda asked: Answer(b"no such page", 400))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "archive.toml").write_text(
        'id = "archive"\nname = "archive"\nkind = "media"\nlanguage = "zh"\n'
        f'[listing]\nkind = "json"\nurl = "{web.url}/list?page={{page}}"\n'
        'link = "link"\ntitle = "title"\npublished = "date"\n'
        '[article]\nbody = ["#body"]\n[politeness]\nspacing = 0\n',
        encoding="utf-8",
    )
    return folder


def pages_asked(log: list[Asked]) -> list[str]:
    """The article pages that were asked for, in order."""
    return [asked.path for asked in log if asked.path.endswith(".html")]
