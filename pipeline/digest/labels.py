"""The words of digest and desk, in English and Chinese."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from pipeline.export import RETYPED, RIGHTS
from storage.desk import Standing

LABELS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "genai_filing": ("Generative AI service filing", "生成式人工智能服务备案"),
        "genai_registration": ("Generative AI service registration", "生成式人工智能服务登记"),
        "deep_synthesis_filing": ("Deep synthesis algorithm filing", "深度合成服务算法备案"),
        "algorithm_filing": ("Recommendation or other algorithm filing", "互联网信息服务算法备案"),
        "unspecified": ("Kind not stated", "类别未说明"),
        "confirmed": ("Confirmed in an official list", "官方名单已载"),
        "reported": ("Reported, not yet seen in an official list", "据报道，尚未见于官方名单"),
        "held": ("Held for review", "待人工核对"),
        "revoked": ("Cancelled", "已注销"),
        "rejected": ("Rejected on review", "核对后排除"),
        "short_confirmed": ("confirmed", "已载"),
        "short_reported": ("reported", "据报道"),
        "short_held": ("held", "待核对"),
        "short_revoked": ("cancelled", "已注销"),
        "short_rejected": ("rejected", "已排除"),
        "product": ("Product", "产品"),
        "filing_no": ("Number", "备案号"),
        "approved_on": ("Date", "日期"),
        "province": ("Province", "属地"),
        "authority": ("Authority", "主管部门"),
        "batch": ("Batch", "批次"),
        "source": ("Source", "来源"),
        "digest": ("Digest of new approvals", "新增备案与登记"),
        "nothing": ("No new approvals.", "没有新增。"),
        "undated": ("no date stated", "日期未说明"),
        "unnamed": ("company not named", "公司未具名"),
        "more_sources": ("more pages: {n}", "另有 {n} 个页面"),
        "remainder": ("{n} more are not in this mail.", "另有 {n} 项未列入本邮件。"),
        "subject_new_one": ("{n} new approval", "新增 {n} 项"),
        "subject_new_many": ("{n} new approvals", "新增 {n} 项"),
        "subject_cancelled_one": ("{n} cancelled", "注销 {n} 项"),
        "subject_cancelled_many": ("{n} cancelled", "注销 {n} 项"),
        "subject_corrected_one": ("{n} correction", "更正 {n} 项"),
        "subject_corrected_many": ("{n} corrections", "更正 {n} 项"),
        "subject_amended_one": ("{n} amended", "补充 {n} 项"),
        "subject_amended_many": ("{n} amended", "补充 {n} 项"),
        "amended": ("Amended since we told of them", "通报后有补充或变更"),
        "corrected": ("Corrections", "更正"),
        "cancelled": ("Cancelled by the regulator", "已被注销"),
        "arrived": ("new", "新增"),
        "became": ("was", "原为"),
        "why_rejected": (
            "We told you of this approval; on review it was none. Please disregard it.",
            "此前通报的此项经核对不成立，请勿采用。",
        ),
        "why_changed": ("What we told you of this was wrong in part.", "此前通报的内容有误。"),
        "why_merged": (
            "We told you of this as one of its own; it is the same as {heir}.",
            "此前单独通报的此项与 {heir} 为同一项。",
        ),
        "why_split": ("We told you of this as one approval; it is several.", "此前作为一项通报的此条实为多项。"),
        "months": ("Approvals per month", "每月备案与登记数"),
        "undated_count": ("{n} more without a month", "另有 {n} 项月份不详"),
        "page": ("Evidence", "依据"),
        "delay": (
            "Seen {time} after publication (median of {n} with a stated time)",
            "发布后 {time}见到（{n} 项有发布时间者的中位数）",
        ),
        "minutes": ("{n} min", "{n} 分钟"),
        "hours": ("{n} h", "{n} 小时"),
        "days": ("{n} d", "{n} 天"),
        "quarantined": ("pages that could not be read and were put aside: {n}", "{n} 个页面无法读取，已搁置"),
        "unresolved": (
            "mentions that wait for review, as it is unclear what they mean: {n}",
            "{n} 处提及待核对：所指不明",
        ),
        "held_back": ("held back as doubtful: {n}", "{n} 项存疑，暂不通报"),
        "ask_subject": ("Greenlit: please confirm that you want the digest", "Greenlit：请确认订阅"),
        "ask": (
            "Somebody asked that digests of AI services approved in China be sent to this address.",
            "有人请求将中国人工智能服务备案登记摘要发送至此地址。",
        ),
        "ask_yes": ("Yes, send them to me", "确认订阅"),
        "ask_ignore": (
            "The link holds for {days} days. If that was not you, do nothing: nothing will be sent.",
            "链接 {days} 天内有效。如非本人操作，请忽略本邮件，不会再收到邮件。",
        ),
        "confirmed_page": ("You will get the digest.", "订阅已确认。"),
        "leave_ask": ("Get no more of these mails? Your address will be erased.", "确认退订？您的地址将被删除。"),
        "leave_yes": ("Yes, erase my address", "确认退订"),
        "left_page": (
            "Your address is erased. You will get no more of these mails.",
            "您的地址已删除，不会再收到邮件。",
        ),
        "dead_link": (
            "This link leads to nobody: it was used before, is too old, or is incomplete.",
            "此链接无效：已使用、已过期或不完整。",
        ),
        "leave": ("Get no more of these mails", "退订"),
        "tally": (
            "{known} known, of a stated total of {total} ({date})",
            "已收录 {known} 项，公布总数 {total}（{date}）",
        ),
        "tally_least": (
            "{known} known, of a stated total of more than {total} ({date})",
            "已收录 {known} 项，公布总数超过 {total}（{date}）",
        ),
        "tally_unstated": ("{known} known; no stated total is known", "已收录 {known} 项，未见公布总数"),
        "on_device": ("inside devices", "端侧"),
        "kind": ("Kind", "类别"),
        "status": ("Status", "状态"),
        "total": ("In all", "合计"),
        "search": ("Company, product or number", "公司、产品或备案号"),
        "all": ("all", "全部"),
        "told": ("confirmed, reported, cancelled", "已载、据报道、已注销"),
        "find": ("Find", "查找"),
        "found": ("{n} found", "共 {n} 项"),
        "previous": ("newer", "较新"),
        "next": ("older", "较早"),
        "sources": ("Sources", "来源状况"),
        "last_ok": ("Last success", "上次成功"),
        "next_check": ("Next check", "下次检查"),
        "failures": ("Failures in a row", "连续失败"),
        "error": ("Last error", "上次错误"),
        "alarm_silent": ("nothing new for longer than usual", "超过通常间隔未见新内容"),
        "alarm_frozen": ("its list has not changed for longer than usual", "列表超过通常间隔没有变化"),
        "alarm_failing": ("can't be read", "无法读取"),
        "alarm_not_taken": ("not watched, as its description is wrong", "来源设置有误，未能监测"),
        "alarm_suspended": ("nothing is sent to this subscriber any more", "已停止向此订阅者发送"),
        "unseen": ("What we could not see", "未能查看的来源"),
        "since": ("since {day}", "自 {day} 起"),
        "shadow": ("in shadow: collected, not mailed", "试运行：只收录，不发送"),
        "reconcile": ("Stated totals and lists", "公布总数与名单核对"),
        "reconciled": ("Stated totals and lists: what is new", "公布总数与名单：新情况"),
        "stated": ("Stated", "公布"),
        "in_hand": ("Held", "已收录"),
        "gap": ("Missing", "缺少"),
        "total_line": ("{who}, {day}: {stated} stated, {held} held", "{who}，{day}：公布 {stated}，已收录 {held}"),
        "lists": ("Official lists", "官方名单"),
        "edition": ("edition {n}, {rows} rows", "第 {n} 版，{rows} 行"),
        "adds_up": ("Adds up", "账目相符"),
        "open_list": ("Does not add up", "账目不符"),
        "list_open": ("{name}: open questions: {n}", "{name}：{n} 处不符"),
        "list_lost": ("{name}: rows no longer printed: {n}", "{name}：{n} 行不再列出"),
        "no_totals": ("No stated total is known yet.", "尚未见公布总数。"),
        "no_lists": ("No official list is held yet.", "尚未收录官方名单。"),
        "review": ("What waits for review", "待人工核对事项"),
        "review_held": ("One uncertain reading", "仅有一处不确定的记载"),
        "review_unresolved": ("Fits no approval, or several", "无法归入或可归入多个条目"),
        "review_conflict": ("News and official list disagree", "报道与官方名单不一致"),
        "review_company": ("Companies not known before", "新见公司"),
        "review_account": ("Does not add up", "账目不符"),
        "review_none": ("Nothing waits.", "没有待核对事项。"),
        "review_how": ("Decided on the terminal: greenlit review", "在终端核对：greenlit review"),
        "review_more": ("{n} more", "另有 {n} 项"),
        "conflict": ("not {other}", "而非 {other}"),
        "provenance": ("Where each field comes from", "各项出处"),
        "field": ("Field", "项目"),
        "value": ("Value", "内容"),
        "said_by": ("Said by", "依据"),
        "rule_agreed": ("nobody says otherwise", "无异议"),
        "rule_reviewed": ("a reviewer decided it", "经人工核定"),
        "rule_watched": ("a watched source outranks one in shadow mode", "正式来源优先于试运行来源"),
        "rule_known": ("a known company outranks one that texts only named", "已知企业优先于仅在文中出现的名称"),
        "rule_register": ("an official list outranks the news", "官方名单优先于新闻"),
        "rule_foreground": ("what is reported outranks what is mentioned", "正文报道优先于背景提及"),
        "rule_surest": ("the surest reading", "取把握最大者"),
        "rule_finest": ("the finest date inside the one chosen", "取其中最精确的日期"),
        "rule_first": ("of equals, the first in a fixed order", "同等时按固定次序取其一"),
        "seen": ("Seen", "见于"),
        "offsets": ("characters {start} to {end}", "第 {start} 至 {end} 字"),
        "page_hash": ("Page SHA-256", "网页 SHA-256"),
        "story": ("Story", "同文编号"),
        "company": ("Company", "公司"),
        "scope": ("Scope", "范围"),
        "companies": ("Companies", "公司"),
        "articles": ("Articles", "文章"),
        "no_sources": ("No source was checked yet.", "尚未检查任何来源。"),
        "none_known": ("No approval is known yet.", "尚无条目。"),
        "work": (
            "{articles} articles; {unresolved} mentions and {quarantined} pages wait for review",
            "文章 {articles} 篇；待核对的提及 {unresolved} 处、页面 {quarantined} 个",
        ),
        "mails": (
            "{waiting} mails wait, {given_up} were refused for good",
            "待发邮件 {waiting} 封，被拒收 {given_up} 封",
        ),
        "first_seen": ("First seen", "首次见到"),
        "evidence": ("What says so", "出处"),
        "no_evidence": ("No page supports this entry any more.", "已无页面支持此条目。"),
        "also_called": ("Also called", "又称"),
        "desk": ("All approvals", "全部条目"),
        "unsubscribe": ("To get no more of these mails, write to", "退订请致信"),
        "retyped": (RETYPED, "据官方名单录入，尚未在原页核对"),
        "rights": (RIGHTS, "据公开来源汇编，并非官方名录；请以所引页面为准"),
    }
)


def say(key: str, language: str, **values: object) -> str:
    """The label `key`, with `values` in its gaps, in `language`: en, zh, or both."""
    english, chinese = LABELS[key]
    return in_each(language, lambda one: (english if one == "en" else chinese).format(**values))


def in_each(language: str, said: Callable[[str], str]) -> str:
    """What `said` gives for en and for zh, in `language`: en, zh, or both."""
    return said(language) if language in ("en", "zh") else f"{said('en')} · {said('zh')}"


def tally(standing: Standing, language: str) -> str:
    """How many approvals of one kind are known, of how many that were stated."""
    stated = standing.stated
    if stated is None:
        return say("tally_unstated", language, known=standing.told)
    key = "tally_least" if stated.at_least else "tally"
    return say(key, language, known=standing.told, total=stated.total, date=stated.date)
