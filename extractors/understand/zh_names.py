"""Companies and products in one Chinese sentence, and whose each product is."""

from __future__ import annotations

import re

from extractors.understand.lexicon import Lexicon
from extractors.understand.parts import Name
from extractors.understand.zh_words import LEGAL, Judged, company_at, words

QUOTE = re.compile(r"[“\"「『《〈‘]([^“”\"「」『』《》〈〉‘’，。！？；：\n]{1,30})[”\"」』》〉’]")
_MADE = (
    r"(?:自主)?(?:研发|自研|开发|申报|报送|报备|提交|推出|打造|运营|研制|训练|出品|发布|备案|登记|建设|上线|申请"
    r"|送审|联合研发|联合申报|独立研发|创作|设计|孵化|主导|牵头)"
)
_OF = re.compile(
    rf"(?:(?:(?<![简统下])称|表示|宣布|透露)(?:其|旗下(?:的)?|公司)?|{_MADE}(?:并{_MADE})?[的之]|旗下(?:的)?|所属的?|名下(?:的)?|自有的|自己的|家的|的|：)"
)
_BY_WORD = re.compile(
    rf"(?:主体(?:是|为|系|：)|(?:开发|研发|运营|备案|登记|申报)(?:者"
    rf"|方|商|单位|主体|公司)(?:是|为|系|：)?|(?<![自经])由"
    rf"|出自|来自|背后(?:的(?:公司|团队|企业))?(?:是|为))(?P<x>[^，。；：“”「」、]{{2,40}}?)"
    rf"(?=(?:联合|共同|合作|独立)?{_MADE}|负责|提供|之手|所有|[，。；]|$)"
)
_GROUP_OF = re.compile(
    r"的(?:一个|一支|某个)?[^的]{0,8}(?:团队|小组|部门|实验室|学生|老师|课题组|人)$|(?:团队|课题组)$"
)
_COLON = re.compile(r"\s*[：:—]{1,2}\s*(?P<p>[\w·\-]{2,20})(?=[（(，。；\s]|$)")
_SUMMED = re.compile(r"、[^，。；]{2,12}(?:[两三四五六七八九十]|\d{1,2})家(?:公司|企业|机构|平台|厂商|单位|的)")
_PRONOUN = re.compile(r"(?:其(?!他|中|余)|它的?|该公司的?|公司(?=自|的|旗下|新)|我司|我们的?)")
_BACKED = re.compile(r"(?:系的?|等?(?:投资|参投|领投|战投|注资|孵化|支持|入股|持股|控股|参股)的)")
_PASSES = re.compile(
    r"(?:也|已|均|刚|终于|正式|顺利|率先|今天|今日|昨日|于|在)*(?:[去今]年|\d{1,2}月)?(?:\d{1,2}[月日])*(?:[也已均刚]|正式|顺利)*"
    r"(?:通过|完成|拿到|取得|获得|获批|收到|领到)"
)
_WHEN = re.compile(r"(?:也|则|还)?(?:本[月周]|日前|近日|今[日天年]|昨[日天]|去年|刚刚|\d{1,2}月\d|上[月周]|此前)")
_SERVICE_TAIL = re.compile(
    r"(?:老师|师傅|医生|博士|先生|同学|小二|管家|掌柜|顾问|助手|助理|伴侣|搭子|精灵|通|宝|问答|GPT|Bot|Chat|AI|\d)$"
)
_BRACKETS = re.compile(
    r"[（(](?:(?:备案|登记|运营|开发|申报)?(?:主体|单位|开发者|开发商"
    r"|运营方|方)[：:为是]?\s*)?(?P<x>[^（）()]{2,40}(?:[（(][^（）()]{1,10}[）)][^（）()]{0,20})?)[）)]"
)
_LATIN_PRODUCT = re.compile(r"(?:的|旗下(?:的)?|其)?(?P<p>[A-Z][A-Za-z0-9.\-]{2,20})(?![A-Za-z])")
_MODEL = re.compile(
    r"(?:的|旗下(?:的)?|自主研发的|自研的|申报的|报送的|开发的)(?P<p>[\u3400-\u9fffA-Za-z0-9·\-]{1,14}?)(?P<t>大模型"
    r"|大语言模型)"
)
_GENERIC_STEM = re.compile(
    r"^(?:.*(?:视频|行业|语言|对话|首个|首款|一款|两款|多款|三款|自研"
    r"|自主|通用|垂类|垂直|国产|多模态|端侧|基础|相关|该|这|车载|医疗"
    r"|教育|政务|工业|金融|新|AI|语音|客服))?$"
)
_AFTER_PRODUCT = re.compile(
    r"[，。、；：“”（）()「」的等和与及为已均都也在是获通过]|大模型|模型|正式|率先|成为|完成|以及|[A-Za-z0-9\s]"
)
_SEPARATOR = re.compile(r"[、/]|以及|(?:和|与|及|跟|并)(?=[^、]{2,})")
_CODE = re.compile(r"^[A-Z][a-zA-Z]+-.*\d{6,}|^网信算备|^\d+$")


def products_of(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Quoted stretches of [start, end) that may name a product, without their quotes."""
    found = []
    for match in QUOTE.finditer(text, start, end):
        content = match[1].strip()
        if (
            content
            and not words().not_product.search(content)
            and not LEGAL.search(content)
            and not _CODE.match(content)
        ):
            found.append((match.start(1), match.end(1)))
    return found


def owner_before(text: str, floor: int, quote: int, lexicon: Lexicon) -> Judged | None:
    """The company whose product is quoted at `quote`, from the words before it: `X的“M”`, `X“M”`."""
    at = quote
    while at > floor and text[at - 1] not in "，。；：！？“”「」、（）()】\n":
        at -= 1
    if at > floor and text[at - 1] in "）)":
        opening = max(text.rfind("（", floor, at), text.rfind("(", floor, at))
        more = opening
        while more > floor and text[more - 1] not in "，。；：！？“”「」、":
            more -= 1
        if (
            opening > floor
            and not LEGAL.search(text[at:quote])
            and (LEGAL.search(text[more:quote]) or opening - more >= 2)
        ):
            at = more
    joint = re.compile(r"(?:和|与|及|以及|还有|并)(?=[^，。]{2,})").match(text, at, quote)
    if joint and at > floor and text[at - 1] in "”」』》）)":
        at = joint.end()
    return owner_in(text, at, quote, lexicon)


def owner_in(text: str, start: int, end: int, lexicon: Lexicon) -> Judged | None:
    """The owner named in the words [start, end) before a product."""
    stretch = text[start:end]
    pronoun = _PRONOUN.match(stretch)
    if pronoun and not LEGAL.search(stretch) and not lexicon.find(stretch):
        return Judged(start, start + pronoun.end(), 0.0, "anaphor", None)
    best: Judged | None = None
    for match in _OF.finditer(stretch):
        stop = match.start()
        if stretch[stop - 1 : stop] in ("）", ")") and LEGAL.search(stretch[:stop]):
            stop = max(stretch.rfind("（", 0, stop), stretch.rfind("(", 0, stop))
        owner = company_at(text, start, start + stop, lexicon, 0.7)
        longer = (
            best is not None and owner is not None and owner.sure == best.sure and match.start() == best.end - start + 1
        )
        if owner is not None and (best is None or owner.sure > best.sure or longer):
            best = owner
    direct = company_at(text, start, end, lexicon, 0.0)
    if direct is not None and direct.sure > 0 and (best is None or direct.sure > best.sure or best.why == "position"):
        return direct
    if best is None and 2 <= len(stretch.strip()) <= 10:
        return company_at(text, start, end, lexicon, 0.6)
    return best


def owner_after(text: str, quote_end: int, end: int, lexicon: Lexicon) -> Judged | None:
    """The company named after a product: `“M”（X）`, `“M”由X开发`, `“M”，X，编号`."""
    after = min(end, quote_end + 1)
    bracket = re.compile(r"(?:大模型|模型|算法|应用|平台)?\s*").match(text, after)
    at = bracket.end() if bracket else after
    inside = _BRACKETS.match(text, at)
    if inside:
        content = re.split(r"[，,；;、]", inside["x"])[0]
        begin = inside.start("x")
        return company_at(text, begin, begin + len(content), lexicon, 0.6)
    by = re.compile(
        rf"[^，。；、“”「」]{{0,4}}(?<![自经理])(?:由|出自|来自|是)(?P<x>[^，。；：“”「」、]{{2,40}}?)(?=(?:联合"
        rf"|自主|独立|共同)?{_MADE}|负责|提供|之手)"
    ).match(text, at, end)
    if by:
        return company_at(text, by.start("x"), by.end("x"), lexicon, 0.7)
    return None


def stated_owner(text: str, start: int, end: int, lexicon: Lexicon) -> Judged | None:
    """A company that a sentence names as developer or holder: `开发方为X`, `主体是X`, `由X开发`."""
    for match in _BY_WORD.finditer(text, start, end):
        dash = text.rfind("——", match.start("x"), match.end())
        group = _GROUP_OF.search(match["x"])
        end_of = match.start("x") + group.start() if group else match.end("x")
        owner = company_at(text, dash + 2 if dash >= 0 else match.start("x"), end_of, lexicon, 0.6)
        if owner is not None and owner.sure > 0:
            return owner
    return None


def listed(text: str, start: int, end: int, lexicon: Lexicon, led: bool) -> list[Judged]:
    """The companies of an enumeration or a subject within a clause [start, end) that has no quotes.

    `led` says that words before the clause announce names (`包括`), so that names without any mark count.
    """
    found: list[Judged] = []
    led = led or _SUMMED.search(text, start, end) is not None
    pieces = list(_pieces(text, start, end, lexicon))
    strong = 0
    for number, (a, b) in enumerate(pieces):
        last = number == len(pieces) - 1
        judged = _item(text, a, b, lexicon, number == 0, last, bare=0.55)
        if judged is not None and judged.sure > 0:
            found.append(judged)
            strong += judged.sure > 0.7
    if len(pieces) == 1:
        return [
            name
            for name in found
            if name.sure > 0.7
            or led
            or (name.start - start < 6 and (_speaks(text, name.end) or _obtains(text, start, name)))
        ]
    if strong or led or len(found) >= 2:
        return [name for name in found if name.sure > 0.7 or strong or led]
    return []


def _pieces(text: str, start: int, end: int, lexicon: Lexicon) -> list[tuple[int, int]]:
    pieces, at = [], start
    known = [(start + hit.start, start + hit.end) for hit in lexicon.find(text[start:end])]
    for match in _SEPARATOR.finditer(text, start, end):
        if any(a <= match.start() < b for a, b in known) or not _parts(text, at, match, end, lexicon):
            continue
        pieces.append((at, match.start()))
        at = match.end()
    pieces.append((at, end))
    return [(a, b) for a, b in pieces if b - a >= 2]


def _parts(text: str, start: int, match: re.Match[str], end: int, lexicon: Lexicon) -> bool:
    """Whether a separator parts two names: `和` or `及` may be a character of one."""
    if match[0] in ("、", "/", "以及") or text[match.start() - 1] in "、 ":
        return match[0] in ("、", "/", "以及") or text[match.start() - 1] != "、"
    stop = re.compile(r"[、，。（(的“和与跟]").search(text, match.end(), end)
    whole = company_at(text, start, stop.start() if stop else end, lexicon)
    left = company_at(text, start, match.start(), lexicon)
    return left is not None or whole is None or whole.sure < 0.8


def _item(text: str, start: int, end: int, lexicon: Lexicon, first: bool, last: bool, bare: float) -> Judged | None:
    raw = text[start:end]
    for hit in lexicon.find(raw):
        rest = raw[hit.end :]
        backed = _BACKED.match(rest)
        if backed and len(rest) - backed.end() >= 2:
            return _item(text, start + hit.end + backed.end(), end, lexicon, first, last, bare)
        if LEGAL.match(rest) or (hit.weak and (hit.start or rest) and not words().tail.match(rest)):
            continue
        legal = LEGAL.search(raw)
        if legal:
            break
        return Judged(start + hit.start, start + hit.end, 0.95, "lexicon", hit.id)
    legal = LEGAL.search(raw)
    if legal:
        return company_at(text, start, start + legal.end(), lexicon)
    stops = [match.start() for match in words().tail.finditer(raw) if match.start() >= 2] if last or first else []
    for stop in [*stops[:6], *([] if stops and last else [len(raw)])]:
        judged = company_at(text, start, start + stop, lexicon, 0.0)
        if judged is not None and (judged.sure > 0.7 or judged.why == "anaphor"):
            return judged
    stop = stops[0] if stops and last else len(raw)
    return company_at(text, start, start + stop, lexicon, bare)


def _speaks(text: str, at: int) -> bool:
    return bool(
        re.match(
            r"(?:今日|今天|昨日|昨天|近日|日前|\d{1,2}日|也|还|则)?(?:宣布"
            r"|宣佈|表示|披露|公告|公布|称|旗下|透露|自主|自研|申报|报送"
            r"|官宣|发布公告|的(?=[“「『《A-Z]|[^，。的]{1,10}(?:模型|算法|助手|服务|平台)))",
            text[at : at + 14],
        )
    )


def _obtains(text: str, start: int, name: Judged) -> bool:
    """Whether an unknown bare name opens its clause and is said to have passed: `X已通过…`."""
    product_like = _SERVICE_TAIL.search(text[name.start : name.end])
    if name.start == start and not product_like and _WHEN.match(text, name.end):
        return True
    return name.start == start and not product_like and _PASSES.match(text, name.end) is not None


def products_after(text: str, company_end: int, end: int, lexicon: Lexicon, id: str | None) -> tuple[int, int] | None:
    """An unquoted product right after its company: `百度文心一言`, `的XGPT`, `申报的昆仑玉大模型`."""
    if id is not None:
        known = _known_product(text, company_end, end, lexicon, id)
        if known:
            return known
    model = _MODEL.match(text, company_end, end)
    if model and not _GENERIC_STEM.match(model["p"]) and not words().generic.search(model["p"]):
        return model.start("p"), model.end("t")
    latin = _LATIN_PRODUCT.match(text, company_end, end)
    if (
        latin
        and latin["p"] not in ("AI", "APP", "App", "CEO", "CTO", "API", "LLM")
        and not re.match(r"[A-Za-z]+-\w*-?\d{8}", latin["p"])
    ):
        return latin.start("p"), latin.end("p")
    return None


def product_after_colon(text: str, company_end: int, end: int) -> tuple[int, int] | None:
    """The product of a list item such as `1. X：P（编号）`."""
    match = _COLON.match(text, company_end, end)
    return match.span("p") if match and not words().not_product.search(match["p"]) else None


def _known_product(text: str, at: int, end: int, lexicon: Lexicon, id: str) -> tuple[int, int] | None:
    skip = re.compile(r"(?:的|旗下(?:的)?|集团|公司|自研的?)?\s*").match(text, at, end)
    at = skip.end() if skip else at
    for length in range(min(14, end - at), 1, -1):
        piece = text[at : at + length]
        if lexicon.product_names(id, piece) and lexicon.company_of(piece) is None:
            if (
                length < end - at
                and piece[-1].isascii()
                and text[at + length].isascii()
                and text[at + length].isalnum()
            ):
                continue
            if not piece[-1].isascii() and length < end - at and not _AFTER_PRODUCT.match(text, at + length):
                continue
            return at, at + length
    return None


def famous_products(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Products known well enough to stand without a company."""
    found = []
    for name in words().famous:
        at = text.find(name, start, end)
        if at >= 0:
            found.append((at, at + len(name)))
    return sorted(found)


def as_name(judged: Judged) -> Name:
    """A judged company as a name."""
    return Name(judged.start, judged.end, "company", judged.why, judged.id)
