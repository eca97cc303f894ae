"""A notice and a wire story of our own, for tests of copies; and their sketches."""

from __future__ import annotations

from datetime import date

from config.companies import CompanyEntry
from extractors.understand.lexicon import Lexicon
from storage.identity.copies import Sketch, sketch_of

NOTICE = (
    "海东市网信办今日发布第三批生成式人工智能服务备案信息。截至3月，全市新增完成备案的服务共14款，"
    "其中海东蓝鲸智语科技有限公司申报的“鲸语”备案号为Haidong-JingYu-202603010007。"
    "已上线的服务应在显著位置公示所用服务的备案情况，注明名称与编号，接受社会监督。"
)
WIRE = (
    "据海东财经消息，当地一家做法律文书的企业日前通过了大模型备案，产品将向公众开放。\n"
    "该公司负责人说，团队从去年开始整理材料，经过两轮补正，花了大约五个月，过程比预想的顺利。\n"
    "业内人士认为，行业模型的门槛正在从算力转向数据，谁能拿到干净的文书，谁就能先做出能用的产品，"
    "而审核关心的是这些数据从哪里来、由谁标注、出了错由谁负责。"
)
LEXICON = Lexicon.build([CompanyEntry("baidu", "百度", "Baidu", (), (), ())])


def sketch(text: str, day: str) -> Sketch:
    """The sketch of a text that was published on a day."""
    return sketch_of(text, date.fromisoformat(day).toordinal(), lambda t: (hit.id for hit in LEXICON.find(t)))
