"""What each clause says of an approval: own cues first, then its neighbours, then the list it stands in."""

from __future__ import annotations

import re

from extractors.understand.cues import Cue
from extractors.understand.parts import Clause, Statement, Status

_WEIGHT = {
    "revoked": 4.0,
    "amended": 3.5,
    "denied": 3.0,
    "negative": 3.0,
    "pending": 3.0,
    "planned": 2.5,
    "approved": 2.0,
    "weak": 1.0,
}
_RULE_WEIGHT = {"planned.rule": 1.5, "planned.service": 1.5, "denied.unclear": 2.6}
_STATUS = {
    "revoked": Status.REVOKED,
    "amended": Status.AMENDED,
    "denied": Status.DENIED,
    "negative": Status.NEGATIVE,
    "pending": Status.PENDING,
    "planned": Status.PLANNED,
    "approved": Status.APPROVED,
    "weak": Status.APPROVED,
}
_NUMBERED = 1.5
_FIRM_OTHER = ("site", "media", "medicine", "abroad", "award", "overseas")
_AI = re.compile(
    r"大模型|语言模型|生成式|生成类|深度合成|算法备案|算备|模型备案|AI|人工智能|网信"
    r"|generative|\bAI\b|\bLLMs?\b|language models?"
    r"|algorithm|cyberspace|\bCAC\b|internet (?:regulator|watchdog)|chatbot",
    re.I,
)
_NEAR = re.compile(
    r"备案|登记|大模型|语言模型|生成式|算法|深度合成|网信|AI|人工智能"
    r"|深度合成|deep[- ]synthesis|filing|filed|regist|\bAI\b|LLM|models?\b|algorithm"
    r"|cyberspace|\bCAC\b|regulator|watchdog|chatbot",
    re.I,
)
_ELSEWHERE = re.compile(
    r"版号|游戏|药监|新药|临床|适应症|医疗器械|广电|剧目|卫星|频率|民航|证监|回购|股东|私募|L[23]级|准入许可"
    r"|\b(?:FDA|drugs?|Medical Products|satellites?|shareholders?|takeover|robotaxis?|video games?)\b"
)
_TURNS = re.compile(r",? ?(?:whose|while|but|although|though|whereas|however)\b|(?:但|而|不过|反观)")
_SUBORDINATE = re.compile(r",? ?(?:because|as|since|whose|who|where|when)\b")
_REST = re.compile(r"其余|其他(?!.{0,6}(?:包括|有))|剩下|另外几|反而|the (?:rest|others)\b", re.I)
_ECHO = re.compile(
    r"\b(?:made similar announcements?|followed suit|did (?:so|the same)\b"
    r"|among them|are on it|on that list|among those)\b|^[^。]{0,24}(?:这一批"
    r"|本批|该批|名单|这批)[^，。]{0,10}(?:分别|包括|有|涵盖|依次)|均在其中|也在其中|名列其中|位列其中|都在其中"
    r"|^[^。]{0,24}(?:同批|同一批|这份名单|几个名字|值得(?:一看|留意|注意|一提))"
    r"|^(?:我们|公司|它们?|该)的?(?:产品|模型|应用)(?:叫|名为|名叫)"
    r"|^[\u3400-\u9fff]{2,4}(?:仅|只有)?(?:\d+|[一二三四五六七八九十两]+)款[：，,]",
    re.I,
)
_CONTINUES = re.compile(
    r"^(?:其中|分别|包括|它们|产品|名单|具体|获批|此外还有|另外还有"
    r"|还有|以及|如|例如|[^，。]{0,6}另?一款(?:为|是)|另有|两款|三款"
    r"|一款|编号|备案号|上线编号|备案编号"
    r"|Among them|They (?:are|include)|These (?:are|include)|Others|The (?:new "
    r"|latest )?(?:entries|names|additions|list|group|batch)|Also|Among the)",
)


def judge(clause: Clause, text: str, context: str, title: str, numbered: bool) -> None:
    """Set the clause's own status from its cues; `context` is its line and the title, for weak words."""
    clause.background = any(cue.category == "background" for cue in clause.cues)
    scores = _scores(clause.cues, text, context, title)
    if numbered and Status.REVOKED not in scores:
        scores[Status.APPROVED] = scores.get(Status.APPROVED, 0.0) + _NUMBERED
    if not scores:
        return
    clause.own = clause.status = max(scores, key=lambda status: (scores[status], status == Status.APPROVED))
    clause.weight = scores[clause.own]
    clause.firm = any(cue.category == "other" and cue.rule in _FIRM_OTHER for cue in clause.cues)


def _scores(cues: tuple[Cue, ...], text: str, context: str, title: str) -> dict[Status, float]:
    scores: dict[Status, float] = {}
    if not cues:
        return scores
    ai = bool(_AI.search(text))
    weak = any(cue.category == "weak" for cue in cues)
    aside = weak and not ai and bool(_ELSEWHERE.search(context))
    for cue in cues:
        if cue.category == "background":
            continue
        if cue.category == "other":
            if cue.rule in _FIRM_OTHER or not ai:
                scores[Status.OTHER] = 5.0
            continue
        if cue.rule == "listed" and not _NEAR.search(context + title):
            continue
        if cue.category == "weak" and (not _NEAR.search(context) or aside):
            continue
        weight = _RULE_WEIGHT.get(f"{cue.category}.{cue.rule}", _WEIGHT[cue.category])
        status = _STATUS[cue.category]
        scores[status] = max(scores.get(status, 0.0), weight)
    if Status.OTHER in scores and not {Status.APPROVED, Status.REVOKED} & scores.keys():
        return {Status.OTHER: 5.0}
    return scores


def spread(statements: list[Statement], text: str) -> None:
    """Give clauses without cues of their own the status of the clause, sentence or list they belong to."""
    scope: Clause | None = None
    before: Clause | None = None
    line = -1
    for statement in statements:
        _within(statement, text)
        if statement.header:
            scope = _lead(statement)
        elif not statement.item and _labelled(statement) and text[statement.end - 1] not in "：:":
            scope = None
        elif text[statement.end - 1] in "：:" and _lead(statement):
            scope = _lead(statement)
        if not _labelled(statement):
            opening = text[statement.start : statement.end]
            joined = text[statement.start - 1 : statement.start] == "；" and "□" in opening
            if statement.item and scope is not None:
                _inherit(statement, scope)
            elif (before is not None and statement.line == line and (_enumerates(opening) or joined)) or (
                before is not None and (_CONTINUES.match(opening) or _ECHO.search(opening))
            ):
                _inherit(statement, before)
        elif statement.item and scope is not None and scope.status is Status.REVOKED:
            _revoke(statement)
        lead = _lead(statement)
        before = lead if lead is not None else before if _continues_list(statement, text) else None
        line = statement.line


def _revoke(statement: Statement) -> None:
    """What only its number shows to be approved is, under a notice of cancellation, what was cancelled."""
    if any(clause.own is Status.APPROVED and clause.weight > _NUMBERED for clause in statement.clauses):
        return
    for clause in statement.clauses:
        if clause.status in (Status.APPROVED, Status.NEUTRAL, Status.OTHER):
            clause.status = Status.REVOKED
            clause.own = Status.REVOKED if clause.own is Status.APPROVED else clause.own


def _enumerates(words: str) -> bool:
    """Whether a sentence is little but a list of quoted names."""
    return (
        words.count("□") >= 4 and len(re.findall(r"[“「『《][^”」』》]{1,20}[”」』》]", words)) >= 2 and "、" in words
    )


def _continues_list(statement: Statement, text: str) -> bool:
    return statement.end - statement.start < 12


def _labelled(statement: Statement) -> bool:
    return any(clause.status is not Status.NEUTRAL for clause in statement.clauses)


def _lead(statement: Statement) -> Clause | None:
    """The clause that decides what follows: the last approved one, else the last with a status."""
    labelled = [clause for clause in statement.clauses if clause.status is not Status.NEUTRAL]
    approved = [clause for clause in labelled if clause.status is Status.APPROVED]
    return next(reversed(approved or labelled), None)


def _inherit(statement: Statement, source: Clause) -> None:
    for clause in statement.clauses:
        if clause.status is Status.NEUTRAL:
            _take(clause, source)


def _take(clause: Clause, source: Clause) -> None:
    clause.status, clause.weight = source.status, source.weight * 0.9
    clause.background, clause.inherited = clause.background or source.background, True


def _neighbours(clauses: list[Clause]) -> list[tuple[Clause, Clause | None, Clause | None]]:
    """Each clause with the nearest ones before and after it that have a status of their own."""
    afters: list[Clause | None] = []
    known: Clause | None = None
    for clause in reversed(clauses):
        afters.append(known)
        known = clause if clause.own is not Status.NEUTRAL else known
    told: list[tuple[Clause, Clause | None, Clause | None]] = []
    known = None
    for clause, after in zip(clauses, reversed(afters), strict=True):
        told.append((clause, known, after))
        known = clause if clause.own is not Status.NEUTRAL else known
    return told


def _within(statement: Statement, text: str) -> None:
    clauses = statement.clauses
    if any(clause.firm for clause in clauses):
        for clause in clauses:
            if clause.own is Status.APPROVED and not _AI.search(text[clause.start : clause.end]):
                clause.own = clause.status = Status.OTHER
    if any(clause.own is Status.REVOKED for clause in clauses):
        _revoke(statement)
    for clause, before, after in _neighbours(clauses):
        if clause.own is not Status.NEUTRAL:
            continue
        if after is not None and _TURNS.match(text[after.start : after.end]) and after.own is Status.APPROVED:
            after = None
        backward = before is not None and (after is None or _CONTINUES.match(text[clause.start : clause.end]))
        source = before if backward else after
        if _REST.match(text[clause.start : clause.end]):
            continue
        if source is before and _SUBORDINATE.match(text[clause.start : clause.end]):
            continue
        if source is not None and source.own is not Status.OTHER:
            _take(clause, source)
