"""Header words: which column of an official table holds what, whatever its place."""

from __future__ import annotations

import re
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
    Column.SERIAL: r"序号?|编次|行号|no\.?|#|serial",
    Column.KIND: rf"kind|(?:{_STEP}|办理|手续|[/、或])*(?:类型|事项|手续)",
    Column.LIST: r"batch|list|批次",
    Column.ROLE: r"(?:主体|服务)?角色|(?:算法)?(?:类别|分类)|role|class",
    Column.APP: r"应用产品(?:名称)?|app",
    Column.PURPOSE: r"(?:主要|算法)*用途(?:说明)?|主要功能|purpose",
    Column.PLACE: r"适用(?:场景|终端|设备|范围|品牌)",
    Column.SCOPE: "scope",
    Column.REMARK: r"备注(?:信息)?|说明|变更(?:内容|情况)|remarks?|notes?",
    Column.PROVINCE: r"(?:所属|所在)?(?:属地|省份?|地区|地域|省市|省区市|地方)|所在地|省\(区、市\)|province|region",
    Column.DATE: rf"{_STEP}*(?:时间|日期|年月日)|date",
    Column.NUMBER: rf"(?:算法|模型|服务|统一|{_STEP})*(?:编号|编码|号码|(?<=备案)号|(?<=登记)号)|filing_?no\.?|number",
    Column.COMPANY: rf"(?:{_STEP}|申请|申报|主办|运营|开发|服务|责任|所属|提供|法人)*"
    r"(?:单位|主体|公司|企业|机构|厂商|运营者|运营方|提供者|开发者|申请人)(?:名称|全称)?|company",
    Column.PRODUCT: rf"(?:{_THING})*名称|(?:大?模型|应用|产品|算法|服务|应用/功能)|product",
}
_READ = {column: re.compile(pattern) for column, pattern in _WORDS.items()}
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

    A header has three or more known names, or two in a table of two columns; one of them is the product, the holder or
    the number, and no cell has a digit in it.
    """
    words = [squeezed(cell).lower() for cell in cells]
    filled = [word for word in words if word]
    if len(filled) < 2 or any(len(word) > _LONGEST or re.search(r"\d", word) for word in filled):
        return None
    columns = _unique([column_of(word) for word in words])
    known = {column for column in columns if column}
    enough = len(known) >= 3 or len(known) == len(cells)
    needed = known & {Column.PRODUCT, Column.COMPANY, Column.NUMBER}
    return columns if enough and needed and len(known) * 5 >= len(filled) * 3 else None


def column_of(cell: str) -> Column | None:
    """The column that one header word names."""
    word = squeezed(cell).lower()
    if not word or len(word) > _LONGEST:
        return None
    forms = {word, _NOTE.sub("", word)}
    return next((column for column, known in _READ.items() if any(known.fullmatch(form) for form in forms)), None)


def _unique(columns: list[Column | None]) -> Columns:
    """Each column once: a header that spans two cells names the first."""
    return tuple(column if column not in columns[:n] else None for n, column in enumerate(columns))


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
