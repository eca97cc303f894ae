"""What a stated number counts: approvals, or something else."""

from __future__ import annotations

import re

from extractors.understand.counted import Counted
from extractors.understand.parts import Status
from extractors.understand.regions import regions

_THINGS = re.compile(
    r"大模型|模型|服务|应用|产品|算法|备案|登记|功能|上岗证|企业|首|获批|名单|models?|LLMs?|services?|apps?"
    r"|applications?|algorithms?|filings?|registrations?|approvals?|total|chatbots?"
    r"|products?|entries|\d (?:filed|registered)|more|additions|names|firms|companies|developers",
    re.I,
)
_PROCEDURE = re.compile(
    r"备案|登记|存案|获批|获准|过审|放行|过关|批准|上岗证|通行证|领证|上线编号|深度合成|第.{1,3}批|首批|入列|上新|绿灯"
    r"|\b(?:fil|regist|approv|clear|deep|green|nod|list|batch|on record|sign(?:ed|ing) off)\w*",
    re.I,
)
_FILED = re.compile(r"备案|登记|存案")
_RANKS = ("第", "首", "表")
_BESIDE = re.compile(
    r"(?:备案|登记|存案)(?:的)?[\u3400-\u9fff\d]{0,14}$|(?:清单|名单|名录|公告)[^，。；、]{0,6}(?:共|收录|收入|列)[^，。；、]{0,3}$"
    r"|(?:本批|同批|这批|这一批|本次|以上)[^，。；、]{0,4}$"
)
_BESIDE_AFTER = re.compile(
    r"(?:(?:大?模型|应用|服务|功能|产品|算法)[\u3400-\u9fff]{0,20}|新增|又)?(?:备案|登记)(?:落地|面世|页|手续|名单|类?(?:大?模型|应用|服务|功能)面世)?$"
    r"|(?:备案|登记)类?的?(?:大?模型|应用|服务|功能|产品)[\u3400-\u9fff]{0,6}$|上线编号|(?:大?模型|应用|服务|产品)(?:在册|上新|上榜)$"
)
_OPEN = re.compile(
    r"启动|推进|准备|开展|进行|协助|辅导|指导|帮助|未|不|退|拟|申请|待|尚|需|须|补|证书|材料|受理|撤|停|终止|更正|错误|时候|前面|另外|上述"
)
_OTHER_THING = re.compile(
    r"游戏|新药|药品|短剧|医院|门店|专利|客户|项目|律师|论文|城市|用户|学校|高校|专业|岗位|(?<!上)榜(?!上)|奖|基金|投资|港澳|文件|参数|商户|渠道|订单|报价"
    r"|机构|事务所|台资|上市公司|[AＡ]股|股东"
    r"|\b(?:offices?|provinc\w+|published|users?|clients?|patents?|investors?|exchanges?|securities|punished|fined"
    r"|other (?:companies|firms))\b"
)
_CANCELLED = re.compile(
    r"注销|撤销|变更|失效|下架|警告|罚款|处罚|无依据|不实|伪造|评测|测评|未经|退回|受理|排队|挂牌|语料"
    r"|\b(?:without|unfiled|unregistered|unapproved|unlicensed|punish\w*|remov\w+|fin(?:ed|es|ing)|ordered|pulled|cancel\w*|revok\w+|reject\w*|withdr\w+)\b",
    re.I,
)
_PLANNED = re.compile(
    r"目标|预计|计划|有望|力争|争取|\b(?:target|aims?|plans?|expects?|takes?|wants?) (?!the|its|that)", re.I
)
_SHARE = re.compile(
    r"其中(?![^，。；]{0,10}(?:新增|新|月|季度|年|周|备案|登记))|占(?:了|据|到|去)?$|相关[^，]{0,6}$|(?:名单|清单)(?:[中里内])(?!新增)|(?<!合成)类(?:模型|应用|算法|产品)?(?:共|有)?$|专业点?$|(?:申请|受理|退回|补正|撤回|撤销|评审|审核|此前的)[^，。；、]{0,2}$|(?<![款家个项件])(?:以及|及|和|与|像|如)\s?$"
)
_SHARE_AFTER = re.compile(
    r"^[^，。；、]{0,6}(?:来自|赫然)|^(?:共用|合用|均已|都已|均完成|均在|分属|支持|分别|没有|[正仍]|处于|只有)"
)
_OWN = re.compile(
    r"(?<!家)(?:公司|集团|旗下|发行人|我们|我司|我方|本所|招股书|报告期|体系内)(?![公发]布|[）)])[^，。；]{0,16}$|公司[”\"][)）]\s?$|拿下$"
)
_OWN_EN = re.compile(r"^[\w,]+ of (?:its|our|their|his|her|the (?:company|group|firm)['’]s)\b", re.I)
_OURS = re.compile(r"\b(?:we|our|clients?|customers?) (?:[\w-]+ ){0,3}$", re.I)
_PROCEDURAL_EN = re.compile(
    r"\b(?:filed|registered|approved|filings|registrations)\b|\bmore (?:[\w-]+ )*(?:models|services|apps|chatbots)$",
    re.I,
)
_RECORDED = re.compile(r"[^,.;]{0,40}\bon (?:record|(?:its|their|the) (?:[\w-]+ )?(?:register|list|roll)s?)\b", re.I)
_OPEN_EN = re.compile(
    r"\b(?:not|no|without|pending|review|appl(?:y|ied|ying)|seek\w*|lodged|submitted|refused|withdr\w+|costs?|takes?|if|acted)\b",
    re.I,
)
_OF_PLACE = re.compile(r"(?:省|市|自治区)?(?:有|只有|仅|累计)?")
_LISTED = re.compile(
    r"(?:备案|登记)的?[^，。；、]{0,12}?[\d一二三四五六七八九十百]{1,6}[款项]|\d款[^，。；、]{0,12}(?:备案|登记|在册)"
)
_LIST = 60
_NAMED = re.compile(r"[”」』》\"][^，。；、]{0,3}$")
_ISSUED = re.compile(r"网信|揭晓|全[国省市区]累计|公布|发布|公告|通报|公示|新增|更新|上新|再添")
_OF_FIRMS = re.compile(
    r"^(?:[^，。；、]{0,4}(?:企业|公司|单位|机构|厂商))?的?[^，。；、]{0,4}?[\d一二两三四五六七八九十百]+款"
)
_FIRMS = re.compile(r"新增|又|再|累计|批|共|已有|达|[增升]至|截至|入列|入围|仅")
_TOTALS = re.compile(
    r"累计|总数|总量|至此|[增升]至|新增|增加|截至|合共|全[国省市区]|再批|第.{1,3}批获批"
    r"|^\s?(?:共计?|合计|[一总]共)有?[\d一二三四五六七八九十两]"
    r"|\b(?:total|tally|to date|now|so far|takes?|bring|another|further|adds?|added|names|new|in all|at the end of)\b",
    re.I,
)
_ELSEWHERE = re.compile(r"评测|测评|版号|游戏|新药|药监|证监")


def is_of_approvals(counted: Counted) -> bool:
    """Whether a count is one of approvals, and stated as a fact."""
    count, text, stretch = counted.count, counted.reading.plain, counted.stretch
    if not _stated(counted) or _CANCELLED.search(stretch) or _PLANNED.search(stretch):
        return False
    if _OTHER_THING.search(text[count.start : count.end] + count.what):
        return False
    if _ELSEWHERE.search(counted.sentence) and not _FILED.search(counted.sentence):
        return False
    if counted.reading.language == "en":
        before = text[counted.around[0].start : count.start]
        if _OWN_EN.search(text[count.start : count.end + 24]) or _OURS.search(before):
            return False
        small = counted.statement.item and count.cumulative is None and count.value < 10
        return bool(_THINGS.search(counted.sentence)) and not small
    return count.what in _RANKS or _counts_a_list(counted)


def _stated(counted: Counted) -> bool:
    """Whether its clause says so, or adds a number to what the text has just said of a procedure."""
    context = "\n".join([counted.sentence, *counted.earlier, counted.reading.title])
    if not _PROCEDURE.search(context):
        return False
    if counted.clause.status is Status.NEUTRAL:
        return counted.count.what in _RANKS or bool(_TOTALS.search(_led(counted))) or _beside(counted)
    return counted.clause.status is Status.APPROVED


def _beside(counted: Counted) -> bool:
    """Whether a count stands right beside the procedure or the list that it counts: `登记6款`, `31 registrations`."""
    count, text, piece = counted.count, counted.reading.plain, counted.around[0]
    if counted.reading.language == "en":
        words = text[count.start : count.end]
        beside = _PROCEDURAL_EN.search(words) or _RECORDED.match(text, count.end, counted.statement.end)
        return bool(beside) and not _OPEN_EN.search(counted.stretch)
    if _OPEN.search(counted.stretch):
        return False
    before, after = text[piece.start : count.start], text[count.end : piece.end]
    return bool(_BESIDE.search(before) or _BESIDE_AFTER.match(after)) or _of_province(counted, before)


def _of_province(counted: Counted, before: str) -> bool:
    """Whether a count is a province's, next to what a list counts: `备案服务117款，北京51款、上海24款`."""
    if counted.count.cumulative is False and "其中" in before:
        return False
    place = regions().in_chinese.match(before.strip())
    if place is None or not _OF_PLACE.fullmatch(before.strip(), place.end()):
        return False
    return any(_LISTED.search(words) for words in [counted.sentence, *counted.earlier[:1]])


def _led(counted: Counted) -> str:
    """The words of a count's clause and of the stretch before its own, up to the end of its own."""
    own, before = counted.around[0], [piece for piece in counted.around[1:2] if piece.start < counted.count.start]
    return counted.reading.plain[min(counted.clause.start, *(p.start for p in [own, *before])) : own.end]


def _counts_a_list(counted: Counted) -> bool:
    """Whether a Chinese count is of a list, not of a company's own products or of a part of the list."""
    count, text, piece = counted.count, counted.reading.plain, counted.around[0]
    before, after = text[piece.start : count.start], text[count.end : piece.end]
    if _SHARE.search(before) or _SHARE_AFTER.search(after) or _OWN.search(_listed(counted)):
        return False
    unit = text[count.end - 1]
    if unit != "款" and not _THINGS.search(counted.sentence):
        return False
    if unit == "件" and not _BESIDE.search(before):
        return False
    if unit == "家" and not _firms(before, after):
        return False
    return not _NAMED.search(before) or bool(_ISSUED.search(counted.sentence))


def _listed(counted: Counted) -> str:
    """The words before a count back to a comma, over the list that it may stand in: `公司有9项算法、1款模型`."""
    start, at = counted.statement.start, counted.count.start
    return re.split(r"[，。；：\n]", counted.reading.plain[max(start, at - _LIST) : at])[-1]


def _firms(before: str, after: str) -> bool:
    """Whether firms are counted because a list has as many, and not beside a count of their products."""
    if _OTHER_THING.search(before) or _OF_FIRMS.match(after) or before.endswith("的"):
        return False
    return bool(_FIRMS.search(before))
