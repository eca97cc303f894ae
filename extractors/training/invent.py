"""Invented names: the same sentences with other companies and products in them, so that contexts are learnt."""

from __future__ import annotations

import random
from dataclasses import replace

from extractors.training.corpus import Annotated, Labelled, Truth, labelled
from extractors.understand.chars import language_of, plain

_FIRST = (
    "云星海智天数光华瑞恒博明远新科创图灵思源深维知行清元蓝鲸山川江河鹿鸣木舟羽青禾田火石月白风铃晨曦岚岫汀沐泽泓澄朗溪澜"
    "安宁和与及同众合力万方大中小东西南北金银铜铁春夏秋冬花鸟鱼虫松竹梅兰龙凤虎豹马牛羊猫犬雪霜雨露茶酒米麦桥塔楼阁书画琴棋"
    "一三七九百千朴素真言语声音影像镜灯火种子根叶果实红黄绿紫乐喜爱闻道问学海阔飞跃腾达通顺捷迅巧工匠心手足耳目口"
)
_PLACES = (
    "北京", "上海", "天津", "重庆", "杭州", "深圳", "深圳市", "广州", "成都", "苏州", "武汉", "南京", "西安", "湖南", "安徽省",
    "青岛", "厦门", "合肥高新", "义乌市", "昆明", "贵州", "山东", "宁波", "福建", "江西", "内蒙古", "新疆", "香港", "无锡", "佛山市",
)  # fmt: skip
_TRADES = (
    "科技", "智能", "信息技术", "数科", "云", "网络", "文化传媒", "健康", "教育", "医疗", "数据", "人工智能", "软件", "影像", "声学",
    "农业", "能源", "法律科技", "机器人", "文旅", "物流", "出行", "互动", "玩具", "茶业", "数字", "生物", "材料", "电子商务", "速运",
)  # fmt: skip
_LEGAL = ("有限公司", "股份有限公司", "有限责任公司", "集团有限公司", "（集团）股份有限公司")
_BODIES = (
    "大学", "理工大学", "师范大学", "医院", "第一人民医院", "中医院", "研究院", "日报社", "报业集团", "广播电视台", "图书馆", "博物院",
    "城投集团", "农商银行", "国家实验室", "科学院自动化所", "地铁集团", "水务集团", "出版社", "气象局", "能源集团", "文投控股",
)  # fmt: skip
_ENGLISH = (
    "Lumi", "Nova", "Deep", "Omni", "Zeta", "Vox", "Kilo", "Aero", "Mind", "Star", "Cedar", "Amber", "Jade", "Harbor", "Pine", "River",
    "Moon", "Cloud", "Quiet", "Bright", "Iron", "Silk", "Tea", "Heron", "Crane", "Panda", "Lotus", "Orchid", "Granite", "Maple",
)  # fmt: skip
_ENGLISH_LAST = ("Tech", "AI", "Lab", "Labs", "fold", "Works", "Robotics", "Health", "Data", "Intelligence", "Media", "Cloud", "Group", "")
_ENGLISH_PLACES = ("Beijing", "Shanghai", "Hangzhou", "Shenzhen", "Chengdu", "Suzhou", "Wuhan", "Guangzhou", "Hunan", "Anhui", "Xiamen")
_PRODUCT_TAILS = ("", "", "", "", "大模型", "语音合成算法", "视频生成算法", "图像修复算法", "推荐算法", "智能体", "问答", "助手", "GPT", "小助", "AI", "老师", "通", "宝", "对话模型", "生成合成算法")


def invented(annotated: Annotated, names: tuple[list[str], list[str]], chance: random.Random) -> Annotated:
    """The article with each company and product replaced; half of the companies come from `names` (zh, en)."""
    text = plain(annotated.article.text)
    english = language_of(text) == "en"
    spans = labelled(annotated)
    fresh: dict[str, str] = {}
    for span in spans:
        old = text[span.start : span.end]
        if old not in fresh:
            fresh[old] = _name(span, names[english], english, chance)
    pieces, at = [], 0
    for span in spans:
        pieces += [text[at : span.start], fresh[text[span.start : span.end]]]
        at = span.end
    article = replace(annotated.article, text="".join([*pieces, text[at:]]))
    truths = tuple(_renamed(truth, fresh) for truth in annotated.truths)
    return replace(annotated, article=article, truths=truths, others=_all(annotated.others, fresh))


def _renamed(truth: Truth, fresh: dict[str, str]) -> Truth:
    return replace(truth, company=_all(truth.company, fresh), product=_all(truth.product, fresh))


def _all(names: tuple[str, ...], fresh: dict[str, str]) -> tuple[str, ...]:
    return tuple(fresh.get(plain(name), name) for name in names)


def _name(span: Labelled, known: list[str], english: bool, chance: random.Random) -> str:
    if span.role == "P":
        return english_product(chance) if english else product(chance)
    if chance.random() < 0.5:
        return chance.choice(known)
    return english_company(chance) if english else company(chance)


def _word(chance: random.Random) -> str:
    return "".join(chance.choices(_FIRST, k=chance.choice((2, 2, 2, 3, 3, 4))))


def company(chance: random.Random) -> str:
    """An invented name of a company, institute or office."""
    place, word, trade = chance.choice(_PLACES), _word(chance), chance.choice(_TRADES)
    shapes = (
        word, word + trade, word + trade, place + word + trade, place + word + trade + chance.choice(_LEGAL),
        place + word + trade + chance.choice(_LEGAL), word + trade + "（" + place[:2] + "）" + chance.choice(_LEGAL),
        place + chance.choice(_BODIES), word + chance.choice(_BODIES), english_company(chance),
    )  # fmt: skip
    return chance.choice(shapes)


def english_company(chance: random.Random) -> str:
    first, last = chance.choice(_ENGLISH) + chance.choice(("", chance.choice(_ENGLISH).lower())), chance.choice(_ENGLISH_LAST)
    name = f"{first} {last}".strip() if chance.random() < 0.7 else first + last.lower()
    if chance.random() < 0.12:
        name = f"{chance.choice(_ENGLISH)} & {chance.choice(_ENGLISH)}"
    if chance.random() < 0.3:
        name = f"{chance.choice(_ENGLISH_PLACES)} {name}"
    if chance.random() < 0.2:
        name += chance.choice((" Co., Ltd.", " Technology Co., Ltd.", " Ltd", " Inc.", " Technology"))
    return name


def product(chance: random.Random) -> str:
    """An invented name of a model or service."""
    if chance.random() < 0.2:
        return english_product(chance)
    return _word(chance) + chance.choice(_PRODUCT_TAILS)


def english_product(chance: random.Random) -> str:
    name = chance.choice(_ENGLISH) + chance.choice(("", "-1", " 2", "GPT", "Chat", " " + chance.choice(_ENGLISH), "Bot", "-7B", "Mate"))
    return name if chance.random() < 0.8 else name.upper()
