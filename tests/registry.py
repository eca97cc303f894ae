"""A register of our own, on a real server: a page whose attachments are lists, edited in place.

Like the real one, it answers an attachment asked for without the page as Referer with a web page and status 200.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

from official_lists import Layout, Row, Table, as_docx, invented
from web import Answer, Asked, Web

EXCUSE = "<html><body><p>请返回首页</p></body></html>".encode()


class Registry:
    """The page at `/register.htm` and its attachments; `put` changes one, `publish` the page."""

    def __init__(self, web: Web, *, etags: bool = True) -> None:
        self.web, self.etags = web, etags
        self.page = f"{web.url}/register.htm"
        self.names: dict[str, str] = {}

    def put(self, file: str, body: bytes, name: str | None = None) -> None:
        """Serve a file, under the address `/files/<file>`; `name` is the text of its link."""
        tag = f'"{hash(body)}"'

        def answer(asked: Asked) -> Answer:
            if asked.headers.get("referer") != self.page:
                return Answer(EXCUSE, headers={"Content-Type": "text/html"})
            if self.etags and asked.headers.get("if-none-match") == tag:
                return Answer(status=304)
            return Answer(body, headers={"ETag": tag} if self.etags else {})

        self.web.serve(f"/files/{file}", answer)
        self.names.setdefault(file, name or file)
        if name:
            self.names[file] = name

    def publish(self, files: Sequence[str] | None = None) -> None:
        """Serve the page with these attachments (all without)."""
        links = "".join(f'<p><a href="/files/{file}">{self.names[file]}</a></p>' for file in files or self.names)
        self.web.serve("/register.htm", f'<html><meta charset="utf-8"><body><h1>备案信息</h1>{links}</body></html>')

    def asked(self, file: str) -> int:
        """How often a file was asked for."""
        return self.web.paths().count(f"/files/{file}")


def source_file(
    folder: Path, listing: str, *, id: str = "register", name: str = "生成式人工智能服务已备案信息"
) -> Path:
    """Write the file of a source with this [listing]; returns its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{id}.toml").write_text(
        f'id = "{id}"\nname = "{name}"\nkind = "official"\nlanguage = "zh"\ninterval = "30m"\nlists = true\n'
        f"[listing]\n{listing}\n[politeness]\nspacing = 0\n",
        encoding="utf-8",
    )
    return folder


def register_source(registry: Registry, folder: Path) -> Path:
    """The source that watches the registry's page; returns its folder."""
    listing = f'kind = "register"\nurl = "{registry.page}"\nreferer = "{registry.page}"\nitems = "a[href^=\'/files/\']"'
    return source_file(folder, listing)


def rows(layout: Layout, count: int, *, first: int = 1, seed: int = 1) -> list[Row]:
    """Invented rows, always the same ones."""
    return invented(layout, count, Random(f"{layout.name} {first} {seed}"), first)


def docx(*tables: Table) -> bytes:
    """A Word document, the same bytes for the same rows."""
    return as_docx(tables)
