"""What real lists do: headers inside the data, swapped columns, late additions, damaged numbers, merged cells."""

from __future__ import annotations

import io
from datetime import date

import pytest
from official_lists import as_xlsx

from extractors.records import Kind
from extractors.registers.reading import ListContext, RegisterReading, read_register
from extractors.registers.rows import Oddity, RegisterRow

FILED = ("序号", "属地", "模型名称", "备案单位", "备案号", "备案时间")
REGISTERED = ("序号", "属地", "应用/功能名称", "登记单位", "上线编号", "登记时间")
DEEP = ("序号", "算法名称", "角色", "主体名称", "应用产品", "主要用途", "备案编号", "备注")
ROW = ("1", "浙江省", "棠音大模型", "杭州海棠语音科技有限公司", "ZheJiang-TangYin-202503050001", "2025/4/9")


def read(*rows: tuple[object, ...], **context: object) -> RegisterReading:
    return read_register(as_xlsx([list(rows)]), None, ListContext(**context))  # type: ignore[arg-type]


def one(*cells: object, header: tuple[str, ...] = FILED) -> RegisterRow:
    reading = read(header, cells)
    (row,) = reading.rows
    return row


def html(body: str) -> RegisterReading:
    return read_register(f"<html><body>{body}</body></html>".encode(), None, ListContext())


def table(*rows: tuple[str, ...]) -> str:
    return "<table>" + "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows) + "</table>"


def test_a_header_inside_the_data_changes_the_kind_and_is_no_row() -> None:
    app = ("1", "上海市", "汀兰助手", "上海汀兰网络有限公司", "Shanghai-TingLan-20250303S0001", "2025/3/20")
    reading = read(FILED, ROW, REGISTERED, app)
    assert [(row.kind, row.serial) for row in reading.rows] == [(Kind.GENAI_FILING, 1), (Kind.GENAI_REGISTRATION, 1)]
    assert [series.summary for series in reading.account.series] == [
        "1 filings, serials 1-1",
        "1 registrations, serials 1-1",
    ]
    assert reading.account.adds_up


def test_product_and_holder_in_each_others_column_change_places() -> None:
    swapped = ("2", "广东省", "深圳溪言科技股份有限公司", "溪言写作", "Guangdong-XiYan-202503050002", "2025/4/9")
    first, second = read(FILED, ROW, swapped).rows
    assert (second.product, second.company) == ("溪言写作", "深圳溪言科技股份有限公司")
    assert (first.oddities, second.oddities) == ((), (Oddity.SWAPPED,))


@pytest.mark.parametrize(
    ("product", "company"),
    [
        ("水务大模型", "水文信息中心（水资源监测中心）"),
        ("AI医院", "知微健康"),
        ("阳光清言", "高原大学"),
        ("无用", "上海岚舟科技有限公司"),
    ],
)
def test_a_holder_of_another_name_is_not_swapped(product: str, company: str) -> None:
    row = one(*ROW[:2], product, company, *ROW[4:])
    assert (row.product, row.company, row.oddities) == (product, company, ())


@pytest.mark.parametrize("printed", ["2025/6/30（补登）", "2025/6/30(补登)", "2025年6月30日 补登", "2025-06-30补登"])
def test_a_late_addition_is_marked(printed: str) -> None:
    row = one(*ROW[:5], printed)
    assert (row.date, row.late, row.oddities) == ("2025-06-30", True, ())


@pytest.mark.parametrize(
    ("number", "oddity"),
    [
        ("ZheJiang-HuaShuShiHua-20250609000026", Oddity.DAMAGED_NUMBER),
        ("ZheJiang-SiWeiZhiSuanYun-", Oddity.DAMAGED_NUMBER),
        ("Beijing-CarrotTwo-202407030002", Oddity.OTHER_PROVINCE),
        ("Zhejaing-TangYin-202503050001", Oddity.UNKNOWN_HEAD),
        ("ZheJiang-TangYin-20250305S0001", Oddity.OTHER_KIND),
        ("", Oddity.NO_NUMBER),
    ],
)
def test_an_odd_number_is_kept_as_printed_and_flagged(number: str, oddity: Oddity) -> None:
    row = one(*ROW[:4], number, ROW[5])
    assert (row.filing_no, row.oddities, row.kind) == (number, (oddity,), Kind.GENAI_FILING)


@pytest.mark.parametrize("head", ["ZheJiang", "Zhejiang", "ZHEJIANG"])
def test_spellings_of_a_province_are_one(head: str) -> None:
    assert one(*ROW[:4], f"{head}-TangYin-202503050001", ROW[5]).oddities == ()


def test_the_date_in_a_number_is_never_the_date_of_approval() -> None:
    reading = read(FILED, (*ROW[:5], ""), published=date(2025, 5, 13))
    assert reading.rows[0].date is None
    assert reading.account.problems == ("1 row: its date can't be read (serial 1)",)


def test_rows_without_a_date_have_the_day_of_their_list_and_the_province_of_their_number() -> None:
    cells = (
        "1",
        "棠音合成算法",
        "服务提供者",
        "杭州海棠语音科技有限公司",
        "棠音（APP）",
        "配音。",
        "网信算备330110507206401230027号",
        "",
    )
    (row,) = read(DEEP, cells, published=date(2025, 5, 13)).rows
    assert (row.date, row.province, row.kind) == ("2025-05-13", "浙江", Kind.DEEP_SYNTHESIS_FILING)


def test_two_kinds_of_tables_with_the_same_number() -> None:
    number = "网信算备110108413760701220011号"
    deep = ("1", "短视频合成算法", "服务提供者", "北京澄观科技有限公司", "澄观（APP）", "合成。", number, "")
    (row,) = read(DEEP, deep).rows
    classed = (*DEEP[:2], "算法类别", *DEEP[3:])
    (other,) = read(classed, (*deep[:2], "生成合成类", *deep[3:])).rows
    assert (row.kind, other.kind) == (Kind.DEEP_SYNTHESIS_FILING, Kind.ALGORITHM_FILING)


def test_an_on_device_table_says_its_scope() -> None:
    row = one(*ROW, "海棠手机", header=(*FILED, "适用场景"))
    assert (row.scope, row.app) == ("on_device", "海棠手机")


def test_where_only_a_title_tells_the_kind_the_number_knows_better() -> None:
    header = ("序号", "属地", "名称", "单位", "编号", "时间")
    app = ("2", "浙江省", "汀兰助手", "浙江汀兰网络有限公司", "Zhejiang-TingLan-20250303S0001", "2025/3/20")
    reading = read(header, ROW, app, title="浙江省生成式人工智能服务备案信息")
    assert [row.kind for row in reading.rows] == [Kind.GENAI_FILING, Kind.GENAI_REGISTRATION]


def test_a_column_that_is_not_known_is_said_to_be_left_out() -> None:
    reading = read((*FILED, "联系电话"), (*ROW, "12345"))
    assert reading.account.problems == ("not taken: the column '联系电话', which is not known",)


def test_titles_notes_and_sums_inside_a_table_are_no_rows() -> None:
    reading = read(("附件：已备案信息",), FILED, ROW, ("合计：1款", "", "", "", "", ""), ("注：以上为本月信息。",))
    assert len(reading.rows) == 1
    assert reading.account.adds_up
    assert [stated.value for stated in reading.account.stated] == [1]


def test_a_filing_number_outside_of_any_table_is_not_passed_over() -> None:
    reading = html(table(FILED, ROW) + "<p>2 浙江 岚舟 ZheJiang-LanZhou-202503050002 2025/4/9</p>")
    assert ["outside of any table" in problem for problem in reading.account.problems] == [True]


def test_a_row_with_two_numbers_is_refused() -> None:
    both = f"{ROW[4]} ZheJiang-LanZhou-202503050002"
    reading = read(FILED, (*ROW[:4], both, ROW[5]))
    assert reading.rows == ()
    assert reading.refused[0].cells[4] == both


def test_a_list_of_blockchain_services_gives_no_row_and_says_why() -> None:
    reading = read(FILED, ("1", "北京", "棠音链", "北京棠音科技有限公司", "京网信备11010519000123450018号", "2025/4/9"))
    assert reading.rows == ()
    assert "blockchain" in reading.refused[0].reason
    assert reading.account.problems


def test_tables_that_lay_out_the_page_are_no_rows() -> None:
    menu = table(("首页", "新闻", "服务", "互动"), ("政策", "解读", "公告", "专题"))
    reading = html(f"<table><tr><td>{menu}</td></tr><tr><td>{table(FILED, ROW)}</td></tr></table>")
    assert (len(reading.rows), reading.account.problems) == (1, ())


def test_cells_that_reach_down_say_the_same_in_each_row() -> None:
    body = (
        "<table><tr>" + "".join(f"<th>{word}</th>" for word in FILED) + "</tr>"
        "<tr><td>1</td><td rowspan=2>浙江省</td><td>棠音</td><td rowspan=2>杭州海棠语音科技有限公司</td>"
        "<td>Zhejiang-TangYin-202503050001</td><td>2025/4/9</td></tr>"
        "<tr><td>2</td><td>棠笔</td><td>Zhejiang-TangBi-202503050002</td><td>2025/4/9</td></tr></table>"
    )
    assert [(row.province, row.company, row.product) for row in html(body).rows] == [
        ("浙江省", "杭州海棠语音科技有限公司", "棠音"),
        ("浙江省", "杭州海棠语音科技有限公司", "棠笔"),
    ]


def docx(*tables: str) -> bytes:
    from docx import Document
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    document = Document()
    for rows in tables:
        document.element.body.sectPr.addprevious(parse_xml(f"<w:tbl {nsdecls('w')}>{rows}</w:tbl>"))
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def cell(text: str, properties: str = "", inner: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}<w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>"


def line(*cells: str) -> str:
    return f"<w:tr>{''.join(c if c.startswith('<') else cell(c) for c in cells)}</w:tr>"


def test_merged_cells_of_a_document() -> None:
    down, on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    title = cell("已备案信息", '<w:gridSpan w:val="6"/>')
    second = ("2", cell("", on), "棠笔", cell("", on), "Zhejiang-TangBi-202503050002", "2025/4/9")
    body = docx(
        line(title) + line(*FILED) + line("1", cell(ROW[1], down), ROW[2], cell(ROW[3], down), *ROW[4:]) + line(*second)
    )
    reading = read_register(body, None, ListContext())
    assert [(row.province, row.company) for row in reading.rows] == [(ROW[1], ROW[3])] * 2
    assert reading.account.adds_up


def test_a_table_inside_a_cell_and_rows_inside_controls() -> None:
    from docx.oxml.ns import nsdecls

    inner = f"<w:tbl {nsdecls('w')}>{line(*FILED)}<w:sdt><w:sdtContent>{line(*ROW)}</w:sdtContent></w:sdt></w:tbl>"
    reading = read_register(docx(line(cell("", inner=inner))), None, ListContext())
    assert [row.product for row in reading.rows] == [ROW[2]]


def test_deleted_text_is_gone_and_inserted_text_is_there() -> None:
    changed = (
        "<w:tc><w:p><w:del><w:r><w:delText>旧名</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>棠音</w:t></w:r></w:ins></w:p></w:tc>"
    )
    reading = read_register(docx(line(*FILED) + line("1", ROW[1], changed, *ROW[3:])), None, ListContext())
    assert reading.rows[0].product == "棠音"


def test_serials_that_word_counts_by_itself() -> None:
    counted = '<w:tc><w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="4"/></w:numPr></w:pPr></w:p></w:tc>'
    reading = read_register(docx(line(*FILED) + line(counted, *ROW[1:]) + line(counted, *ROW[1:])), None, ListContext())
    assert [row.serial for row in reading.rows] == [1, 2]


def test_a_name_broken_over_paragraphs_of_a_cell_is_one() -> None:
    broken = "<w:tc><w:p><w:r><w:t>杭州海棠语音</w:t></w:r></w:p><w:p><w:r><w:t>科技有限公司</w:t></w:r></w:p></w:tc>"
    reading = read_register(docx(line(*FILED) + line(*ROW[:3], broken, *ROW[4:])), None, ListContext())
    assert reading.rows[0].company == "杭州海棠语音科技有限公司"


def test_a_workbook_has_numbers_and_dates_of_its_own() -> None:
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(2, 1, FILED)
        sheet.write_row(3, 1, (1.0, *ROW[1:5]))
        sheet.write_datetime(3, 6, date(2025, 4, 9), workbook.add_format({"num_format": "yyyy/m/d"}))
        sheet.write_row(4, 1, (2.0, "", "棠笔", ROW[3], "Zhejiang-TangBi-202503050002", "2025/4/9"))
        sheet.merge_range(3, 2, 4, 2, ROW[1])
    reading = read_register(buffer.getvalue(), None, ListContext())
    assert [(row.serial, row.date, row.province) for row in reading.rows] == [
        (1, "2025-04-09", ROW[1]),
        (2, "2025-04-09", ROW[1]),
    ]
    assert reading.account.adds_up


def test_lists_are_named_by_their_month() -> None:
    body = as_xlsx([[FILED, ROW]])
    assert (
        read_register(body, "生成式人工智能服务已备案信息（2025年4月）.docx", ListContext()).rows[0].list == "2025-04"
    )
    assert read_register(body, None, ListContext(published=date(2025, 5, 13))).rows[0].list == "2025-05"
    assert read_register(body, None, ListContext()).rows[0].list == ""
