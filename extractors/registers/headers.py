"""Header words: which column of an official table holds what, whatever its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from extractors.records import Kind
from extractors.registers.document import Cells, squeezed


class Column(StrEnum):
    """What a column holds."""

    SERIAL = "serial"
    PROVINCE = "province"
    PRODUCT = "product"
    COMPANY = "company"
    NUMBER = "filing_no"
    DATE = "date"
    ROLE = "role"
    APP = "app"
    PURPOSE = "purpose"
    REMARK = "remark"
    PLACE = "place"
    SCOPE = "scope"
    KIND = "kind"
    LIST = "list"


Columns = tuple[Column | None, ...]

_STEP = "(?:备案|登记|上线|注册|公示|注销|通过|完成|获批|批准|发布|审核|变更)"
_THING = "(?:生成式人工智能|人工智能|语言|大?模型|服务|应用|功能|产品|算法|小?程序|app|及|或|和|与|[/、（）()])"
_WORDS = {
    Column.SERIAL: r"序号?|编次|行号|no\.?|#|serial(?:number|no\.?)?|index",
    Column.KIND: rf"kind|(?:{_STEP}|办理|手续|[/、或])*(?:类型|事项|手续)",
    Column.LIST: r"batch|list|批次",
    Column.ROLE: r"(?:主体|服务)?角色|(?:算法)?(?:类别|分类)|role|class",
    Column.APP: r"应用产品(?:名称)?|app",
    Column.PURPOSE: r"(?:主要|算法)*用途(?:说明)?|主要功能|purpose",
    Column.PLACE: r"适用(?:场景|终端|设备|范围|品牌)",
    Column.SCOPE: "scope",
    Column.REMARK: r"备注(?:信息)?|说明|变更(?:内容|情况)|remarks?|notes?",
    Column.PROVINCE: r"(?:所属|所在)?(?:属地|省份?|地区|地域|省市|省区市|地方)|所在地|省\(区、市\)|province|region",
    Column.DATE: rf"{_STEP}*(?:时间|日期|年月日)|(?:filing|approval|registration)?date|dateof(?:filing|approval)",
    Column.NUMBER: rf"(?:算法|模型|服务|统一|{_STEP})*(?:编号|编码|号码|(?<=备案)号|(?<=登记)号)"
    r"|(?:filing|registration)?_?(?:no\.?|number)",
    Column.COMPANY: rf"(?:{_STEP}|申请|申报|主办|运营|开发|服务|责任|所属|提供|法人)*"
    r"(?:单位|主体|公司|企业|机构|厂商|运营者|运营方|提供者|开发者|申请人)(?:名称|全称)?|(?:company|entity|operator)(?:name)?",
    Column.PRODUCT: rf"(?:{_THING})*名称|(?:大?模型|应用|产品|算法|服务|应用/功能)|(?:product|model|service)(?:name)?",
}
_TAILS = {
    Column.NUMBER: r".*(?:编号|序列号)|.*(?:备案|登记|上线|注销).*(?:号码?|编码)",
    Column.DATE: r".*(?:时间|日期)",
    Column.PROVINCE: r".*(?:属地|省份|省市|地区|地市|城市|注册地|所在地|网信办|网信部门)",
    Column.COMPANY: r".*(?:单位|主体|公司|企业|机构|运营者|提供者|开发者|持有人|持有者)(?:名称?|全称)?",
    Column.PRODUCT: r".*(?:名称?|大?模型)",
}
"""How a header word that is not known may end, tried in this order."""
_OTHER = re.compile("电话|信用|手机|许可|证书|邮|联系|网址|主管|监管|法定|身份|有效|截止|有限|股份")
"""What such a word is of, where its column is none of ours."""
_READ = {column: re.compile(pattern) for column, pattern in _WORDS.items()}
_READ_TAILS = {column: re.compile(pattern) for column, pattern in _TAILS.items()}
_NOTE = re.compile(r"[（(][^（()）]*[)）]$")
_LONGEST = 20
_CAPTIONS = (
    (Kind.DEEP_SYNTHESIS_FILING, "深度合成"),
    (Kind.ALGORITHM_FILING, "算法推荐|互联网信息服务算法"),
    (Kind.GENAI_REGISTRATION, "(?:生成式|大模型).*登记|^(?!.*算法).*登记"),
    (Kind.GENAI_FILING, "(?:生成式|大模型).*备案|^(?!.*算法).*备案"),
)
_LONGEST_CAPTION = 60
_ON_DEVICE = re.compile("端侧|终端侧|手机端")
_CANCELLED = re.compile("注销")


def columns_of(cells: Cells) -> Columns | None:
    """The columns that a header row names; None for a row of data.

    A header has three or more names that tell their column, or two in a table of two columns; one of them is the
    product, the holder or the number, two are known words, and no cell has a digit in it.
    """
    words = [squeezed(cell).lower() for cell in cells]
    filled = [word for word in words if word]
    if len(filled) < 2 or any(len(word) > _LONGEST or re.search(r"\d", word) for word in filled):
        return None
    surely = [_known_word(word) for word in words]
    columns = _unique(surely, [_tail(word) for word in words])
    told = {column for column in columns if column}
    enough = (len(told) >= 3 or len(told) == len(cells)) and len(told) * 5 >= len(filled) * 3
    needed = told & {Column.PRODUCT, Column.COMPANY, Column.NUMBER}
    return columns if enough and needed and len(set(surely) - {None}) >= 2 else None


def sureness(cells: Cells) -> int:
    """How much of a header is understood: two for each known word, one for its end, less one for any other."""
    words = [squeezed(cell).lower() for cell in cells]
    return sum(2 if _known_word(word) else 1 if _tail(word) else -1 for word in words)


def column_of(cell: str) -> Column | None:
    """The column that one header word names."""
    word = squeezed(cell).lower()
    return _known_word(word) or _tail(word)


def _known_word(word: str) -> Column | None:
    if not word or len(word) > _LONGEST:
        return None
    forms = {word, _NOTE.sub("", word)}
    return next((column for column, known in _READ.items() if any(known.fullmatch(form) for form in forms)), None)


def _tail(word: str) -> Column | None:
    """The column that a word which is not known names by its end."""
    word = _NOTE.sub("", word)
    if not word or len(word) > _LONGEST or _OTHER.search(word):
        return None
    return next((column for column, known in _READ_TAILS.items() if known.fullmatch(word)), None)


def _unique(surely: Sequence[Column | None], perhaps: Sequence[Column | None]) -> Columns:
    """Each column once: a known word before one that only ends like one, and of two the first.

    A header that spans two cells names the first. The first of two numbers is the serial, where there is none.
    """
    columns = [column if column not in surely[:n] else None for n, column in enumerate(surely)]
    numbers = [n for n, pair in enumerate(zip(surely, perhaps, strict=True)) if Column.NUMBER in pair]
    if Column.SERIAL not in columns and numbers[1:] and numbers[0] == 0:
        columns[0] = Column.SERIAL
        columns[numbers[1]] = Column.NUMBER
    for n, column in enumerate(perhaps):
        if columns[n] is None and surely[n] is None and column not in columns:
            columns[n] = column
    return tuple(columns)


def kind_of_header(cells: Cells) -> Kind | None:
    """The kind that the words of a header tell: 上线编号 and 登记 are of registrations, 角色 of deep synthesis."""
    words = squeezed("".join(cells))
    if "角色" in words:
        return Kind.DEEP_SYNTHESIS_FILING
    if re.search("算法(?:类别|分类)", words):
        return Kind.ALGORITHM_FILING
    if "算法" in words:
        return None
    registers, files = bool(re.search("上线编号|登记", words)), "备案" in words
    if registers == files:
        return None
    return Kind.GENAI_REGISTRATION if registers else Kind.GENAI_FILING


def kind_of_caption(text: str) -> Kind | None:
    """The kind that a title or caption tells; None where it names none, or filings and registrations alike."""
    words = squeezed(text)
    if len(words) > _LONGEST_CAPTION or ("备案" in words and "登记" in words):
        return None
    return next((kind for kind, pattern in _CAPTIONS if re.search(pattern, words)), None)


def is_on_device(text: str) -> bool:
    """Whether a caption speaks of services inside a device."""
    return _ON_DEVICE.search(squeezed(text)) is not None


def is_cancellation(text: str) -> bool:
    """Whether a title or header speaks of cancelled numbers."""
    return _CANCELLED.search(squeezed(text)) is not None
