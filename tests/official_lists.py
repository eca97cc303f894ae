"""Invented official lists in every layout of the regulator, and real files of them: docx, xlsx, xls, pdf, html, csv, text.

All names are made up. `invented(layout, count, random)` gives rows with the oddities that real lists have; each
field is what a reader must give back.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from random import Random

from pdf_writer import Style, draw
from xls_writer import xls

from extractors.records import Kind
from extractors.registers.rows import RegisterRow

Row = dict[str, str]


@dataclass(frozen=True)
class Layout:
    """One layout: the columns (field and header word), what its rows are, and how wide a page has them."""

    name: str
    columns: tuple[tuple[str, str], ...]
    kind: Kind
    title: str
    shares: tuple[float, ...]
    scope: str | None = None
    cancelled: bool = False

    @property
    def header(self) -> tuple[str, ...]:
        return tuple(word for _, word in self.columns)

    def cells(self, row: Row) -> tuple[str, ...]:
        return tuple(row[field] for field, _ in self.columns)


def _columns(words: str, fields: str) -> tuple[tuple[str, str], ...]:
    return tuple(zip(fields.split(), words.split("|"), strict=True))


_SIX = "serial province product company filing_no date"
_EIGHT = "serial product role company app purpose filing_no remark"
_NARROW = (4, 7, 16, 22, 28, 10)
_WIDE = (4, 14, 9, 14, 16, 20, 16, 12)
FILED_2024 = Layout(
    "filings 2024", _columns("序号|属地|模型名称|备案单位|备案号|备案时间", _SIX), Kind.GENAI_FILING,
    "生成式人工智能服务已备案信息（2024年8月）", _NARROW,
)  # fmt: skip
REGISTERED = Layout(
    "registrations", _columns("序号|属地|应用/功能名称|登记单位|上线编号|登记时间", _SIX), Kind.GENAI_REGISTRATION,
    "生成式人工智能服务已登记信息（2024年8月）", _NARROW,
)  # fmt: skip
FILED_2025 = Layout(
    "filings 2025", _columns("序号|属地|大模型名称|备案单位|备案编号|备案时间", _SIX), Kind.GENAI_FILING,
    "生成式人工智能服务已备案信息（2025年6月）", _NARROW,
)  # fmt: skip
ON_DEVICE = Layout(
    "on device", _columns("序号|属地|大模型名称|备案单位|备案编号|备案时间|适用场景", f"{_SIX} app"), Kind.GENAI_FILING,
    "手机端侧生成式人工智能服务已备案信息（2026年8月）", (*_NARROW, 9), scope="on_device",
)  # fmt: skip
DEEP = Layout(
    "deep synthesis", _columns("序号|算法名称|角色|主体名称|应用产品|主要用途|备案编号|备注", _EIGHT),
    Kind.DEEP_SYNTHESIS_FILING, "境内深度合成服务算法备案清单（2025年3月）", _WIDE,
)  # fmt: skip
ALGORITHM = Layout(
    "algorithms", _columns("序号|算法名称|算法类别|主体名称|应用产品|主要用途|备案编号|备注", _EIGHT),
    Kind.ALGORITHM_FILING, "境内互联网信息服务算法备案清单（2025年3月）", _WIDE,
)  # fmt: skip
CANCELLED = Layout(
    "cancellations", _columns("序号|算法名称|主体名称|备案编号", "serial product company filing_no"), Kind.UNSPECIFIED,
    "关于注销深海数据算法等算法备案编号的公告", (4, 20, 22, 22), cancelled=True,
)  # fmt: skip
LAYOUTS = (FILED_2024, REGISTERED, FILED_2025, ON_DEVICE, DEEP, ALGORITHM, CANCELLED)

_PLACES = (
    ("北京市", "Beijing", "BeiJing", "110108"), ("上海市", "Shanghai", "Shanghai", "310115"),
    ("广东省", "Guangdong", "GuangDong", "440305"), ("浙江省", "Zhejiang", "ZheJiang", "330110"),
    ("江苏省", "Jiangsu", "Jiangsu", "320114"), ("重庆市", "Chongqing", "ChongQing", "500112"),
    ("青海省", "Qinghai", "QingHai", "630104"), ("山西省", "Shanxi", "Shanxi", "140105"),
    ("陕西省", "Shaanxi", "Shaanxi", "610113"), ("广西壮族自治区", "Guangxi", "Guangxi", "450103"),
    ("内蒙古自治区", "NeiMengGu", "NeiMengGu", "150105"), ("国资委", "ZhongYangQiYe", "ZhongYangQiYe", "110101"),
)  # fmt: skip
_STEMS = tuple(
    "岚舟 澄观 砚石 溪言 栖木 汀兰 麦浪 北辰光 云麓 听松 知微 鹿鸣 青禾 星槎 远岫 明烛 拾光 万象 白泽洲 镜湖".split()  # noqa: SIM905
)
_PINYIN = "LanZhou ChengGuan YanShi XiYan QiMu TingLan MaiLang BeiChenGuang YunLu TingSong ZhiWei LuMing".split()  # noqa: SIM905
_PRODUCTS = (
    "{}大模型",
    "{}",
    "{}智能问答助手",
    "“{}”大模型",
    "{}·言",
    "{}（Sail-{}）",
    "{}-GPT {}",
    "{}AI{}",
    "Open {} Chat",
)
_FIRMS = (
    "{place}{}科技有限公司", "{}智能（{place}）信息技术股份有限公司", "{place}{}数据研究院", "{place}{}大学附属第一医院",
    "{}网络有限责任公司{place}分公司", "{place}市{}人工智能创新中心（{place}{}实验室）", "{}集团股份有限公司", "{}（中国）投资有限公司",
)  # fmt: skip
_USES = (
    "应用于在线客服场景，根据用户输入的文本，生成回答内容。",
    "依据用户上传的图片和 AI prompt，生成同风格的新图片，并对生成结果添加标识。",
    "用于视频剪辑中的人像特效、背景替换与配音合成，为创作者提供辅助能力；不向未成年人开放。",
    "--",
)
_REMARKS = ("", "", "", "2024年6月，新增岚舟（小程序）。", "变更内容：主体名称由“溪言网络有限公司”变更。")


def invented(layout: Layout, count: int, random: Random, first: int = 1) -> list[Row]:
    """`count` rows, serials from `first`."""
    return [_row(layout, serial, random) for serial in range(first, first + count)]


def _row(layout: Layout, serial: int, random: Random) -> Row:
    place, *heads, area = random.choice(_PLACES)
    stem = random.choice(_STEMS)
    short = place[:2] if place != "国资委" else "华夏"
    day = date(2024, 5, 1) + timedelta(days=random.randrange(800))
    row = {
        "serial": str(serial),
        "province": place,
        "product": random.choice(_PRODUCTS).format(stem, random.randrange(1, 99)),
        "company": random.choice(_FIRMS).format(stem, random.choice(_STEMS), place=short),
        "filing_no": _number(layout, random, random.choice(heads), area, serial, day),
        "date": f"{day.year}/{day.month}/{day.day}" + ("（补登）" if random.random() < 0.03 else ""),
        "role": random.choice(("服务提供者", "服务技术支持者")),
        "app": f"{stem}（APP）、{stem}（网站）等" if random.random() < 0.7 else "--",
        "purpose": random.choice(_USES),
        "remark": random.choice(_REMARKS),
    }
    if layout is ALGORITHM:
        row["role"] = random.choice(("个性化推送类", "信息检索类", "调度决策类", "排序精选类", "生成合成类"))
    if layout is ON_DEVICE:
        row["app"] = random.choice(("岚舟手机", "溪言手机及平板"))
    return row


def _number(layout: Layout, random: Random, head: str, area: str, serial: int, day: date) -> str:
    if layout in (DEEP, ALGORITHM, CANCELLED):
        return f"网信算备{area}{random.randrange(10**7):07}0{random.randrange(1, 5)}24{serial % 1000:03}{random.randrange(10)}号"
    issued = day - timedelta(days=random.randrange(14, 90))
    name = random.choice(("", "MT-", "Dr.", "Uni-")) + "".join(random.sample(_PINYIN, random.randrange(1, 4)))
    if layout is REGISTERED:
        return f"{head}-{name}-{issued:%Y%m%d}S{serial:04}"
    old = layout is FILED_2024 and random.random() < 0.3
    return f"{head}-{name}-{issued:%Y%m%d}{'' if old else f'{serial:04}'}"


def printed(row: RegisterRow, layout: Layout) -> Row:
    """A row that was read, as the list that it came from prints it."""
    day = "/".join(str(int(part)) for part in (row.date or "").split("-")) if row.date else ""
    fields = {
        "serial": str(row.serial),
        "province": row.province,
        "product": row.product,
        "company": row.company,
        "filing_no": row.filing_no,
        "date": day + ("（补登）" if row.late else ""),
        "role": row.role or "",
        "app": row.app or "--",
        "purpose": row.purpose or "--",
        "remark": row.remark or "",
    }
    return {field: fields[field] for field, _ in layout.columns}


def expected(rows: Sequence[Row], layout: Layout) -> list[Row]:
    """The rows as `printed` gives them back."""
    return [{field: row[field] for field, _ in layout.columns} for row in rows]


Table = tuple[Layout, Sequence[Row]]


def grid_of(tables: Sequence[Table], *, headers: bool = True) -> list[tuple[str, ...]]:
    """All tables as one, the later headers inside the data."""
    return [
        cells for layout, rows in tables for cells in (*([layout.header] if headers else []), *map(layout.cells, rows))
    ]


def as_pdf(tables: Sequence[Table], style: Style) -> bytes:
    def fill(pdf) -> None:
        for layout, rows in tables:
            pdf.title(layout.title)
            pdf.table(layout.header, [layout.cells(row) for row in rows], layout.shares)

    return draw(style, fill)


def as_docx(tables: Sequence[Table], *, one_table: bool = False, pieces: int = 1) -> bytes:
    """A Word document; `one_table` has all rows in one table, `pieces` splits each into several without headers."""
    from docx import Document

    document = Document()
    if one_table:
        document.add_paragraph(tables[0][0].title)
        _docx_table(document, grid_of(tables))
    for layout, rows in () if one_table else tables:
        document.add_paragraph(layout.title)
        cells = [layout.header, *map(layout.cells, rows)]
        step = -(-len(cells) // pieces)
        for start in range(0, len(cells), step):
            _docx_table(document, cells[start : start + step])
            document.add_paragraph()
    return _saved(document)


def _docx_table(document, rows: Sequence[Sequence[str]]) -> None:
    """Rows put in as XML: the library's own way to fill cells takes minutes for a long list."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    body = "".join(
        "<w:tr>" + "".join(f"<w:tc><w:p><w:r><w:t>{escape(cell)}</w:t></w:r></w:p></w:tc>" for cell in row) + "</w:tr>"
        for row in rows
    )
    table = parse_xml(f"<w:tbl {nsdecls('w')}><w:tblPr/><w:tblGrid/>{body}</w:tbl>")
    document.element.body.sectPr.addprevious(table)


def _saved(document) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def as_xlsx(sheets: Sequence[Sequence[Sequence[object]]]) -> bytes:
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        for rows in sheets:
            sheet = workbook.add_worksheet()
            for number, row in enumerate(rows):
                for column, cell in enumerate(row):
                    sheet.write(number, column, cell)
    return buffer.getvalue()


def as_html(tables: Sequence[Table], *, one_table: bool = False) -> bytes:
    def table(rows: Sequence[Sequence[str]]) -> str:
        return (
            "<table>"
            + "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>" for row in rows)
            + "</table>"
        )

    if one_table:
        body = table(grid_of(tables))
    else:
        body = "".join(
            f"<p>{layout.title}</p>{table([layout.header, *map(layout.cells, rows)])}" for layout, rows in tables
        )
    return f'<!doctype html><html><head><meta charset="utf-8"></head><body><p>公告</p>{body}<p>完</p></body></html>'.encode()


def as_csv(tables: Sequence[Table], encoding: str = "utf-8-sig") -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(grid_of(tables))
    return buffer.getvalue().encode(encoding)


def as_text(tables: Sequence[Table], delimiter: str = "\t") -> bytes:
    """A table pasted as text; "\\n" puts each cell on a line of its own."""
    lines = [tables[0][0].title]
    for row in grid_of(tables):
        lines.append(delimiter.join(cell or "-" for cell in row))
    return "\n".join(lines).encode()


def typed(rows: Sequence[Sequence[str]]) -> list[list[str | int]]:
    """Rows as a workbook has them: serials are numbers."""
    return [[int(cell) if cell.isdecimal() else cell for cell in row] for row in rows]


WRITERS: dict[str, Callable[[Sequence[Table]], bytes]] = {
    "docx": as_docx,
    "docx, one table": lambda tables: as_docx(tables, one_table=True),
    "docx, in pieces": lambda tables: as_docx(tables, pieces=5),
    "xlsx": lambda tables: as_xlsx([typed(grid_of(tables))]),
    "xlsx, two sheets": lambda tables: as_xlsx([typed(grid_of([table])) for table in tables]),
    "xls": lambda tables: xls(typed(grid_of(tables))),
    "html": as_html,
    "html, one table": lambda tables: as_html(tables, one_table=True),
    "csv": as_csv,
    "csv in gb18030": lambda tables: as_csv(tables, "gb18030"),
    "tabs": as_text,
    "bars": lambda tables: as_text(tables, " | "),
    "one cell per line": lambda tables: as_text(tables, "\n"),
}
"""Kinds of files that have no pages, each as a list writes it."""
