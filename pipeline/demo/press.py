"""The demo's press: four outlets of our own pages, served over real HTTP on loopback.

An outlet is a folder of `pages/`: `layout.html` around each file of `articles/`, one listing made of `item.*`,
and a home page. Dates are written as `{day:-2:zh}`, days from the press's `today`, so that the news is always new.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler
from importlib.resources import files
from pathlib import Path
from socketserver import ThreadingTCPServer
from threading import Thread
from types import TracebackType
from typing import Self

from pydantic import TypeAdapter

OUTLETS = ("official", "a", "b", "wire")
GATED = "/official/"
"""Under this path a request without a Referer gets an empty 200, as on the regulator's site."""

_TYPES = {".html": "text/html", ".xml": "application/rss+xml", ".json": "application/json", ".txt": "text/plain"}


@dataclass(frozen=True, slots=True)
class Request:
    """One request that the press answered."""

    method: str
    path: str
    referer: str | None
    status: int


@dataclass(frozen=True, slots=True)
class Reply:
    """What the press serves at one path; `body` is in the charset that `content_type` declares."""

    content_type: str
    body: bytes

    @property
    def etag(self) -> str:
        """A strong validator of the body."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'


@dataclass(frozen=True, slots=True)
class ExpectedApproval:
    """One approval that the press tells of: names that are right, number and date where a page gives them."""

    companies: tuple[str, ...]
    products: tuple[str, ...]
    kind: str
    filing_no: str | None
    date: str | None
    pages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExpectedClaim:
    """A total that one page states."""

    page: str
    count: int | None
    cumulative: int | None


@dataclass(frozen=True, slots=True)
class Expected:
    """What reading the whole press must give. Pages are paths; those in `negatives` hold no approval.

    `background` are companies whose approvals are told only as history.
    """

    approvals: tuple[ExpectedApproval, ...]
    claims: tuple[ExpectedClaim, ...]
    background: tuple[str, ...]
    negatives: tuple[str, ...]


class Press:
    """The press of one day, on a free port of 127.0.0.1 while the `with` block lasts.

    `base` is its address without a trailing slash, `replies` what it serves by path, `log` the requests so far.
    """

    def __init__(self, today: date) -> None:
        self.log: list[Request] = []
        self._today = today
        self._server = _Server(self.log)
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.replies = self._server.replies = _print(today, self.base)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), name="demo press", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def sources(self, folder: Path) -> None:
        """Write the source file of each outlet into `folder` (made where missing), with the real port."""
        folder.mkdir(parents=True, exist_ok=True)
        for template in sorted(_data("sources").glob("*.toml")):
            text = template.read_text(encoding="utf-8").replace("{base}", self.base)
            (folder / template.name).write_text(text, encoding="utf-8")

    def expected(self) -> Expected:
        """The approvals, claims and negatives of this day's pages."""
        told = (_data("pages") / "expected.json").read_text(encoding="utf-8")
        return TypeAdapter(Expected).validate_json(_dated(told, self._today))


def companies_file() -> Path:
    """The invented companies that the pages call by several names, in the form of `config/companies.toml`."""
    return _data("pages") / "companies.toml"


def _data(folder: str) -> Path:
    return Path(str(files("pipeline.demo") / folder))


# --- printing: templates -> replies


@dataclass(frozen=True, slots=True)
class _Story:
    fields: dict[str, str]
    body: str

    def fill(self, template: str) -> str:
        """The template with this story's fields, its `{day:published:...}` as days from today."""
        text = template.replace("{body}", self.body).replace("{day:published:", f"{{day:{self.fields['day']}:")
        for name, value in self.fields.items():
            text = text.replace(f"{{{name}}}", value)
        return text


def _print(today: date, base: str) -> dict[str, Reply]:
    pages = _data("pages")
    texts = {"/robots.txt": (pages / "robots.txt").read_text(encoding="utf-8")}
    for outlet in OUTLETS:
        texts |= _outlet(pages / outlet)
    filled = {path: text.replace("{base}", base).replace("{host}", base[7:]) for path, text in texts.items()}
    return {path: _reply(path, _dated(text, today)) for path, text in filled.items()}


def _outlet(folder: Path) -> dict[str, str]:
    stories = [_story(path) for path in folder.glob("articles/*.html")]
    stories.sort(key=lambda story: (int(story.fields["day"]), story.fields["time"]), reverse=True)
    item = next(folder.glob("item.*"))
    items = [story.fill(item.read_text(encoding="utf-8").rstrip()) for story in stories]
    joined = (",\n" if item.suffix == ".json" else "\n").join(items)
    layout = (folder / "layout.html").read_text(encoding="utf-8")
    root = f"/{folder.name}/"
    texts = {}
    for path in folder.iterdir():
        if path.is_file() and path.stem not in ("layout", "item"):
            listing = path.read_text(encoding="utf-8").replace("{items}", joined).replace("{count}", str(len(items)))
            texts[root + ("" if path.name == "index.html" else path.name)] = listing
    for story in stories:
        texts[f"{root}{story.fields['slug']}.html"] = story.fill(layout.replace("{related}", _related(story, stories)))
    return texts


def _story(path: Path) -> _Story:
    """An article file: `key: value` lines, an empty line, the body."""
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    return _Story({"charset": "utf-8", "slug": path.stem, **fields}, body.rstrip())


def _related(story: _Story, stories: list[_Story]) -> str:
    others = [other for other in stories if other is not story][:4]
    return "".join(other.fill('<li><a href="{slug}.html">{title}</a></li>') for other in others)


def _dated(text: str, today: date) -> str:
    return re.sub(r"\{day:(-?\d+):(\w+)\}", lambda m: _day(today + timedelta(days=int(m[1])), m[2]), text)


def _day(day: date, form: str) -> str:
    forms = {
        "iso": day.isoformat(),
        "ymd": f"{day:%Y%m%d}",
        "yy": f"{day:%y}",
        "slash": f"{day.year}/{day.month}/{day.day}",
        "zh": f"{day.year}年{day.month}月{day.day}日",
        "zh_short": f"{day.month}月{day.day}日",
        "zh_padded": f"{day:%Y年%m月%d日}",
        "en": f"{day:%B} {day.day}, {day.year}",
        "weekday": f"{day:%A}",
        "rfc822": f"{day:%a, %d %b %Y}",
    }
    return forms[form]


def _reply(path: str, text: str) -> Reply:
    """The text in the charset that its meta declares; "gb2312" holds GB18030, as on many a site."""
    charset = "gb2312" if "charset=gb2312" in text else "utf-8"
    content_type = _TYPES[Path(path).suffix or ".html"]
    return Reply(f"{content_type}; charset={charset}", text.encode("gb18030" if charset == "gb2312" else charset))


# --- serving


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, log: list[Request]) -> None:
        self.log = log
        self.replies: dict[str, Reply] = {}
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10.0

    def handle(self) -> None:
        with suppress(ConnectionError):  # a client that goes away early is no trouble of the press
            super().handle()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        reply = self.server.replies.get(path)
        if reply is None:
            self._answer(404, Reply("text/plain; charset=utf-8", b"no such page\n"))
        elif path.startswith(GATED) and path != GATED and not self.headers["Referer"]:
            self._answer(200, Reply(reply.content_type, b""))
        elif self.command == "GET" and self.headers["If-None-Match"] == reply.etag:
            self._answer(304, reply, etag=reply.etag)
        else:
            self._answer(200, reply, etag=reply.etag)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.do_GET()

    def _answer(self, status: int, reply: Reply, etag: str | None = None) -> None:
        self.server.log.append(Request(self.command, self.path, self.headers["Referer"], status))
        self.send_response(status)
        if etag:
            self.send_header("ETag", etag)
        if status != 304:
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if status != 304:
            self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on stderr: `log` holds the requests."""
