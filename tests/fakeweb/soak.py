"""Reads many pages and prints how many bytes the process grew by in the second half: python soak.py PAGES"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from config.source import ArticleRules
from extractors.read.html import read_article

RULES = ArticleRules(
    title=("h1",), body=("#none", "div.x p:first-child", "#body"), published=("time",), drop=("script", "p > b")
)
PAGE = (
    "<html><body><h1>新产品通过备案</h1><time>2026-03-02 09:00</time><script>x</script><div id=body>"
    + "<p>某公司的大模型已通过生成式人工智能服务备案，<b>现予公布</b>。</p>" * 9
    + "</div></body></html>"
)


def resident() -> int:
    """Bytes of memory in use (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main(pages: int) -> None:
    for n in range(pages):
        if n == pages // 2:
            before = resident()
        read_article(PAGE.replace("某公司", f"某公司{n}"), "https://news.test/1.html", RULES)
    print(resident() - before)


if __name__ == "__main__":
    main(int(sys.argv[1]))
