import pytest

from extractors.understand.counts import find_batch, find_counts


def counted(text: str, language: str) -> list[tuple[int, bool | None]]:
    return [(count.value, count.cumulative) for count in find_counts(text, 0, len(text), language)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("本批共14款大模型", [(14, False)]),
        ("累计超过40款", [(40, True)]),
        ("截至9月30日，共有538款服务完成备案", [(538, True)]),
        ("新增备案3款、登记9款", [(3, False), (9, False)]),
        ("已达一百九十多款", [(190, True)]),
        ("第十三批算法备案清单公布，一共412项", [(412, False)]),
        ("上半年新增备案超过130款", [(130, False)]),
        ("登记应用新增14款，总数33款", [(14, False), (33, True)]),
        ("全省登记应用达17款", [(17, True)]),
        ("另有约230款应用完成登记", [(230, None)]),
        ("成为贵州第12款备案大模型", [(12, True)]),
        ("是全省第十九款", [(19, True)]),
        ("甘肃今年第二款、累计第五款备案大模型", [(5, True)]),
        ("为青海首家。", [(1, True)]),
        ("网信办再批出11个人工智能模型", [(11, False)]),
        ("注册用户8万个，另有客户500000家", []),
        ("历时三个月、九个环节", []),
        ("尚不足二十款", []),
        ("平均每天两款", []),
        ("一、备案（2款）；二、登记（3项）", [(2, False), (3, False)]),
        ("备案总数由6款增加到8款", [(8, True)]),
        ("加上往年，全省合计四十七项", [(47, True)]),
        ("6月末的口径是备案439款、登记233款", [(439, True), (233, True)]),
        ("另有17款功能完成登记，累计登记88款", [(17, False), (88, True)]),
        ("今年全省共有5款模型通过备案", [(5, False)]),
        ("网信办昨日更新截至3月底的资料，全省备案模型96款", [(96, True)]),
        ("总数由31款增加为35款", [(35, True)]),
        ("系全疆首款登记应用。", [(1, True)]),
        ("“雪莲”完成备案，青海实现零的突破", [(1, True)]),
        ("是自治区今年第六款", [(6, True)]),
    ],
)
def test_chinese_counts(text: str, expected: list[tuple[int, bool | None]]) -> None:
    assert counted(text, "zh") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The office cleared 14 more large language models", [(14, False)]),
        ("bringing the city's total to 82", [(82, True)]),
        ("over 40 Chinese AI models have been approved so far", [(40, True)]),
        ("The province has three more models, nine of which were added", [(3, False), (9, False)]),
        ("which takes the city to 38", [(38, True)]),
        ("Applications registered there came to 84", [(84, True)]),
        ("the tally stood at 51", [(51, True)]),
        ("China had 611 filed services at the end of June", [(611, True)]),
        ("The regulator has approved 117 models", [(117, True)]),
        ("Another 105 apps had been registered", [(105, None)]),
        ("Another 49 apps were registered over the same two months", [(49, False)]),
        ("A total of 212 services were filed in the first half", [(212, False)]),
        ("becoming the first generative service from Qinghai to do so", [(1, True)]),
        ("the notice of May 15 names twelve new filings", [(12, False)]),
        ("Hubei ended the year with 24 filed and 61 registered services", [(24, True), (61, None)]),
        ("TABLE A: 17 new services, 207 in all", [(17, False), (207, True)]),
        ("taking the running totals to 809 and 479", [(809, True), (479, True)]),
        ("which bring the city's filed services to 211", [(211, True)]),
        ("It fined the operator 80,000 yuan; 500,000 approvals", []),
        ("The province's total is now 64", [(64, True)]),
        ("Gansu now has 26 approved AI models, adding three in May", [(26, True), (3, False)]),
        ("Anhui had 41 filed models, up five in the month", [(41, True), (5, False)]),
        ("The region's register grew by 13 in July", [(13, False)]),
        ("At the year's end 512 had been filed", [(512, True)]),
        ("nine apps had been registered in March", [(9, False)]),
        ("In total, 23 were registered in the quarter and 301 to date", [(23, False), (301, True)]),
        ("Filed in June (4): a poet, a cook and two clerks", [(4, False)]),
        ("Cumulative registrations in the city: 58", [(58, True)]),
        ("The register holds 77 entries", [(77, True)]),
        ("Local registrations rose to 145 from 90", [(145, True)]),
        ("It is the 31st model to be filed in Hunan", [(31, True)]),
        ("Lantern is the fourth in the province", [(4, True)]),
        ("eleven filings, of which three belong to members", [(11, None)]),
        ("It opened five days after its rival model", []),
        ("List seven of the deep synthesis algorithms", []),
        ("Registration takes four to ten weeks", []),
        ("in 2024 the company raised $15 million", []),
    ],
)
def test_english_counts(text: str, expected: list[tuple[int, bool | None]]) -> None:
    assert sorted(counted(text, "en")) == sorted(expected)


def test_batches() -> None:
    zh, en = "第四批名单与首批相比", "the fourth batch, after the inaugural round and a sixth AI batch"
    assert [rank for _, rank in find_batch(zh, 0, len(zh), "zh")] == [4, 1]
    assert [rank for _, rank in find_batch(en, 0, len(en), "en")] == [4, 1, 6]
