"""The worker: what it returns, what ends it, and that its end costs one call."""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

import pytest
from burning import burn, burn_importing

from config.companies import CompanyEntry
from config.source import ArticleRules
from extractors.read.guard import UnreadablePage
from extractors.read.html import read_article
from extractors.records import CHINA, Article
from extractors.understand import Analyst
from pipeline.worker import Fault, Limit, Worker, WorkerDied, WorkerStopped
from pipeline.worker_process import UnusableAnswer, load

PAGE = "<html><head><title>通知</title></head><body><div id=b><p>示例公司的大模型通过备案，现予公布，自今日起施行。</p></div></body></html>"
SHORT = Limit(cpu=0.3, wall=20, memory=1_500_000_000)


@pytest.fixture
def worker() -> Iterator[Worker]:
    with Worker(SHORT) as started:
        yield started


def test_a_record_comes_back_as_it_would_from_here(worker: Worker) -> None:
    html = PAGE.replace("<div", "<time>2026-03-05 09:00</time><div")
    rules = ArticleRules(body=("#b",), published=("time",))
    read = worker.call(read_article, html, "https://news.example/1.html", rules)
    assert read == read_article(html, "https://news.example/1.html", rules)
    assert read.published == datetime(2026, 3, 5, 9, tzinfo=CHINA)


def test_one_process_answers_all_calls(worker: Worker) -> None:
    first = worker.call(os.getpid)
    assert [worker.call(os.getpid) for _ in range(3)] == [first] * 3
    assert first != os.getpid()


def test_the_resident_is_made_once_and_stays() -> None:
    with Worker(SHORT, resident=partial(Analyst.of, [CompanyEntry("a", "甲公司", "A", (), ())])) as worker:
        facts = worker.ask(Analyst.facts, Article("通知", "甲公司的“示例”大模型通过生成式人工智能服务备案。"))
        assert [fact.company.id for fact in facts.approvals] == ["a"]
        assert worker.call(abs, -1) == 1
    with Worker(SHORT, resident=list) as worker:
        assert [worker.ask(list.append, n) for n in (1, 2)] == [None, None]
        assert worker.ask(list.copy) == [1, 2]


def test_errors_of_ours_come_back_and_others_as_faults(worker: Worker) -> None:
    with pytest.raises(UnreadablePage, match="fewer than"):
        worker.call(read_article, "<p>short</p>", None)
    with pytest.raises(Fault, match="ValueError: invalid literal"):
        worker.call(int, "x")
    with pytest.raises(Fault, match="TypeError"):
        worker.call(open, os.devnull)  # what it returns can't leave the process
    assert worker.call(abs, -1) == 1


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (lambda w: w.call(sum, range(10**13)), r"took more than 0\.3 seconds of CPU"),
        (lambda w: w.call(burn, 60.0), r"took more than 0\.3 seconds of CPU"),
        (lambda w: w.call(burn_importing, 60.0), r"took more than 0\.3 seconds of CPU"),
        (lambda w: w.call(signal.raise_signal, signal.SIGKILL), "SIGKILL"),
        (lambda w: w.call(ctypes.string_at, 1), "SIGSEGV"),
        (lambda w: w.call(os.abort), "SIGABRT"),
        (lambda w: w.call(os._exit, 3), "exit code 3"),
        (lambda w: w.call(sys.exit, 0), "exit code"),
    ],
    ids=["endless", "busy", "importing", "killed", "segfault", "abort", "exit", "polite exit"],
)
def test_the_end_of_the_process_costs_one_call(worker: Worker, end: Callable[[Worker], object], said: str) -> None:
    with pytest.raises((WorkerStopped, WorkerDied), match=said):
        end(worker)
    assert worker.call(abs, -1) == 1


def test_a_call_that_sleeps_is_ended_by_the_clock() -> None:
    with Worker(Limit(wall=0.2)) as worker, pytest.raises(WorkerStopped, match=r"took more than 0\.2 seconds$"):
        worker.call(time.sleep, 3600)


def test_memory_has_an_end(worker: Worker) -> None:
    with pytest.raises(Fault, match="MemoryError"):
        worker.call(bytes, 2 * SHORT.memory)


def test_each_call_has_its_own_time(worker: Worker) -> None:
    assert [worker.call(burn, 0.1) for _ in range(5)][-1] > SHORT.cpu


def test_a_process_that_was_killed_while_idle_costs_nothing(worker: Worker) -> None:
    pid = worker.call(os.getpid)
    os.kill(pid, signal.SIGKILL)
    while _alive(pid):
        time.sleep(0.005)
    assert worker.call(abs, -1) == 1


def test_threads_get_their_own_answers(worker: Worker) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda n: worker.call(abs, -n), range(200))) == list(range(200))


def test_what_it_prints_reaches_nobody(worker: Worker, capfd: pytest.CaptureFixture[str]) -> None:
    worker.call(os.write, 1, b"noise")
    worker.call(os.write, 2, b"noise")
    assert capfd.readouterr() == ("", "")


class Evil:
    """Pickled, it is a command."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.getpid, ()


@pytest.mark.parametrize("answer", [Evil(), Article, subprocess.Popen, os.system, print])
def test_an_answer_is_records_and_values_never_a_command(answer: object) -> None:
    if answer is Article:
        assert load(pickle.dumps((True, answer))) == (True, Article)
        return
    with pytest.raises(UnusableAnswer, match="the worker answered with"):
        load(pickle.dumps((True, answer)))


def test_it_ends_with_whoever_started_it() -> None:
    code = (
        "import os, signal; from pipeline.worker import Worker; w = Worker(); print(w.call(os.getpid), flush=True);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    said = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=False).stdout
    while _alive(int(said)):
        time.sleep(0.005)


def _alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
