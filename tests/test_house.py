"""The house rules of DESIGN section 2, read off the code: imports point one way, in no circle."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ORDER = ["config", "extractors", "storage", "pipeline"]
CLIENTS = ("requests", "aiohttp", "urllib3", "pycurl", "websockets", "ftplib", "telnetlib", "xmlrpc.client")
LOADERS = ("urllib.request", "urllib.robotparser", "http.client", "asyncio.open_connection", "socket.create_connection")
TRAFILATURA = tuple(f"trafilatura.{name}" for name in ("fetch_url", "fetch_response", "downloads", "feeds", "sitemaps"))
FACADES: dict[str, tuple[str, ...]] = {
    "httpx": ("pipeline/fetch/",),
    "httpcore": ("pipeline/fetch/",),
    "pipeline.fetch.client": ("pipeline/fetch/",),
    "pipeline.fetch.make_client": ("pipeline/fetch/", "pipeline/assembly.py"),
    "playwright": ("pipeline/fetch/chromium.py",),
    "feedparser": ("extractors/read/feeds.py",),  # it opens an address, too: only that file knows to hand it bytes
    "smtplib": ("pipeline/digest/mail.py",),
    "socket": ("pipeline/fetch/", "pipeline/web/serve.py", "pipeline/lease.py", "pipeline/digest/mail.py"),
    "ssl": ("pipeline/fetch/", "pipeline/digest/mail.py"),
    **dict.fromkeys((*CLIENTS, *LOADERS, *TRAFILATURA), ()),
}
"""Who alone may import what: one factory builds every HTTP client and one place asks for it, so that attachments,
robots.txt, sitemaps, webhooks, explain and the browser all pass the same gate; one module sends mail."""


def modules() -> dict[str, Path]:
    found = {}
    for package in ORDER:
        for path in (ROOT / package).rglob("*.py"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = path
    return found


def imports(path: Path, *, top_level: bool) -> set[str]:
    """Every module that a file imports, by its full name; imports for type checking alone are no imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set()
    nodes = _running(tree.body) if top_level else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def _running(body: list[ast.stmt]) -> list[ast.stmt]:
    return [node for node in body if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))]


def test_imports_point_one_way() -> None:
    arrows = [
        f"{name} imports {target}"
        for name, path in modules().items()
        for target in imports(path, top_level=False)
        if target.split(".")[0] in ORDER and ORDER.index(target.split(".")[0]) > ORDER.index(name.split(".")[0])
    ]
    assert arrows == []


def test_no_import_goes_in_a_circle() -> None:
    known = modules()
    graph = {name: {t for t in imports(path, top_level=True) if t in known} - {name} for name, path in known.items()}
    assert len(list(TopologicalSorter(graph).static_order())) == len(known)


def test_one_place_builds_http_clients_and_one_sends_mail() -> None:
    strays = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in modules().values()
        for module in imports(path, top_level=False)
        if is_stray(module, path.relative_to(ROOT).as_posix())
    ]
    assert strays == []


def is_stray(module: str, place: str) -> bool:
    """Whether a file at `place` may not import `module`, or what is in it."""
    return any(
        f"{module}.".startswith(f"{name}.") and not place.startswith(homes or ("nowhere",))
        for name, homes in FACADES.items()
    )


@pytest.mark.parametrize(
    ("line", "place", "stray"),
    [
        ("from urllib import request", "pipeline/fetch/client.py", True),
        ("import urllib.request as u", "pipeline/watch.py", True),
        ("from urllib.request import urlopen", "pipeline/watch.py", True),
        ("from http.client import HTTPSConnection", "pipeline/watch.py", True),
        ("import requests.adapters", "pipeline/watch.py", True),
        ("from urllib3 import PoolManager", "pipeline/watch.py", True),
        ("import aiohttp", "pipeline/watch.py", True),
        ("import httpx", "pipeline/watch.py", True),
        ("import httpx", "pipeline/fetch/client.py", False),
        ("from pipeline.fetch import Polite, make_client", "pipeline/webhook.py", True),
        ("from pipeline.fetch.client import Client", "pipeline/explain.py", True),
        ("from pipeline.fetch import Polite", "pipeline/explain.py", False),
        ("from playwright.sync_api import sync_playwright", "pipeline/listings.py", True),
        ("from trafilatura import fetch_url", "extractors/read/generic.py", True),
        ("from trafilatura import extract", "extractors/read/generic.py", False),
        ("import feedparser", "extractors/read/sitemap.py", True),
        ("import socket", "extractors/read/robots.py", True),
        ("from urllib.parse import urlsplit", "pipeline/watch.py", False),
        ("from http.server import BaseHTTPRequestHandler", "pipeline/demo/press.py", False),
    ],
)
def test_a_second_client_is_found_however_it_is_imported(tmp_path: Path, line: str, place: str, stray: bool) -> None:
    (tmp_path / "module.py").write_text(line)
    assert any(is_stray(module, place) for module in imports(tmp_path / "module.py", top_level=False)) is stray


def test_the_command_line_starts_without_heavy_libraries() -> None:
    import subprocess
    import sys

    code = "import pipeline.cli.main, sys; print([m for m in sys.modules if m in " + repr(HEAVY) + "])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert said.strip() == "[]"


HEAVY = ["spacy", "sqlalchemy", "httpx", "pydantic", "selectolax", "trafilatura", "alembic", "feedparser", "starlette"]


def test_files_stay_readable() -> None:
    """No file above 400 lines, no function above 60 (DESIGN section 2)."""
    heavy = []
    for path in modules().values():
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > 400:
            heavy.append(f"{path.name}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= 60:
                heavy.append(f"{path.name}: {node.name}")
    assert heavy == []
