from hypothesis import given
from hypothesis import strategies as st

from extractors.lines import article_from_line
from extractors.understand.lexicon import Lexicon
from extractors.understand.reading import read
from extractors.understand.rows import read_tables
from extractors.understand.rule_entities import RuleEntities
from extractors.understand.sentences import lines_of
from extractors.understand.tables import Table, find_tables

DONE = "省网信办消息，以下生成式人工智能服务已完成备案：\n"


def tables(text: str) -> list[Table]:
    return find_tables(text, list(lines_of(text)))


def cells(text: str, table: Table) -> list[dict[str, str]]:
    return [{role: text[cell.start : cell.end] for role, cell in row.cells.items()} for row in table.rows]


def told(text: str, title: str = "") -> list[tuple[str | None, str | None, str]]:
    """Company, product and status of every row of an article."""
    lexicon = Lexicon.build([])
    line = {"id": "t", "title": title, "published": "2025-05-20", "text": text, "lang": "zh"}
    reading = read(article_from_line(line), lexicon, lambda: RuleEntities(lexicon), {})
    return [
        (
            text[draft.company.start : draft.company.end] if draft.company else None,
            text[slice(*draft.product)] if draft.product else None,
            draft.status.value,
        )
        for draft in read_tables(reading, lexicon)
    ]


BAR = (
    "属地 | 应用名称 | 登记单位 | 调用模型 | 上线编号\n厦门 | 鹭语 "
    "| 厦门白鹭湾科技有限公司 | 豆包 | N1\n泉州 | 刺桐 | 泉州海湾有限公司 "
    "| 混元 | N2\n以上。"
)
WANTED = [
    {"place": "厦门", "product": "鹭语", "company": "厦门白鹭湾科技有限公司", "number": "N1"},
    {"place": "泉州", "product": "刺桐", "company": "泉州海湾有限公司", "number": "N2"},
]


def test_bars_and_tabs_and_wide_blanks_and_dashes() -> None:
    for delimiter in (" | ", "\t", "    ", "——"):
        text = BAR.replace(" | ", delimiter)
        (table,) = tables(text)
        assert cells(text, table) == WANTED
        assert text[table.end :] == "\n以上。"


def test_a_single_ideographic_space_parts_columns() -> None:
    text = "序号　主体名称　算法名称　备案编号\n1　岚桥有限公司　岚音变声算法　网信算备110105447102301250055号\n"
    assert told("国家网信办公布深度合成服务算法备案清单：\n" + text) == [("岚桥有限公司", "岚音变声算法", "approved")]


def test_prose_with_colons_is_no_record() -> None:
    text = "最长主体：兰州铁路局（“轨语”，11月备案）。最短产品名：一个字，“酌”，江阳酒城，9月备案。"
    assert tables(text) == []


def test_a_column_of_who_filed() -> None:
    text = "No. | City | Model | Filed by | Date\n1 | Jinan | Luban | Lantern Roads | 2024-08-19\n"
    assert cells(text, tables(text)[0])[0]["company"] == "Lantern Roads"


def test_one_cell_per_line() -> None:
    text = (
        "附件1  已备案服务\n序号\n模型名称\n备案单位\n备案编号\n1\n鹭语\n白鹭湾公司\nN-1\n2\n鹭画\n白鹭湾公司\nN-2\n特此公告。"
        "\n"
    )
    (table,) = tables(text)
    assert [row["product"] for row in cells(text, table)] == ["鹭语", "鹭画"]


def test_a_provider_column_is_the_company_and_a_role_column_is_not() -> None:
    text = "算法名称|角色|服务提供者|备案编号\n鹭语算法|服务技术支持者|白鹭湾公司|N1\n"
    (table,) = tables(text)
    assert cells(text, table) == [{"product": "鹭语算法", "company": "白鹭湾公司", "number": "N1"}]


def test_the_one_column_that_its_head_does_not_tell() -> None:
    text = "Maker | Toy brain | Status | Where\nEgret Toys | Egret Core | filed | Fujian\n"
    (table,) = tables(text)
    assert cells(text, table)[0]["product"] == "Egret Core"


def test_a_header_of_other_columns_begins_another_table() -> None:
    text = "公司 | 产品 | 编号\n甲 | 子 | N1\n产品名称 | 登记单位 | 上线编号\n丑 | 乙 | N2\n"
    assert [row["company"] for table in tables(text) for row in cells(text, table)] == ["甲", "乙"]


def test_repeated_header_is_no_row() -> None:
    text = "公司 | 产品 | 编号\n甲 | 子 | N1\n公司 | 产品 | 编号\n乙 | 丑 | N2\n"
    (table,) = tables(text)
    assert [row["company"] for row in cells(text, table)] == ["甲", "乙"]


def test_records_on_one_line() -> None:
    wanted = [{"product": "鹭语合成算法", "company": "白鹭湾公司", "number": "N-1"}]
    for comma in ("；", "，", " / "):
        text = comma.join(["1、算法名称：鹭语合成算法", "角色：服务提供者", "主体名称：白鹭湾公司", "备案编号：N-1"])
        (table,) = tables(text + "。\n")
        assert cells(text, table) == wanted


def test_english_records() -> None:
    text = "Model: Egret / Provider: Egret Bay Co., Ltd. / Number: N-1\n"
    (table,) = tables(text)
    assert cells(text, table) == [{"product": "Egret", "company": "Egret Bay Co., Ltd.", "number": "N-1"}]


RECORD = "算法名称：鹭{n}算法\n角色：服务提供者\n主体名称：白鹭湾公司\n应用产品：鹭鸣（APP）\n备案编号：N-{n}\n"


def test_records_over_several_lines() -> None:
    blank = "\n".join(RECORD.format(n=n) for n in (1, 2))
    numbered = "".join(f"{n}. " + RECORD.format(n=n) for n in (1, 2))
    repeated = "".join(RECORD.format(n=n) for n in (1, 2))
    for text in (blank, numbered, repeated):
        (table,) = tables(text + "上述信息如有疑议，请来信。\n")
        assert [(row["product"], row["number"]) for row in cells(text, table)] == [
            ("鹭1算法", "N-1"),
            ("鹭2算法", "N-2"),
        ]


def test_headings_part_records() -> None:
    text = "——推送类——\n" + RECORD.format(n=1) + "——调度类——\n" + RECORD.format(n=2)
    assert [row["number"] for table in tables(text) for row in cells(text, table)] == ["N-1", "N-2"]


def test_pairs_that_are_no_record_of_a_product() -> None:
    assert tables("参与单位名称：白鹭湾公司\n时间：2025年7月11日\n地点：会议室\n") == []


def test_the_company_of_records_stands_above_them() -> None:
    text = "厦门白鹭湾股份有限公司的两项算法通过深度合成服务算法备案，情况如下：\n"
    text += "1、算法名称：鹭语算法；备案编号：网信算备350203771204501250017号。\n"
    assert told(text) == [("厦门白鹭湾股份有限公司", "鹭语算法", "approved")]


ITEMS = (
    "1．{a}——{b}，9月4日；\n2．{c}——{d}，8月15日。\n",
    "（一）{a}，{b}；\n（二）{c}，{d}。\n",
    "①{a}｜{b}\n②{c}｜{d}\n",
    "· {a}（{b}）\n· {c}（{d}）\n",
    "· {a}，主体：{b}，服务提供者；\n· {c}，主体：{d}，服务技术支持者。\n",
    "{a}——{b}\n{c}——{d}\n",
)
NAMES = {"a": "鹭语", "b": "厦门白鹭湾科技有限公司", "c": "“刺桐”", "d": "泉州大学"}


def test_items_of_every_shape_in_either_order() -> None:
    turned = dict(zip("abcd", [NAMES[key] for key in "badc"], strict=True))
    for names in (NAMES, turned):
        for shape in ITEMS:
            if names is turned and "主体：" in shape:
                continue
            assert told(DONE + shape.format(**names)) == [
                ("厦门白鹭湾科技有限公司", "鹭语", "approved"),
                ("泉州大学", "刺桐", "approved"),
            ]


def test_a_company_before_a_quoted_product() -> None:
    text = DONE + "1. 泉州海湾有限公司“刺桐”港务大模型，备案号Fujian-CiTong-202505060001；\n"
    assert told(text) == [("泉州海湾有限公司", "“刺桐”港务大模型", "approved")]


def test_joint_companies_and_several_products() -> None:
    text = DONE + "1．鹭语——泉州大学、厦门白鹭湾科技有限公司联合申报；\n2．“刺桐”“涨海”——泉州海湾有限公司。\n"
    assert told(text) == [
        ("泉州大学", "鹭语", "approved"),
        ("厦门白鹭湾科技有限公司", "鹭语", "approved"),
        ("泉州海湾有限公司", "刺桐", "approved"),
        ("泉州海湾有限公司", "涨海", "approved"),
    ]


def test_the_heading_decides() -> None:
    items = "1. 鹭语——厦门白鹭湾科技有限公司\n2. 刺桐——泉州大学\n"
    for heading, status in (
        ("二、完成登记（2款）", "approved"),
        ("三、正在办理", "pending"),
        ("四、未通过", "pending"),
        ("（五）注销", "revoked"),
        ("六、完成变更", "amended"),
        ("合作伙伴", "other"),
    ):
        assert {row[2] for row in told(DONE + heading + "\n" + items)} == {status}, heading


def test_cancelled_and_changed_records() -> None:
    text = DONE + RECORD.format(n=1) + "注销原因：业务终止\n\n" + RECORD.format(n=2) + "变更内容：名称\n"
    assert [row[2] for row in told(text)] == ["revoked", "amended"]


def test_status_column() -> None:
    text = DONE + "产品|公司|状态\n甲|甲公司|已备案\n乙|乙公司|不予登记\n丙|丙公司|院内使用\n丁|丁公司|已注销\n"
    assert [row[2] for row in told(text)] == ["approved", "pending", "neutral", "revoked"]


def test_permits_of_another_kind() -> None:
    text = (
        "已取得下列许可：\n事项|持有人|编号\n增值电信业务经营许可证|甲公司|B2-1\n"
        "生成式人工智能服务备案（鹭语）|甲公司|Fujian-LuYu-202505060001\n"
    )
    assert told(text) == [("甲公司", None, "other"), ("甲公司", "鹭语", "approved")]


def test_a_list_without_news_of_an_approval_tells_none() -> None:
    assert {row[2] for row in told("网信办介绍了生成式人工智能服务。\n" + ITEMS[0].format(**NAMES))} == {"neutral"}


def test_prose_is_no_table() -> None:
    for text in (
        "公司说，产品很好。\n没有编号。\n",
        "1. 白鹭湾公司：拟回购股份\n2. 泉州海湾有限公司：大模型完成备案\n3. 股东大会批准议案\n",
        "1、登录平台，填写单位信息；\n2、提交材料，等待审核。\n",
        "1. 张三，清华大学\n2. 李小四，泉州大学\n",
        "1. 客户：泉州海湾有限公司\n2. 投资方：厦门白鹭湾科技有限公司\n",
        "- Egret Maths and Egret Essay, Tianjin\n- Drum, by Foshan maker Guqu & Sons\n",
    ):
        assert tables(text) == []


@given(
    st.lists(
        st.sampled_from(
            [
                "1. ",
                "（一）",
                "——",
                "\t",
                "：",
                "；",
                "，",
                "\n",
                "\n\n",
                "“",
                "”",
                "（",
                "）",
                "算法名称",
                "主体名称",
                "白鹭湾公司",
                "鹭语",
                "备案编号",
                "9月4日",
                " ",
                "Fujian-LuYu-202505060001",
            ]
        ),
        max_size=40,
    ).map("".join)
)
def test_tables_lie_in_order_within_the_text(text: str) -> None:
    at = 0
    for table in tables(text):
        assert at <= table.start < table.end <= len(text)
        assert all(table.start <= row.start < row.end <= table.end for row in table.rows)
        for row in table.rows:
            assert all(row.start <= cell.start < cell.end <= row.end for cell in row.cells.values())
        at = table.end
