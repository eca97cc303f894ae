"""The identity of an address: two spellings of one page are one, two pages never are."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import quote, urlsplit

import idna

MAX_URL = 8_000
"""Characters of an address; longer ones are mistakes or attacks."""

_TRACKING = frozenset(
    re.findall(
        r"\w+",
        "spm scm gclid fbclid msclkid dclid yclid igshid mc_cid mc_eid _ga _hsenc _hsmi hmsr hmpl hmcu hmkw hmci"
        " share_token share_source share_medium share_plat share_from share_tag share_session_id share_uid"
        " sharer_shareid sharer_shareinfo shareuid bd_vid qhclickid log_from wxshare_count nsukey isappinstalled",
    )
)
_TRACKING_PREFIXES = ("utm_",)
# These keys are real parameters on some sites: only with a value that says where the reader came from.
_TRACKING_VALUES = {
    "from": frozenset(
        re.findall(
            r"\w+",
            "timeline singlemessage groupmessage weixin wechat qq qzone weibo wap rss feed share app search baidu"
            " sharedcard androidqq iphone",
        )
    ),
    "f": frozenset({"rss", "feed"}),
    "ref": frozenset({"rss", "feed", "share"}),
    "source": frozenset({"rss", "feed"}),
}
_HOST_TRACKING = {
    "mp.weixin.qq.com": frozenset({"chksm", "scene", "srcid", "mpshare", "version", "ascene", "devicetype"})
}
_PORTS = {"http": 80, "https": 443}
_SAFE = "%/:@!$&'()*+,;=~?[]"
_BLANKS = re.compile(r"[\x00-\x20\x7f\ud800-\udfff]+")
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
_LONE_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")
_PLAIN = re.compile(r"[A-Za-z0-9._~/:@!$&'()*+,;=?\[\]-]*")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
# A name for all of a site, before at least two labels that are no registry's own (m.com, www.gov.cn).
_FRONT = re.compile(r"(?:www|m|wap|3g|mobile)\.(?!(?:ac|com|edu|gov|net|org)\.[a-z]{2}$)(?=[^.]+\.)")
_FRONT_CONTROLLER = re.compile(r"(?:/index\.php)+(?=/)")


def canonical_url(url: str) -> str:
    """The address under which a page is known; idempotent. What is no http(s) address comes back trimmed.

    http and https are one, and so are `www.`, mobile hosts (`m.`, `wap.`, `3g.`, `mobile.`) and the bare name; host
    in lower-case ASCII; escapes of plain characters undone (RFC 3986, 6.2.2.2); default port, `/index.php` before
    the page's own path, fragment (but a `#/` or `#!` route), user and tracking parameters dropped. Trailing slashes,
    the case of the path, the order of parameters and every other parameter are kept: they can name another page.
    It is an identity, not an address to ask. Where a site gives one page with and without a slash at its end,
    `with_slash` comes first.
    """
    bare = _BLANKS.sub("", url)
    try:
        parts = urlsplit(bare)
        port, host = parts.port, _ascii_host(parts.hostname or "")
    except ValueError:
        return bare
    if parts.scheme not in _PORTS or not host:
        return bare
    default = port is None or port == _PORTS[parts.scheme]
    scheme, place = ("https", host) if default else (parts.scheme, f"{host}:{port}")
    path = _FRONT_CONTROLLER.sub("", _escaped(parts.path)) or "/"
    query = "&".join(pair for pair in _escaped(parts.query).split("&") if pair and not _is_tracking(pair, host))
    route = parts.fragment if parts.fragment.startswith(("/", "!")) else ""
    return f"{scheme}://{place}{path}" + (f"?{query}" if query else "") + (f"#{_escaped(route)}" if route else "")


def with_slash(url: str, rule: Literal["always", "never"] | None) -> str:
    """The address as its site's rule has it at the end of the path; a file's name (`1.html`) gets no slash."""
    if rule is None:
        return url
    parts = urlsplit(url)
    path = parts.path
    if rule == "never":
        path = path.rstrip("/") or "/"
    elif "." not in path.rpartition("/")[2]:
        path = path.rstrip("/") + "/"
    return parts._replace(path=path).geturl()


def _ascii_host(host: str) -> str:
    host = host.rstrip(".")
    if ":" in host:
        return f"[{host}]"
    if not host.isascii() or "xn--" in host:  # the rest is what it is, and of a sitemap there are 50,000
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except idna.IDNAError:
            host = host if host.isascii() else ""
    front = _FRONT.match(host)
    return host[front.end() :] if front else host


def _is_tracking(pair: str, host: str) -> bool:
    key, _, value = pair.partition("=")
    key = key.lower()
    return (
        key in _TRACKING
        or key.startswith(_TRACKING_PREFIXES)
        or value.lower() in _TRACKING_VALUES.get(key, ())
        or key in _HOST_TRACKING.get(host, ())
    )


def _escaped(text: str) -> str:
    """Percent-encoded, each character in one way."""
    if _PLAIN.fullmatch(text):
        return text
    return _ESCAPE.sub(_one_way, quote(_LONE_PERCENT.sub("%25", text), safe=_SAFE))


def _one_way(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if _UNRESERVED.fullmatch(character) else escape[0].upper()
