"""Cells: what a column's head or a cell's own words say about the role of the cell."""

from __future__ import annotations

import re
from dataclasses import dataclass

from extractors.understand.organisations import LEGAL
from extractors.understand.regions import regions
from extractors.understand.sentences import Extent

_HEADS = (
    (
        "skip",
        r"调用|采用|上游|接入|底座|基座|备注|说明|用途|理由|角色|身份|证券|公告编号|联系|序号|#"
        r"|upstream|base model|calls|notes?|remarks?|scope|role",
    ),
    ("amended", r"变更|^原(?:服务|主体|应用|模型|单位|算法)"),
    ("revoked", r"注销|撤销"),
    ("number", r"备案号|编号|备案(?:编)?号|上线编号|备案编码|number|no|filing no|record no|id"),
    ("status", r"状态|进度|结果|进展|status|result|stage|outcome"),
    ("kind", r"类型|类别|手续|程序|^事项|许可|kind|type|procedure|route"),
    ("date", r"时间|日期|date|approved on|time|when"),
    ("place", r"属地|地区|省份|城市|地市|所在地|province|city|place|region|location|where"),
    ("use", r"^应用产品$|^关联产品$"),
    (
        "company",
        r"公司|企业|主体|单位|机构|开发者|开发方|运营方|运营者|运营商|申请人|申报方|厂商|提供者|提供方|支持者|持有人|备案人|登记人|provider|company"
        r"|filed by|submitted by|built by|who|developer|applicant|operator|entity|filer|firm|holder|owner|registrant"
        r"|maker|vendor|organi[sz]ation",
    ),
    ("product", r"模型|应用|产品|服务|算法|名称|功能|service|model|product|app|name|algorithm|application"),
)
_ROLES = tuple(
    (
        role,
        re.compile(
            "|".join(
                rf"\b{word}s?\b" if word[0].isascii() and word[0].isalpha() else word for word in pattern.split("|")
            ),
            re.I,
        ),
    )
    for role, pattern in _HEADS
)
_NO_HEAD = re.compile(r"\d{3}|有限|附件|^已|^[一二三四五六七八九十]、|[。；]")
_NUMBER = re.compile(r"网信算备|[A-Z][A-Za-z]{2,}-\S{1,60}-20\d{6}|(?<!\d)\d{19,23}(?!\d)")
_YEAR, _DAY = r"20\d\d ?[年\-/.] ?", r"\d{1,2} ?[月\-/.](?: ?\d{1,2} ?[日号]?)?"
_DATE = re.compile(rf"(?:于|日期)?(?:{_YEAR}(?:{_DAY})?|{_DAY})(?:份|完成|通过|备案|登记|获批|公布|办结|取得|注销)*")
_ASIDE = re.compile(r"(?:服务)?(?:提供者|技术支持者)|SP|TS|(?i:APP)|网站|小程序")
_KIND = re.compile(r"(?:生成式|深度合成|大模型|互联网|信息|算法|人工智能|服务|应用|国家|省级)*(?:备案|登记)")
_STATUS = re.compile(
    r"(?:已|均|未|待|正在|尚|准予|不予|完成|通过|备案|登记|补正|审核|受理|退回|撤回|办理|公示|注销|中|成功|获批|过审|在办|申请|提交)+"
)
_ORGANISATION = re.compile(
    rf"(?:{LEGAL.pattern}|公司|集团|大学|学院|学校|医院|研究院|研究所|科学院|实验室|工作室|银行|出版社|杂志社|报社|电视台|协会|学会|商会"
    r"|合作社|事务所|工坊|厂|中心|科技|数科|传媒|画社)\.?(?:[（(][^（）()]{1,8}[）)])?$"
)
_LONGEST_HEAD = 24

STANDING_FOR = ("公司", "本公司", "发行人", "上市公司")
"""Words that stand for the company that a notice is about."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the cells by role (company, product, number, date, status, kind, place), and its extent.

    A cell under `amended` or `revoked` says that the row tells of a change or of a cancellation.
    """

    start: int
    end: int
    cells: dict[str, Extent]
    others: tuple[Extent, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that stand together; [start, end) covers header and rows.

    `heads` are the names of the columns, () where the cells' own words gave the roles; `keyed` where each row names
    its columns itself.
    """

    start: int
    end: int
    rows: tuple[Row, ...]
    heads: tuple[str, ...]
    keyed: bool = False


def head_role(words: str) -> str:
    """The role that the head of a column names, or nothing."""
    if not words or len(words) > _LONGEST_HEAD or _NO_HEAD.search(words):
        return ""
    if len(words.split()) > 4 or (not words.isascii() and len(words) > 12):
        return ""
    return next((role for role, pattern in _ROLES if pattern.search(words)), "")


def content_role(words: str) -> str:
    """The role that the words of a cell show by themselves: `name` where they show none."""
    if _NUMBER.search(words):
        return "number"
    for role, pattern in (("date", _DATE), ("skip", _ASIDE), ("kind", _KIND), ("status", _STATUS)):
        if pattern.fullmatch(words):
            return role
    return "place" if is_place(words) else "name"


def is_place(words: str) -> bool:
    """Whether the words are the name of a place and nothing else."""
    match = regions().in_chinese.match(words) or regions().in_english.match(words)
    return match is not None and words[match.end() :] in ("", "省", "市", "区", "县", "自治区", "州")


def is_organisation(words: str) -> bool:
    """Whether the words end as the name of an organisation does."""
    return bool(_ORGANISATION.search(words))


def trim(text: str, start: int, end: int) -> Extent:
    """The stretch without blanks at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Extent(start, end)


def make_row(extent: Extent, cells: list[Extent], roles: list[str]) -> Row:
    """A row of these cells; of several cells with one role the first has it."""
    named: dict[str, Extent] = {}
    others = []
    for role, cell in zip(roles, cells, strict=False):
        if cell.start == cell.end:
            continue
        if role in ("", "skip") or role in named:
            others.append(cell)
        else:
            named[role] = cell
    if "use" in named:
        use = named.pop("use")
        others.append(named.setdefault("product", use))
    return Row(extent.start, extent.end, named, tuple(others))
