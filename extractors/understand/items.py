"""Lists without a header, whose items have one shape: `1．产品——公司，9月4日；`. The words of a field tell its role."""

from __future__ import annotations

import re
from dataclasses import dataclass

from extractors.understand.cells import (
    STANDING_FOR,
    Row,
    Table,
    content_role,
    head_role,
    is_organisation,
    is_place,
    trim,
)
from extractors.understand.sentences import Extent

_BULLET = re.compile(
    r"\s*(?:(?P<han>[一二三四五六七八九十]{1,3}[、.|])|[（(](?:(?P<brackets>[一二三四五六七八九十]{1,3})|\d{1,3})[）)]|\d{1,3}[）)]"
    r"|(?P<digits>\d{1,3}(?:[、.|](?!\d)|\t|\s{2,}))|[①-⑳]|[·●■◆◇○▪▶*]|[\-–](?=\s)|—{1,2}(?=\s))\s*"
)
_TOKEN = re.compile(
    r"(?P<group>[（(](?:[^（）()\n]|[（(][^（）()\n]*[）)]){0,80}[）)])"
    r"|(?P<quote>[“「『《\"][^“”「」『』《》\"\n]{1,40}[”」』》\"])"
    r"|(?P<hard>\s*(?:——|—|–|\||\t)\s*|\s+-\s+|\s{2,})"
    r"|(?P<soft>\s*[，；;：:]\s*|,(?!\d{3})(?! ?(?:Ltd|Inc|LLC|Co|Corp)\b)\s*)"
)
_IDLE = re.compile(r"理由|备注|说明|原因|类别|用途|接入|调用|领域|角色")
_PROSE = re.compile(
    r"[了称。！？]|回应|宣布|公布|公告|正在|尚未|[拟未]|获批|发布|上线|提交|办理|通过|完成|备案|登记|我们|公司的|什么"
)
_CLERKS = re.compile(r"(?:联合|共同)?(?:申报|报送|申请|研发|研制|开发|出品|运营)$")
_OFFICES = re.compile(
    r"^(?:发行人|(?:全资|控股)?子公司|成员单位|会员单位|本公司|由|(?:主体|单位|运营方|开发者|开发方)(?:为|是|系))(?=.{4})"
)
_ROLE_OF_SOMEONE = re.compile(
    r"客户|投资|领投|跟投|伙伴|供应|承办|主办|协办|来源|作者|编辑|地址|教授|博士|先生|女士|经理|董事|主任|院士|^.{1,4}[方商者人]$"
)
_PERSON = re.compile(
    r"[王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严]"
    r"[\u3400-\u9fff]{1,2}"
)
_LONGEST_ITEM, _LONGEST_NAME = 120, 40
_NAMES = ("company", "product", "name")


@dataclass(frozen=True, slots=True)
class _Item:
    """An item with its two names in order, and its other cells by role; `hard` where dashes or bars part its fields."""

    line: Extent
    names: tuple[tuple[str, Extent], tuple[str, Extent]]
    cells: dict[str, Extent]
    hard: bool
    person: bool

    @property
    def leaning(self) -> int:
        """How far its own words put the company first (+) or second (-)."""
        return _weight(self.names[0][0]) - _weight(self.names[1][0])

    @property
    def certain(self) -> bool:
        """Whether an organisation or a filing number stands in it."""
        return "company" in (self.names[0][0], self.names[1][0]) or "number" in self.cells


def item_lists(text: str, lines: list[Extent], at: int) -> tuple[list[Table], int]:
    """The lists among the items that begin with line `at`, and how many lines were looked at."""
    first = _BULLET.match(text, lines[at].start, lines[at].end)
    if first is None:
        return _plain_list(text, lines, at)
    end = at
    while end < len(lines) and _same_style(first, _BULLET.match(text, lines[end].start, lines[end].end)):
        end += 1
    found = [_item(text, line) for line in lines[at:end]]
    items = [item for item in found if item is not None]
    if len(items) * 4 < len(found) * 3 or not _listed(items):
        return [], end - at
    return _tables(found, _company_first(items)), end - at


def _same_style(one: re.Match[str], other: re.Match[str] | None) -> bool:
    """Whether two bullets are of one kind: `一、` may head a list of `1.`"""
    return other is not None and one.lastgroup == other.lastgroup


def _plain_list(text: str, lines: list[Extent], at: int) -> tuple[list[Table], int]:
    """A list without bullets: its fields stand apart by dashes, bars or wide blanks."""
    items: list[_Item] = []
    for line in lines[at:]:
        item = _item(text, line)
        if item is None or not (item.hard or "number" in item.cells):
            break
        items.append(item)
    if len(items) < 2 or not _listed(items):
        return [], len(items)
    return _tables(list(items), _company_first(items)), len(items)


def _listed(items: list[_Item]) -> bool:
    """Whether these items are a list of companies with products: alike, and most of them for certain."""
    if len(items) == 1:
        return "number" in items[0].cells and "company" in (items[0].names[0][0], items[0].names[1][0])
    if not any("number" in item.cells for item in items) and all(item.person for item in items):
        return False
    first = sum(item.leaning > 0 for item in items)
    second = sum(item.leaning < 0 for item in items)
    certain = sum(item.certain for item in items)
    return min(first, second) * 4 <= max(first, second) > 0 and certain * 5 >= len(items) * 3


def _company_first(items: list[_Item]) -> bool:
    return sum(item.leaning for item in items) > 0


def _tables(found: list[_Item | None], company_first: bool) -> list[Table]:
    """Tables of the items; what is no item stands between two tables."""
    runs: list[list[Row]] = [[]]
    for item in found:
        if item is None:
            runs.append([])
        else:
            company, product = item.names if company_first else item.names[::-1]
            cells = {"company": company[1], "product": product[1], **item.cells}
            runs[-1].append(Row(item.line.start, item.line.end, cells, ()))
    return [Table(rows[0].start, rows[-1].end, tuple(rows), ()) for rows in runs if rows]


def _item(text: str, line: Extent) -> _Item | None:
    if line.end - line.start > _LONGEST_ITEM:
        return None
    bullet = _BULLET.match(text, line.start, line.end)
    fields, hard = _fields(text, bullet.end() if bullet else line.start, line.end)
    names: list[tuple[str, Extent]] = []
    cells: dict[str, Extent] = {}
    given = ""
    for field, labels in fields:
        words = text[field.start : field.end]
        if labels and (_IDLE.search(words) or head_role(words)) and len(words) <= 8:
            given = "skip" if _IDLE.search(words) else head_role(words)
            continue
        role, given = _role(words, given), ""
        if role in _NAMES:
            if not _is_name(words):
                return None
            names.append((role, _bare(text, field)))
        elif role != "skip":
            cells.setdefault(role, field)
    if len(names) != 2 or names[0][0] == names[1][0] == "product":
        return None
    person = any(_PERSON.fullmatch(text, name.start, name.end) for _, name in names)
    return _Item(line, (names[0], names[1]), cells, hard, person)


def _role(words: str, given: str) -> str:
    role = content_role(words)
    if given and (role == "name" or given == "skip"):
        return given if given in ("company", "skip") else "product" if given in ("product", "use") else role
    if role != "name":
        return role
    if words[0] in '“「『《"':
        return "product"
    return "company" if words in STANDING_FOR or is_organisation(_CLERKS.sub("", words)) else "name"


def _weight(role: str) -> int:
    return {"company": 1, "product": -1}.get(role, 0)


def _is_name(words: str) -> bool:
    if len(words) > _LONGEST_NAME or len(words) < 2:
        return False
    if _ROLE_OF_SOMEONE.search(words) and not is_organisation(words) and words not in STANDING_FOR:
        return False
    return words[0] in '“「『《"' or not _PROSE.search(_CLERKS.sub("", words))


def _bare(text: str, field: Extent) -> Extent:
    """A name without what is said of it: 联合申报 behind it, 全资子公司 before it."""
    words = text[field.start : field.end]
    before, behind = _OFFICES.match(words), _CLERKS.search(words)
    return trim(
        text, field.start + (before.end() if before else 0), field.start + behind.start() if behind else field.end
    )


def _fields(text: str, start: int, end: int) -> tuple[list[tuple[Extent, bool]], bool]:
    """The fields of an item, each with whether a colon follows it; and whether dashes, bars or blanks part them."""
    fields: list[tuple[Extent, bool]] = []
    begin, hard = start, False
    while end > start and text[end - 1] in "；;。，,、 ":
        end -= 1
    for match in _TOKEN.finditer(text, start, end):
        if match.lastgroup == "quote":
            if begin < match.start() and is_organisation(text[begin : match.start()].strip()):
                fields.append((trim(text, begin, match.start()), False))
                begin = match.start()
        elif match.lastgroup == "group":
            if _closes(text, match.end(), end) and not is_place(match[0][1:-1]):
                fields.append((trim(text, begin, match.start()), False))
                fields += _fields(text, match.start() + 1, match.end() - 1)[0]
                begin = match.end()
        else:
            hard = hard or match.lastgroup == "hard"
            fields.append((trim(text, begin, match.start()), match[0].strip() in (":", "：")))
            begin = match.end()
    fields.append((trim(text, begin, end), False))
    return [(field, labels) for field, labels in fields if field.start < field.end], hard


def _closes(text: str, at: int, end: int) -> bool:
    """Whether a field ends at the offset."""
    if at >= end:
        return True
    match = _TOKEN.match(text, at, end)
    return match is not None and match.lastgroup in ("hard", "soft")
