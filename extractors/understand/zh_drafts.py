"""Drafts from Chinese prose: which company and product each approved clause means."""

from __future__ import annotations

import re

from extractors.understand.drafts import Draft
from extractors.understand.lexicon import Lexicon
from extractors.understand.names import squeeze
from extractors.understand.parts import Clause, Name, Statement, Status
from extractors.understand.zh_context import (
    Reading,
    excluded,
    introductions,
    ownership,
    pointed,
    titled,
    tradesmen,
)
from extractors.understand.zh_names import (
    as_name,
    famous_products,
    listed,
    owner_after,
    owner_before,
    product_after_colon,
    products_after,
    products_of,
)
from extractors.understand.zh_words import company_at

_ANAPHOR = re.compile(
    r"^[^，。]{0,8}?(?:该|这款|这个|此|其|它|上述|公司|本公司|我们|两款|相关)|^(?:拿到|通过|获批|完成|取得)"
)
_ASIDE = re.compile(
    r"客户|投资方|投资人|股东|融资|合作|调用|接入|底座|算力|竞争|同类"
    r"|在研|开源|对手|代理|机构|券商|律师|背景|祝贺|感谢|成立于"
    r"|股价|涨|跌|市值|发布新|推出新|业务|发言人|创始人|负责人|董事|总监|CTO|CEO|培训"
)
_ENTITY = re.compile(r"(?:控股|集团|科技|银行|证券|股份|资本|创投)$")
_LEGAL_RUN = re.compile(r"[^\s，。；：“”「」、]{2,40}(?:有限公司|有限责任公司|股份公司)")
_POINTING = re.compile(r"[它其该]|前者|后者|这款")
_EACH = re.compile(r"分别|依次|各自|[两二三四五六七八九十\d]家(?:公司|企业)?的")
_ITS = re.compile(r"(?:它|其|旗下|公司|自家)(?:的)?(?P<p>[A-Z][A-Za-z0-9.\-]{2,20})(?![A-Za-z])")
_SUPPLY = re.compile(r"(?:接入|调用|依托|搭载|基于)(?:了|的是)?[^，。]{0,40}已(?:完成)?备案")
_NOTED = re.compile(r"[”」』》\"]?[（(](备案|登记)[）)]")
_FROM = re.compile(r"从(?P<x>[^，。；：、“”]{2,30}?)(?:方面|处)?(?:获悉|了解到|证实|得到证实|确认)")
_JOINED = re.compile(r"[”」』》\"]?(?:大模型|算法|应用|[和与及、]|以及|还有)*[“「『《\"]?")
_LIST_LEAD = re.compile(
    r"(?:包括|包含|分别为|分别是|分别由|有|为|是|如|来自|即|涵盖|涉及|：|名单里|企业里|(?:公司|企业|机构|厂商)[：，]?)$"
)
_INTRO = re.compile(
    r"^[^、]{0,30}?(?:包括了?|包含|分别为|分别是|企业里有|中有|里有|有|为|是|如|来自|涵盖)(?=[^、]{2,})"
)


def read_chinese(text: str, statements: list[Statement], lexicon: Lexicon, title: str = "") -> list[Draft]:
    """The drafts of all statements, in order, approved or not."""
    reading = Reading(text, lexicon)
    introductions(reading)
    titled(reading, title)
    ownership(reading, statements)
    drafts: list[Draft] = []
    for number, statement in enumerate(statements):
        products = _products(reading, statement)
        found = products + [d for d in _companies(reading, statement) if not _announces(reading, d, products)]
        found = _paired(reading, found)
        if not any(draft.status is Status.APPROVED for draft in found):
            found += _referred(reading, statements, number, drafts)
        drafts += found
        if number + 1 < len(statements) and _POINTING.search(text, statement.end, statements[number + 1].end):
            _remember(reading, statement, found)
    titles = {squeeze(text[slice(*draft.product)]) for draft in drafts if draft.product}
    return [
        d
        for d in drafts
        if d.product or d.company is None or squeeze(text[d.company.start : d.company.end]) not in titles
    ]


def _remember(reading: Reading, statement: Statement, found: list[Draft]) -> None:
    """Keep the companies of a sentence for the words of the next: `它的`, `前者`, `后者`."""
    names = [draft.company for draft in found if draft.company]
    for clause in statement.clauses:
        names += [as_name(each) for each in listed(reading.text, clause.start, clause.end, reading.lexicon, False)]
        names += tradesmen(reading, clause.start, clause.end)
        last = pointed(reading, clause.start, clause.end)
        names += [last] if last else []
    distinct = {name.start: name for name in names}
    if distinct:
        reading.recent = tuple(distinct[at] for at in sorted(distinct))


def _announces(reading: Reading, draft: Draft, products: list[Draft]) -> bool:
    """Whether a company only tells of its subsidiary's approval."""
    if draft.company is None or draft.product is not None:
        return False
    after = reading.text[draft.company.end : draft.statement.end]
    others = [p for p in products if p.company and p.company.start > draft.company.end]
    return (
        bool(others)
        and re.search(r"宣布|宣佈|公布|披露|公告|表示|称", after) is not None
        and re.search(r"子公司|附属公司|旗下公司|孙公司", after) is not None
    )


def _paired(reading: Reading, drafts: list[Draft]) -> list[Draft]:
    """`“A”“B”完成登记，主体分别为X、Y`: products first, their companies after, in order."""
    orphans = [draft for draft in drafts if draft.product and draft.company is None]
    holders = [
        draft for draft in drafts if draft.company and not draft.product and orphans and draft.at > orphans[-1].at
    ]
    told = holders and "分别" in reading.text[holders[0].clause.start : holders[0].at]
    if not told or len(orphans) != len(holders):
        return drafts
    for orphan, holder in zip(orphans, holders, strict=True):
        orphan.company, orphan.sure = holder.company, 0.88
    return [draft for draft in drafts if draft not in holders]


def _clause_at(statement: Statement, at: int) -> Clause:
    inside = [clause for clause in statement.clauses if clause.start <= at]
    return inside[-1] if inside else statement.clauses[0]


def _products(reading: Reading, statement: Statement) -> list[Draft]:
    text, lexicon = reading.text, reading.lexicon
    spans = products_of(text, statement.start, statement.end)
    spans = [span for span in spans if text[span[0] : span[1]] not in reading.shorts and not _introduced(text, span[0])]
    drafts: list[Draft] = []
    for start, end in spans:
        clause = _clause_at(statement, start)
        quoted = _quoted_company(reading, start, end)
        if quoted is not None:
            drafts.append(Draft(quoted, None, statement, clause, clause.status, 0.85, "quoted company"))
            continue
        if _ENTITY.search(text[start:end]) and not lexicon.product_owner(text[start:end]):
            continue
        owner = _owner(reading, statement, clause, start, end, drafts)
        if owner is None and lexicon.company_of(text[start:end]) and not lexicon.product_owner(text[start:end]):
            name = Name(start, end, "company", "quoted", lexicon.company_of(text[start:end]))
            drafts.append(Draft(name, None, statement, clause, clause.status, 0.6, "quoted company"))
            continue
        beside = owner is not None and 0 <= start - owner.end <= 12
        sure = 0.55 if owner is None else 0.93 if owner.why != "position" else 0.91 if beside else 0.8
        for holder in _holders(reading, owner):
            drafts.append(Draft(holder, (start, end), statement, clause, clause.status, sure, "quoted product"))
    for draft in drafts:
        noted = _NOTED.match(text, draft.product[1]) if draft.product else None
        draft.kind_text = noted[1] if noted else ""
    _distribute(reading, statement, drafts)
    return drafts


def _holders(reading: Reading, owner: Name | None) -> list[Name | None]:
    """An owner, or the two that a joint one is: `由X和Y联合研发`."""
    for match in re.finditer(r"[和与及、]", reading.text[owner.start : owner.end]) if owner else ():
        assert owner is not None
        at = owner.start + match.start()
        both = [
            company_at(reading.text, *part, reading.lexicon, 0.72) for part in ((owner.start, at), (at + 1, owner.end))
        ]
        if owner.id is None and all(each is not None and each.sure > 0.7 for each in both):
            return [as_name(each) for each in both if each]
    return [owner]


def _quoted_company(reading: Reading, start: int, end: int) -> Name | None:
    """A quotation that is a company: `新创公司「某某科技」`."""
    before = reading.text[max(0, start - 6) : start - 1]
    judged = company_at(reading.text, start, end, reading.lexicon)
    if (
        judged is None
        or judged.start != start
        or judged.sure < 0.8
        or reading.lexicon.product_owner(reading.text[start:end])
    ):
        return None
    return as_name(judged) if re.search(r"(?:公司|企业|团队|机构|工作室|创)$", before) else None


def _introduced(text: str, at: int) -> bool:
    return bool(re.search(r"(?:简称|下称|或|关于|栏目|打开|点击|上线)[“\"]$", text[max(0, at - 4) : at]))


def _owner(
    reading: Reading, statement: Statement, clause: Clause, start: int, end: int, drafts: list[Draft]
) -> Name | None:
    text, lexicon = reading.text, reading.lexicon
    owner = owner_after(text, end, statement.end, lexicon)
    if owner is None or owner.sure <= 0:
        owner = owner_before(text, statement.start, start - 1, lexicon)
    if owner is not None and owner.why == "anaphor":
        words = text[owner.start : owner.end]
        if words in ("前者", "后者"):
            return reading.recent[-1 if words == "后者" else -2] if len(reading.recent) > 1 else None
        company = "公司" in words or "我" in words or "咱" in words
        last = reading.recent[-1] if reading.recent and not company else None
        return _subject(reading, statement, start) or last or reading.main
    if owner is not None and owner.sure > 0 and not excluded(text, owner.start, owner.end, statement.start):
        known = reading.shorts.get(text[owner.start : owner.end])
        return known or as_name(owner)
    known = reading.owners.get(squeeze(text[start:end]))
    if known is not None:
        return known
    if drafts and drafts[-1].company and _JOINED.fullmatch(_between(text, drafts[-1], start)):
        return drafts[-1].company
    subject = _subject(reading, statement, start)
    if subject is None and drafts and drafts[-1].company and not drafts[-1].product:
        return drafts[-1].company
    return subject or (reading.main if reading.firm else None)


def _between(text: str, draft: Draft, start: int) -> str:
    end = draft.product[1] if draft.product else draft.clause.end
    return text[end:start]


def _subject(reading: Reading, statement: Statement, before: int) -> Name | None:
    """The last company that stands as subject before an offset of a sentence."""
    found: Name | None = None
    for clause in statement.clauses:
        if clause.start >= before:
            break
        source = _FROM.search(reading.text, clause.start, min(clause.end, before))
        told = company_at(reading.text, source.start("x"), source.end("x"), reading.lexicon, 0.6) if source else None
        if told is not None and told.sure > 0:
            found = as_name(told)
            continue
        last = pointed(reading, clause.start, min(clause.end, before)) if clause.end <= before else None
        found = last or found
        for judged in listed(reading.text, clause.start, min(clause.end, before), reading.lexicon, False):
            if not excluded(reading.text, judged.start, judged.end, clause.start):
                found = as_name(judged)
    return found


def _distribute(reading: Reading, statement: Statement, drafts: list[Draft]) -> None:
    """`X、Y、Z宣布…，产品分别是“A”“B”“C”`: one each, in order."""
    open_ones = [draft for draft in drafts if draft.product]
    if len({draft.company for draft in open_ones}) > 1:
        return
    if len(open_ones) < 2 or not _EACH.search(reading.text, statement.start, statement.end):
        return
    first = open_ones[0].at
    names: list[Name] = []
    for clause in statement.clauses:
        if clause.start < first:
            found = listed(reading.text, clause.start, min(clause.end, first), reading.lexicon, False)
            names = [as_name(name) for name in found] if len(found) == len(open_ones) else names
    if len(names) == len(open_ones):
        for draft, name in zip(open_ones, names, strict=True):
            draft.company, draft.sure = name, 0.85


def _companies(reading: Reading, statement: Statement) -> list[Draft]:
    """Companies named without a quoted product in the clauses of one sentence."""
    text, lexicon = reading.text, reading.lexicon
    drafts: list[Draft] = []
    for clause in statement.clauses:
        if clause.status is Status.NEUTRAL or clause.status is Status.OTHER:
            continue
        if _SUPPLY.search(text, clause.start, clause.end):
            continue
        if clause.own is Status.NEUTRAL and _ASIDE.search(_LEGAL_RUN.sub("", text[clause.start : clause.end])):
            continue
        for start, end in _unquoted(text, clause):
            led = bool(_LIST_LEAD.search(text[max(statement.start, start - 6) : start]))
            intro = _INTRO.match(text[start:end]) if "、" in text[start:end] else None
            begin = start + intro.end() if intro else start
            for judged in listed(text, begin, end, lexicon, led or bool(intro)):
                if excluded(text, judged.start, judged.end, statement.start):
                    continue
                product = products_after(text, judged.end, end, lexicon, judged.id)
                if product is None and statement.item and judged.sure > 0.7:
                    product = product_after_colon(text, judged.end, statement.end)
                if any(d.product and d.product[0] <= judged.start < d.product[1] for d in drafts):
                    continue
                sure = 0.93 if judged.sure > 0.9 else 0.85 if judged.sure > 0.7 else 0.65
                drafts.append(Draft(as_name(judged), product, statement, clause, clause.status, sure, judged.why))
        drafts += _pronoun_product(reading, statement, clause, drafts)
        drafts += _famous(reading, statement, clause, drafts)
    return drafts


def _pronoun_product(reading: Reading, statement: Statement, clause: Clause, drafts: list[Draft]) -> list[Draft]:
    """`它的XGPT成为…`: a product of the sentence's subject."""
    match = _ITS.match(reading.text, clause.start, clause.end)
    owner = _subject(reading, statement, clause.start) if match else None
    if match is None or owner is None:
        return []
    span = (match.start("p"), match.end("p"))
    return [Draft(owner, span, statement, clause, clause.status, 0.8, "its product")]


def _famous(reading: Reading, statement: Statement, clause: Clause, drafts: list[Draft]) -> list[Draft]:
    found = []
    for start, end in famous_products(reading.text, clause.start, clause.end):
        if any(draft.product and draft.product[0] <= start < draft.product[1] for draft in drafts):
            continue
        if reading.text[start - 1 : start] in "“「『《" or excluded(reading.text, start, end, statement.start):
            continue
        if re.match(r"的?(?:能力|接口|底座|兄弟|[“”\"])", reading.text[end : end + 4]):
            continue
        found.append(Draft(None, (start, end), statement, clause, clause.status, 0.7, "famous product"))
    return found


def _unquoted(text: str, clause: Clause) -> list[tuple[int, int]]:
    """The stretches of a clause between quotations and brackets."""
    spans, at = [], clause.start
    for match in re.compile(
        r"[“「『《][^”」』》]*[”」』》](?:大模型|算法)?|[（(][^（）()]{9,}[）)]|[（(]\d[^（）()]*[）)]"
    ).finditer(text, clause.start, clause.end):
        stop = match.start()
        if text[stop] in "“「『《":  # what stands right before a quotation is its owner's affair
            stop = max(text.rfind("、", at, stop), at)
        if stop - at >= 2:
            spans.append((at, stop))
        at = match.end()
    if clause.end - at >= 2 and (at == clause.start or text[at] in "、和与及以，" or text[at - 1] in "）)"):
        spans.append((at, clause.end))
    return spans


def _referred(reading: Reading, statements: list[Statement], number: int, drafts: list[Draft]) -> list[Draft]:
    """`该应用已完成登记`: the product or company spoken of just before."""
    statement = statements[number]
    clause = next(
        (
            c
            for c in statement.clauses
            if c.own is Status.APPROVED and c.weight >= 2 and _ANAPHOR.match(reading.text[c.start : c.end])
        ),
        None,
    )
    if clause is None:
        return []
    for earlier in reversed(drafts):
        if earlier.statement.line < statement.line - 2:
            break
        if earlier.product and earlier.status in (Status.NEUTRAL, Status.APPROVED):
            if earlier.status is Status.APPROVED:
                return []
            last = reading.recent[-1] if reading.recent and reading.recent[-1].start > earlier.at else None
            owner = earlier.company or last
            return [Draft(owner, earlier.product, statement, clause, Status.APPROVED, 0.75, "reference")]
    return []
