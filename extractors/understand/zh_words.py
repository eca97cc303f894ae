"""Compiled word lists of `chinese.toml`: what a company's name looks like, and where it begins and ends."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache

from extractors.understand.chars import data_text
from extractors.understand.lexicon import Lexicon
from extractors.understand.regions import regions

LEGAL = re.compile(r"(?:股份有限公司|有限责任公司|股份公司|有限公司|有限合伙）?|合伙企业|事务所|农民专业合作社)")
NOT_NAME = re.compile(
    r"[\d一二三四五六七八九十百]+(?:月|日(?!報|报)|家|款|个|年|项|%)|[一二三四五六七八九十]月|(?:上|本|这|下)周|^(?:一"
    r"|另一|两(?=家|款|个|名|日|天)|我|首(?=家|款|个|批|次|先)|第|多|某|各|该|这|那|又|再|更|不|没|未|可|能|会|要"
    r"|被|把|于|后|前|同|全|多)"
    r"|(?:家|款|个|月|日|起|上|下|里|中|后|前|时|为|了|着|地|是|于|号|年|到|说|率|度|性|化)$"
)
_NUMBERED = re.compile(r"[\d一二三四五六七八九十百两几多数]+(?:余|多)?(?:家|款|个|名|位|项)")
_IN_BRACKETS = re.compile(r"[（(]([\u3400-\u9fff]{2,4})[）)]")
_NOT_WORDS = re.compile(
    r"(?:把|愈发|越来越|叫|写作|出现在|最新|双双|至此|近期|近日|日前"
    r"|先后|目前|当前|本市|本省|全市|全省|您好|天内)|体系内"
    r"|同时|尤其|比如|例如|相继|后来|顺利|终于|陆续|值得|根据|负责"
    r"|留意|系统|更远|刚刚|已经|接到|关于|现场|数字是|随着|除上面"
    r"|自此|从此|由此|就此|使用|接入|采用|调用|提交|递交|申请|披露|显示|今年|去年|一家|由于|虽然|以来|期间|如果|成为|依据|按照|围绕|经过|围观|谁|什么|为何|如何|怎么"
)
ANAPHOR = re.compile(
    r"^(?:前者|后者|旗下|旗下的|说公司|称公司|集团旗下|公司旗下|公司|本公司|该公司"
    r"|我公司|我司|我们|咱们|其|集团|本集团|它|该企业|这家公司|他们"
    r"|发行人|贵公司|母公司|自家|自己)$"
)
_DESCRIPTOR = re.compile(
    r"^.*(?:(?<!有限)(?<!份)公司|企业|厂商|开发商|运营商|机构|团队"
    r"|巨头|独角兽|创企|单位|新贵|玩家|品牌|软件商|服务商|新势力|选手"
    r"|大厂|子公司|业者|子公司|茶企|药企|车企|企业)(?=[\u3400-\u9fffA-Z])"
)


_LED = re.compile(
    r"(?:注销|撤销|公布|批准|显示|确认|发现|求证|准许|同意|称|了|向"
    r"|叫|是|为|由|系|于|的|司|业|家|从|和|与|及|以及|、|：)$"
)


_FUNCTION = re.compile(
    r"[的了着过吗呢吧啊嘛把被让给往没就才却再且但因若虽既这那哪怎啥谁我你您他她它们讲走去做请该须需只仅很太更已曾将刚"
    r"又也还约近逾超每各某几些换停]"
    r"|所以|然后|上榜|上线|入选|入围|出现|进入|通过|完成|公布|宣布|可以|可能|应当|能够|不[\u3400-\u9fff]|拿[到下]|获[批准得]"
    r"|取得|提交|递交|申报|^(?:帮|陪|替|找|以|从|对|在|向|到|都|正|最|有)[\u3400-\u9fff]|^[新旧老首同本前后上下内外其此头末全另双]"
    r"[\u3400-\u9fff]$|[中里外内后前时间际来者型类种样]$|名字|消息|结果|问题|情况|原因"
)
"""Verbs, adverbs, conjunctions and other words of the sentence: an unknown name without any mark holds none."""
_INSTITUTE = re.compile(r"行业协会|^国家(?=[\u3400-\u9fff]{1,12}(?:中心|研究院|研究所|实验室|图书馆|博物馆|公园)$)")
_SENTENCE = re.compile(
    r"[了着我你他她它们这那哪怎谁吗呢吧啊]|所以|然后|因为|但是|通过|完成|上榜|上线|入选|出现|提交|可以|应当|名字|消息|结果"
    r"|^(?:以|从|对|在|向|到|都|正|最|更|有|帮|陪|把|被|让|给|又|也|还|就|才|只|仅|太|已|曾|将|刚|每|各|某|几|些|该|其|做|替|找)"
    r"|^[新旧老首同本前后上下内外此头末全另双][\u3400-\u9fff]$"
)
"""What not even a name with its product beside it holds."""
_NUMBER_BEFORE = re.compile(r"\s*(?:\d{1,3}|[一二三四五六七八九十]{1,3})[.、．](?!\d)|\s*[①-⑳]|【[^】]{1,8}】")
_PLACED = re.compile(r"(?:位于|总部(?:在|位于)|来自|地处|注册地在)?[\u3400-\u9fff]{2,4}(?:省|市|区)?的")
_PLAIN = re.compile(r"[\w·.\- &]+(?:[（(][\u3400-\u9fff]{2,4}[）)])?")
_COUNTED_OFF = re.compile(r"[\u3400-\u9fff]{0,4}(?:\d+|[一二两三四五六七八九十])(?:款|家|个|项)(?:分别)?(?:为|是|来自)")
_TODAY = re.compile(r"今日|今天|昨日|近日|明日")
_BRACKETED = re.compile(r"..[（(](?:中国|北京|上海|天津|重庆|深圳|广州|杭州|苏州|[\u3400-\u9fff]{2,3})[）)]..")
_BODY = re.compile(r"(?:部|部委|委|署|网信办|证监会|银保监会|监管局|人民银行|央行|政府|法院|检察院|国务院)$")


@dataclass(frozen=True, slots=True)
class Words:
    """The word lists, as patterns; `famous` are products that need no company beside them."""

    organisation: re.Pattern[str]
    generic: re.Pattern[str]
    lead: re.Pattern[str]
    tail: re.Pattern[str]
    not_product: re.Pattern[str]
    famous: tuple[str, ...]


@cache
def words() -> Words:
    """The word lists of `chinese.toml`."""
    rows = tomllib.loads(data_text("chinese.toml"))
    either = {key: "|".join(sorted(map(re.escape, row), key=len, reverse=True)) for key, row in rows.items()}
    return Words(
        re.compile(rf"(?:{either['organisation']})(?:[（(][^（）()]{{1,8}}[）)])?$"),
        re.compile(either["generic"]),
        re.compile(rf"^(?:{either['lead']})"),
        re.compile(rf"(?:{either['tail']})"),
        re.compile(either["not_product"]),
        tuple(rows["famous"]),
    )


@dataclass(frozen=True, slots=True)
class Judged:
    """A stretch taken for a company's name, with how sure that is (0..1) and why."""

    start: int
    end: int
    sure: float
    why: str
    id: str | None


def company_at(text: str, start: int, end: int, lexicon: Lexicon, bare: float = 0.0) -> Judged | None:
    """The company's name that ends the stretch [start, end), or None.

    `bare` is how sure a name without any mark of a company may be; 0 refuses it.
    """
    start, end = _shrink(text, start, end)
    raw = text[start:end]
    if len(raw) < 2 or len(raw) > 60 or re.search(r"[，。；：！？“”「」『』|]", raw):
        return None
    if ANAPHOR.match(raw):
        return Judged(start, end, 0.0, "anaphor", None)
    known = _known(raw, lexicon)
    if known is not None:
        return Judged(start + known[0], end, 0.95, "lexicon", known[1])
    legal = LEGAL.search(raw)
    item = text[start - 1 : start] == "、" and _TODAY.match(raw) is not None
    begin = 0 if item else _begin(raw, bool(legal), lexicon)
    name = raw[begin:]
    if len(name) < 2:
        return None
    if legal:
        return Judged(start + begin, end, 0.95, "legal name", lexicon.company_of(name))
    described = begin > 0 and _DESCRIPTOR.match(raw) is not None
    return _weigh(name, start + begin, end, bare, lexicon, described)


def _weigh(name: str, start: int, end: int, bare: float, lexicon: Lexicon, described: bool = False) -> Judged | None:
    lists = words()
    id = lexicon.company_of(name)
    if id is not None and (described or not lexicon.is_weak(name)):
        return Judged(start, end, 0.9, "lexicon", id)
    if len(regions().in_chinese.sub("", name)) < 2 or _NUMBERED.match(name) or _NOT_WORDS.search(name):
        return None
    if len(name) > 22 or lists.generic.search(_INSTITUTE.sub("", name)) or _BODY.search(name):
        return None
    if (
        lists.organisation.search(name)
        and len(name) > 2
        and not re.search(r"^(?:一|另一|两(?=家|款|个|名)|某|多|各|该|这|那|几)|的|——|\d(?:月|日|家|款)", name)
    ):
        return Judged(start, end, 0.85, "organisation's word", None)
    if _BRACKETED.search(name) and "的" not in name:
        return Judged(start, end, 0.85, "place name", None)
    extended = next((hit for hit in lexicon.find(name) if hit.start == 0 and not hit.weak), None)
    if extended and len(name) - extended.end <= 4 and lists.organisation.fullmatch(name[extended.end :]):
        return Judged(start, end, 0.9, "lexicon", extended.id)
    place = regions().in_chinese.match(name)
    if (
        place
        and len(name) > len(place[0]) + 1
        and not NOT_NAME.search(name)
        and not regions().in_chinese.search(name, place.end())
    ):
        return Judged(start, end, 0.8, "place name", None)
    if NOT_NAME.search(name) or "的" in name or re.search(r"助手|助理|插件|小程序|工具|机器人大模型", name):
        return None
    if (
        bare
        and len(name) <= 12
        and re.fullmatch(r"[\w·.\- &]+(?:[（(][\u3400-\u9fff]{2,4}[）)])?", name)
        and not name.isdigit()
    ):
        if (_SENTENCE if bare >= 0.7 else _FUNCTION).search(name):
            return None
        return Judged(start, end, bare, "position", None)
    return None


def _known(raw: str, lexicon: Lexicon) -> tuple[int, str] | None:
    """A known name that ends `raw`, where no more than description stands before it."""
    for hit in reversed(lexicon.find(raw)):
        if hit.end == len(raw) and not LEGAL.search(raw) and (hit.start == 0 or not hit.weak):
            return hit.start, hit.id
    return None


def _shrink(text: str, start: int, end: int) -> tuple[int, int]:
    numbered = _NUMBER_BEFORE.match(text, start, end)
    start = numbered.end() if numbered else start
    while start < end and text[start] in " \t、，,·•-—*：:“”「」《》●■◆○▪【】":
        start += 1
    while end > start and text[end - 1] in " \t、，,。；！：:“”「」《》":
        end -= 1
    return start, end


def _begin(raw: str, legal: bool, lexicon: Lexicon) -> int:
    """Where the name begins in `raw`, after descriptions and particles."""
    begin = 0
    described = _DESCRIPTOR.match(raw)
    if described and len(raw) - described.end() >= 2 and not LEGAL.match(raw[described.end() :]):
        begin = described.end()
    place = next((m for m in regions().in_chinese.finditer(raw) if m.start() and _LED.search(raw[: m.start()])), None)
    if legal and place and not raw[begin : place.start()].startswith(("（", "(")):
        begin = max(begin, place.start())
    counted = _COUNTED_OFF.match(raw, begin)
    if counted and len(raw) - counted.end() >= 2:
        begin = counted.end()
    near = _PLACED.match(raw, begin)
    if near and regions().in_chinese.search(near[0]) and len(raw) - near.end() >= 2:
        begin = near.end()
    of = raw.rfind("的", begin, len(raw) - 2)
    if of >= 0 and (legal or _marked(raw[of + 1 :], lexicon)):
        begin = of + 1
    while True:
        lead = words().lead.match(raw[begin:])
        if not lead or len(raw) - begin - lead.end() < 2:
            return begin
        rest = raw[begin + lead.end() :]
        if (
            lead.end() == 1
            and lead[0] not in "为是系由"
            and not _place_first(rest)
            and not lexicon.company_of(rest)
            and (legal or begin or len(raw) < 7)
        ):
            return begin
        begin += lead.end()


def _place_first(name: str) -> bool:
    return regions().in_chinese.match(name) is not None


def _marked(name: str, lexicon: Lexicon) -> bool:
    return bool(lexicon.company_of(name) or words().organisation.search(name) or _place_first(name))
