"""F1 to F24: servers that lie, flood, drip, explode, or lead where nobody may go."""

from __future__ import annotations

import gzip
import socket
import time
import zlib
from functools import cache

from server import Asked, Talk, html, page, raw, redirect

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
TEXT = "某公司的大模型已通过生成式人工智能服务备案，现予公布。"
SLOW = "<html><body>备案" + "<b><p></b>" * 500_000 + "</body></html>"
"""Flat, so that no pre-scan finds fault with it; it takes the parser far more than two seconds."""
LIES = {
    "larger": b"Content-Length: 999999\r\n\r\nshort",
    "negative": b"Content-Length: -1\r\n\r\nshort",
    "two": b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nshort",
    "no-number": b"Content-Length: 5x\r\n\r\nshort",
    "huge": b"Content-Length: 99999999999999999999999\r\n\r\nshort",
    "cut-chunks": b"Transfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
    "no-chunks": b"Transfer-Encoding: chunked\r\n\r\nzz\r\nshort",
    "odd-transfer": b"Transfer-Encoding: gzip\r\n\r\nshort",
    "no-colon": b"Content-Length: 5\r\n folded: yes\r\nno colon\r\n\r\nshort",
}
ENDLESS = {
    "chunks": (CHUNKED, b"1000\r\n" + b"x" * 4096 + b"\r\n"),
    "body": (OK + b"\r\n", b"x" * 4096),
    "headers": (OK, b"X-More: " + b"x" * 1000 + b"\r\n"),
    "one-header": (OK + b"X-One: ", b"x" * 4096),
    "early-hints": (b"", b"HTTP/1.1 103 Early Hints\r\nX-More: " + b"x" * 4000 + b"\r\n\r\n"),
    "trailers": (CHUNKED + b"0\r\n", b"X-Trailer: " + b"x" * 1000 + b"\r\n"),
}
DRIPS = {
    "head": b"",
    "headers": OK + b"X-Slow: ",
    "body": OK + b"Content-Length: 500\r\n\r\n",
    "chunks": CHUNKED + b"ff\r\n",
}
RETRIES = {
    "seconds": "3600",
    "date": "Tue, 10 Mar 2026 05:00:00 GMT",
    "garbage": "after lunch",
    "negative": "-5",
    "year-9999": "Fri, 31 Dec 9999 23:59:59 GMT",
}
CHALLENGES = {
    "weixin": "<title>环境异常</title><body><p>当前环境异常，完成验证后即可继续访问。备案 大模型</p></body>",
    "cloudflare": "<title>Just a moment...</title><body>Enable JavaScript and cookies to continue. approved</body>",
    "waf": "<body>您的请求可能对网站造成威胁，请求已被拦截，备案编号 1</body>",
    "slider": "<title>安全验证</title><body>请拖动滑块完成拼图 备案</body>",
}


def cases(port: int, forbidden: int) -> dict[str, Talk]:
    """Every path of F1 to F24."""
    return {**_bodies(), **_pages(), **_addresses(port, forbidden), **_manners(port, forbidden)}


def _bodies() -> dict[str, Talk]:
    codings = {"one-header": ["gzip, gzip"], "two-headers": ["gzip", "gzip"], "three": ["gzip, identity, x-gzip"]}
    talks: dict[str, Talk] = {
        f"/f01/{name}": _coded(c, lambda: gzip.compress(bomb(256))) for name, c in codings.items()
    }
    talks |= {f"/f03/{name}": _coded([name], lambda: b"whatever") for name in ("br", "zstd", "deflate", "utf-8")}
    talks |= {f"/f04/{name}": raw(OK + lie) for name, lie in LIES.items()}
    talks |= {f"/f04/endless-{name}": flood(*parts) for name, parts in ENDLESS.items()}
    talks |= {f"/f05/{name}": drip(head) for name, head in DRIPS.items()}
    return talks | {
        "/f02/bomb": _coded(["gzip"], lambda: bomb(256)),
        "/f02/below-the-cap": _coded(["gzip"], lambda: bomb(5)),
        "/f02/members": _coded(["gzip"], lambda: gzip.compress(b"") * 5_000),
        "/f02/fits": page(b"x" * 10_000_000),
        "/f02/small": page(b"a page"),
        "/f04/smaller": raw(OK + b"Content-Length: 5\r\n\r\nshort and more"),
    }


def _pages() -> dict[str, Talk]:
    return {
        "/f06/depth": html("<html><body>备案" + "<div>" * 100_000 + TEXT),
        "/f06/attributes": html("<html><body>备案<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">" + TEXT),
        "/f06/slow": html(SLOW),
        "/f07/deep": html("<html><body>" + "<div>" * 3_000 + TEXT * 9),
        "/f07/deep-enough": html("<html><body id=body>" + "<div>" * 300 + TEXT * 9),
        "/f08/slow": html(SLOW),
        **{f"/f24/{name}": html(body) for name, body in CHALLENGES.items()},
    }


def _addresses(port: int, forbidden: int) -> dict[str, Talk]:
    inside = f"127.0.0.1:{forbidden}"
    schemes = ("file:///etc/passwd", "ftp://news.test/", "gopher://news.test/", "javascript:alert(1)", "data:,x")
    there = (f"http://{inside}/", f"//{inside}/", f"http://localhost:{forbidden}/", f"http://[::1]:{forbidden}/")
    return {
        **{f"/f11/{n}": redirect(location) for n, location in enumerate(there)},
        "/f11/meta": html(f'<meta http-equiv="refresh" content="0; url=http://{inside}/"><p>{TEXT * 9}</p>'),
        "/f12/page": page(b"a page"),
        "/f15/redirect": redirect(f"http://{inside}\\@news.test:{port}/"),
        **{f"/f16/{n}": redirect(scheme) for n, scheme in enumerate(schemes)},
        "/f18/out": redirect(f"http://other.test:{port}/f18/in", "Set-Cookie: id=1; Path=/; Domain=test"),
        "/f18/in": page(b"a page", "Set-Cookie: other=1"),
        "/f23/page": page(b"secure"),
        "/f23/downgrade": redirect(f"http://news.test:{port}/f18/in"),
    }


def _manners(port: int, forbidden: int) -> dict[str, Talk]:
    rules = b"User-agent: *\nDisallow: /f22\n"
    robots: dict[str, Talk] = {
        "server-error": page(rules, status="500 Oops"),
        "busy": page(rules, status="429 Too Many Requests"),
        "hangs-up": raw(b""),
        "huge": page(b"User-agent: *\nDisallow: /f22/no\n" + b"# " + b"x" * 9_000_000 + b"\nDisallow: /f22\n"),
        "too-large": page(b"x" * 10_000_001),
        "html": html("<html><body>Disallow: nothing here</body></html>"),
        "abroad": redirect(f"http://rules.test:{port}/rules"),
        "inside": redirect(f"http://127.0.0.1:{forbidden}/robots.txt"),
        "bom": page(b"\xef\xbb\xbf" + rules),
        "missing": page(rules, status="404 Not Found"),
        "slow": drip(OK),
    }
    talks: dict[str, Talk] = {f"robots-{name}.test/robots.txt": talk for name, talk in robots.items()}
    for name, value in RETRIES.items():
        talks[f"/f19/{name}"] = page(
            b"", f"Retry-After: {value}", status="503 Busy" if name == "date" else "429 Too Many"
        )
    return talks | {
        "rules.test/rules": page(rules),
        "/f22/no": page(b"a page"),
        "/f22/a": page(b"a page"),
        "/f21/quoted": validated('"v1"'),
        "/f21/weak": validated('W/"v1"'),
        "/f21/bare": validated("unquoted"),
        "/f21/latin": validated('"caf\xe9, b"'),
    }


@cache
def bomb(megabytes: int) -> bytes:
    """Zeros, packed a thousandfold."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()


def _coded(codings: list[str], body: object) -> Talk:
    def talk(sock: socket.socket, asked: Asked) -> None:
        page(body(), *(f"Content-Encoding: {coding}" for coding in codings))(sock, asked)  # type: ignore[operator]

    return talk


def flood(head: bytes, part: bytes) -> Talk:
    """Send `part` for ever, as fast as it is read."""

    def talk(sock: socket.socket, _: Asked) -> None:
        sock.sendall(head)
        while True:
            sock.sendall(part)

    return talk


def drip(head: bytes) -> Talk:
    """A byte now and then, for ever."""

    def talk(sock: socket.socket, _: Asked) -> None:
        sock.sendall(head)
        while True:
            time.sleep(0.02)
            sock.sendall(b"x")

    return talk


def validated(etag: str) -> Talk:
    """304 where both validators come back byte for byte."""

    def talk(sock: socket.socket, asked: Asked) -> None:
        same = asked.headers.get("if-none-match") == etag and asked.headers.get("if-modified-since") == "last Tuesday"
        lines = (f"ETag: {etag}", "Last-Modified: last Tuesday")
        page(b"" if same else b"a page", *lines, status="304 Not Modified" if same else "200 OK")(sock, asked)

    return talk
