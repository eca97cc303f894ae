from extractors.understand.sentences import lines_of
from extractors.understand.tables import Table, find_tables


def tables(text: str) -> list[Table]:
    return find_tables(text, list(lines_of(text)))


def cells(text: str, table: Table) -> list[dict[str, str]]:
    return [{role: text[cell.start : cell.end] for role, cell in row.cells.items()} for row in table.rows]


BAR = (
    "属地 | 应用名称 | 登记单位 | 调用模型 | 上线编号\n厦门 | 鹭语 "
    "| 厦门白鹭湾科技有限公司 | 豆包 | N1\n泉州 | 刺桐 | 泉州海湾有限公司 "
    "| 混元 | N2\n以上。"
)
WANTED = [
    {"place": "厦门", "product": "鹭语", "company": "厦门白鹭湾科技有限公司", "number": "N1"},
    {"place": "泉州", "product": "刺桐", "company": "泉州海湾有限公司", "number": "N2"},
]


def test_bars_and_tabs_and_wide_blanks() -> None:
    for delimiter in (" | ", "\t", "    "):
        text = BAR.replace(" | ", delimiter)
        (table,) = tables(text)
        assert cells(text, table) == WANTED
        assert text[table.end :] == "\n以上。"


def test_one_cell_per_line() -> None:
    text = (
        "附件1  已备案服务\n序号\n模型名称\n备案单位\n备案编号\n1\n鹭语\n白鹭湾公司\nN-1\n2\n鹭画\n白鹭湾公司\nN-2\n特此公告。"
        "\n"
    )
    (table,) = tables(text)
    assert [row["product"] for row in cells(text, table)] == ["鹭语", "鹭画"]


def test_rows_that_name_their_columns() -> None:
    text = "算法名称：鹭语合成算法；角色：服务提供者；主体名称：白鹭湾公司；备案编号：N-1\n"
    (table,) = tables(text)
    assert cells(text, table) == [{"product": "鹭语合成算法", "company": "白鹭湾公司", "number": "N-1"}]


def test_repeated_header_is_no_row() -> None:
    text = "公司 | 产品 | 编号\n甲 | 子 | N1\n公司 | 产品 | 编号\n乙 | 丑 | N2\n"
    (table,) = tables(text)
    assert [row["company"] for row in cells(text, table)] == ["甲", "乙"]


def test_prose_is_no_table() -> None:
    assert tables("公司说，产品很好。\n没有编号。\n") == []
