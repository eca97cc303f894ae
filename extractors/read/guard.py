"""What must not reach the parser: pages built to exhaust it, and challenge pages that only look like success.

The parser's cost is quadratic in depth and in the attributes of one tag (50,000 nested <div>: 5.6 s).
"""

from __future__ import annotations

import re
from collections import Counter

MAX_DEPTH = 1_000
MAX_ATTRIBUTES = 1_000

_VALUE = r"""(?:"[^"]*+"?+|'[^']*+'?+|[^\s>"'][^\s>]*+)"""
_ATTRIBUTE = rf"[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+{_VALUE}?+)?+"
_SCRIPT = r"<(?i:(?P<raw>script|style)\b)[^>]*+>[^<]*+(?:<(?!/(?i:script|style))[^<]*+)*+"
_TAG = re.compile(
    rf"<!--.*?(?:-->|\Z)|{_SCRIPT}|<(?P<close>/?)(?P<name>[a-zA-Z][^\s/>]*+)(?P<attributes>(?:{_ATTRIBUTE})*+)",
    re.DOTALL,
)
_EACH_ATTRIBUTE = re.compile(_ATTRIBUTE)
# Tags that the next one of their kind closes, or that hold nothing.
_FLAT = frozenset(
    re.findall(
        r"\w+",
        "area base br col embed hr img input link meta param source track wbr p li dt dd option tr td th"
        " tbody thead tfoot colgroup html head body",
    )
)

_CHALLENGE = re.compile(
    r"just a moment\.\.\.|attention required! \| cloudflare|checking your browser|verify(?:ing)? you are (?:a )?human"
    r"|enable javascript and cookies to continue|the requested url was rejected|request unsuccessful\. incapsula"
    r"|access denied|环境异常|安全验证|人机验证|访问验证|请输入验证码|滑动验证|拖动滑块|请完成验证|完成验证后"
    r"|访问(?:过于|太)频繁|您的(?:访问|请求)(?:可能)?(?:被|存在)|请求(?:已)?被(?:拦截|阻断)"
    r"|web ?应用防火墙|网站防火墙|正在检测您的浏览器",
    re.IGNORECASE,
)
_CHALLENGE_CODE = re.compile(
    r"cf-chl|challenge-platform|_cf_chl_opt|_Incapsula_Resource|acw_sc__v2|__jsl_clearance|\$_ts\s*=|g-recaptcha"
    r"|h-captcha|geetest|aliyun_waf|TCaptcha|px-captcha",
    re.IGNORECASE,
)

LONGEST_CHALLENGE = 800
"""Characters that a page shows which asks for a proof, at most."""
_CHALLENGE_BYTES = re.compile(_CHALLENGE_CODE.pattern.encode(), re.IGNORECASE)
HOLLOW = 16_000
"""Bytes under which a reply may be a challenge or an empty shell; articles come with more around them."""


class UnreadablePage(Exception):
    """The page gives no article; the message says why."""


class BlockedPage(UnreadablePage):
    """The site asked for a proof of being human instead of answering."""


class ShortPage(UnreadablePage):
    """The body is under the source's floor."""


def refuse_hostile(html: str) -> None:
    """One linear pass over the tags; raises UnreadablePage for a page that would exhaust the parser."""
    opened: Counter[str] = Counter()
    depth = 0
    for tag in _TAG.finditer(html):
        name = (tag["name"] or "").lower()
        if not name:
            continue
        if len(tag["attributes"]) > MAX_ATTRIBUTES:
            _refuse_attributes(name, tag["attributes"])
        if name in _FLAT:
            continue
        if not tag["close"]:
            opened[name] += 1
            depth += 1
        elif opened[name]:
            opened[name] -= 1
            depth -= 1
        if depth > MAX_DEPTH:
            raise UnreadablePage(f"hostile: more than {MAX_DEPTH} tags are open at once")


def _refuse_attributes(name: str, attributes: str) -> None:
    if sum(1 for _ in _EACH_ATTRIBUTE.finditer(attributes)) > MAX_ATTRIBUTES:
        raise UnreadablePage(f"hostile: a <{name}> tag with more than {MAX_ATTRIBUTES} attributes")


def challenge(html: str, text: str) -> str | None:
    """What shows that the site asked for a proof instead of answering, or None.

    `text` is all that the page shows. A long page is never one: articles are written about captchas too.
    """
    if len(text) > LONGEST_CHALLENGE:
        return None
    found = _CHALLENGE.search(text)
    if not found and len(text) < 200:
        found = _CHALLENGE_CODE.search(html)
    return found[0] if found else None


def may_be_hollow(body: bytes) -> bool:
    """Whether a reply is so small, or so full of a gatekeeper's code, that it may show no article at all."""
    return len(body) <= HOLLOW or _CHALLENGE_BYTES.search(body) is not None


def blocked(sign: str) -> str:
    """The reason given for a challenge page that was known by `sign`."""
    return f"blocked: the site answered with a challenge ({sign!r})"
