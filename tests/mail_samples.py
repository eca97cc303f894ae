"""A digest with everything in it, for tests of how it looks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from extractors.records import Kind
from pipeline.digest.chart import Month, draw
from pipeline.digest.content import Amendment, Change, Correction, Digest, Group, Item, Unseen
from pipeline.digest.render import Frame
from pipeline.digest.totals import ListNote, Reconciled, TotalNote
from storage.desk import Doubts, Standing, Stated

NOON = datetime(2026, 3, 5, 4, 0, tzinfo=UTC)


def item(n: int, status: str = "reported", **more: object) -> Item:
    said: dict[str, object] = {
        "id": n,
        "chinese": "澜序科技",
        "english": "Lanxu Tech",
        "product": f"澜序大模型{n}",
        "kind": Kind.GENAI_FILING,
        "status": status,
        "filing_no": f"Beijing-LanXu-20260303{n:04}",
        "approved_on": "2026-03-03",
        "province": "北京",
        "authority": "CAC",
        "batch": 4,
        "on_device": False,
        "retyped": False,
        "quote": "澜序科技的澜序大模型已通过生成式人工智能服务备案，即日起向公众开放。",
        "quote_language": "zh",
        "title": "新一批大模型通过备案",
        "source": "测试新闻",
        "link": "https://news.example/1",
        "more": 2,
        "delay": timedelta(minutes=12),
    }
    return Item(**(said | more))  # type: ignore[arg-type]


FULL = Digest(
    groups=(
        Group(Kind.GENAI_FILING, "2026-03-03", (item(1), item(2, "confirmed", on_device=True, retyped=True))),
        Group(Kind.GENAI_REGISTRATION, "", (item(3, chinese="", english="", link=None, filing_no=""),)),
    ),
    amendments=(Amendment(item(4), (Change("status", "reported", "confirmed"), Change("filing_no", "", "X-1"))),),
    corrections=(Correction(item(5, "rejected"), "changed", "", (Change("product", "听潮", "听潮二"),)),),
    revocations=(item(6, "revoked"),),
    total=3,
    remainder=7,
    delay=timedelta(minutes=12),
    timed=3,
)


def frame_full() -> Frame:
    """Everything that a frame can say."""
    months = (Month("2026-02", 4), Month("2026-03", 12))
    total = TotalNote(Kind.GENAI_FILING, "CAC", "2026-03-03", "346", 340, 6)
    return Frame(
        day="2026-03-05",
        standings=(Standing(Kind.GENAI_FILING, {"confirmed": 117}, Stated(346, "2026-03-03", None)),),
        desk="https://desk.example",
        operator="greenlit@desk.example",
        unseen=(Unseen("网信中国", "Cyberspace China", "silent", "2026-03-01"),),
        reconciled=Reconciled((total,), (ListNote("公告", 2, 1),)),
        doubts=Doubts(1, 3, 2),
        months=months,
        undated=3,
        chart=draw(months),
        leave="https://desk.example/unsubscribe/token",
    )
