"""What the words of a status cell, or of the heading above a list, say of the rows."""

from __future__ import annotations

import re

from extractors.understand.parts import Status

_REVOKED = re.compile(r"注销|吊销|失效|撤销(?!申请)|\b(?:cancel|revoked)", re.I)
_NO = re.compile(
    r"未|审核|受理|退回|补正|补充|撤|待|(?<!运[营行])(?<!使用)(?<!服务)中$|拒|不|在办|正在|已?提交|已申报|拟|计划|准备|放弃|终止|暂停"
    r"|取消|搁置|没有|否|—|^-$"
    r"|pending|review|withdrawn|rejected|submitted|\bnot |\bnone\b|waiting|returned|applied|refused|in progress|lapsed"
    r"|dropped|shelved|planned|n/a",
    re.I,
)
_YES = re.compile(
    r"^(?:已|均)?(?:通过|完成|备案|登记|获批|过审|上线|公示|批准|取得)|(?:已|准予|获得|完成)(?:通过|备案|登记|获批|完成|取得)|(?:备案|登记)(?:已|完成|通过|成功)"
    r"|approved|filed|registered|\breg\b|cleared|listed|completed|granted|^yes$|^done$|√|✓|☑",
    re.I,
)
_AMENDED = re.compile(r"变更|更名")
_FAILED = re.compile(
    r"未(?:获|能|予)?(?:完成|通过|列入|入列|备案|登记|上榜|入选|批准)|不予|退回|补正|驳回|终止|撤回|落选|拟(?:予|通过|备案|登记)"
    r"|\b(?:rejected|withdrawn|returned|not (?:yet )?(?:filed|approved|registered))\b",
    re.I,
)
_DONE = re.compile(
    r"(?:新增|完成|通过|准予|获得|取得|办结)[^，,。]{0,12}(?:备案|登记)|已(?:经)?(?:备案|登记|通过|获批)|(?:备案|登记)(?:完成|通过|成功)"
    r"|\b(?:newly|been) (?:filed|registered|approved)\b",
    re.I,
)
_OPEN = re.compile(
    r"正在|在办|办理中|审核|受理|公示期|待(?:审|批|定|核)|申报中|申请中|排队|\b(?:pending|under review|waiting)\b", re.I
)
_ELSEWHERE = re.compile(
    r"合作|客户|投资|供应|伙伴|揭榜|获奖|融资|参展|竞品|同行|招聘|专家|嘉宾|委员|评委|讲师|出席|参会|参加|作者|编写|承办|主办"
)
_PROCEDURE = re.compile(r"备案|登记|算法|名单|清单")


def cell_status(words: str) -> Status | None:
    """The status that a status cell tells, None where it tells none."""
    if _REVOKED.search(words):
        return Status.REVOKED
    if _NO.search(words):
        return Status.PENDING
    return Status.APPROVED if _YES.search(words) else None


def heading_status(words: str) -> Status | None:
    """The status that a heading tells of the list under it, None where it tells none."""
    if _REVOKED.search(words):
        return Status.REVOKED
    if _AMENDED.search(words):
        return Status.AMENDED
    if _FAILED.search(words):
        return Status.PENDING
    if _DONE.search(words):
        return Status.APPROVED
    if _OPEN.search(words):
        return Status.PENDING
    return Status.OTHER if _ELSEWHERE.search(words) and not _PROCEDURE.search(words) else None
