"""Webhooks against servers that check what Slack, Feishu, DingTalk, WeCom and a program of your own ask for."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import update
from telling import NOON, fact, tell
from web import Answer, Web

from config.hook import load_hooks
from config.settings import ConfigError
from pipeline.digest.send import DigestReport, send_digest, send_test
from storage.filters import WishProblem
from storage.receipts import receipts
from storage.subscribers import add, subscribers
from storage.tables import StoredApproval
from storage.wishes import Schedule, Wish

SECRET = "SEC0123456789"


def refused(code, said):
    return Answer(json.dumps({code: 1, "said": said}).encode())


def slack(asked):
    body = json.loads(asked.body)
    fine = asked.headers["content-type"] == "application/json" and 0 < len(body["text"]) <= 40_000
    calls = any(word in body["text"] for word in ("<!", "<@", "<#"))
    return Answer(b"ok") if fine and not calls else Answer(b"invalid_payload", 400)


def feishu(asked):
    body = json.loads(asked.body)
    mac = hmac.new(f"{body.get('timestamp')}\n{SECRET}".encode(), b"", hashlib.sha256).digest()
    if body.get("sign") != base64.b64encode(mac).decode() or abs(int(body["timestamp"]) - NOON.timestamp()) > 3_600:
        return Answer(b'{"code": 19021, "msg": "sign match fail or timestamp is not within one hour"}')
    if body.get("msg_type") != "text" or len(asked.body) > 20_000 or "<at" in body["content"]["text"]:
        return Answer(b'{"code": 9499, "msg": "Bad Request"}')
    return Answer(b'{"code": 0, "msg": "success", "data": {}}')


def dingtalk(asked):
    query = {name: values[0] for name, values in parse_qs(urlsplit(asked.path).query).items()}
    mac = hmac.new(SECRET.encode(), f"{query['timestamp']}\n{SECRET}".encode(), hashlib.sha256).digest()
    if query["sign"] != base64.b64encode(mac).decode() or query["access_token"] != "t":
        return Answer(b'{"errcode": 310000, "errmsg": "sign not match"}')
    body = json.loads(asked.body)
    fine = body["msgtype"] == "text" and body["text"]["content"] and len(asked.body) <= 20_000
    return Answer(b'{"errcode": 0, "errmsg": "ok"}' if fine else b'{"errcode": 40035, "errmsg": "bad"}')


def wecom(asked):
    body = json.loads(asked.body)
    fine = body["msgtype"] == "text" and len(body["text"]["content"].encode()) <= 2_048
    return Answer(b'{"errcode": 0, "errmsg": "ok"}' if fine else b'{"errcode": 40058, "errmsg": "too long"}')


def standard(asked):
    head = asked.headers
    signed = f"{head['webhook-id']}.{head['webhook-timestamp']}.".encode() + asked.body
    mac = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    fine = head["webhook-signature"] == f"v1,{mac}" and head["idempotency-key"] == head["webhook-id"]
    return Answer(b"", 200 if fine and json.loads(asked.body)["items"] else 401)


FORMS = {"slack": slack, "feishu": feishu, "dingtalk": dingtalk, "wecom": wecom, "standard": standard}


@pytest.fixture
def web():
    with Web() as running:
        yield running


@pytest.fixture
def clock(clock):
    clock.now = NOON
    return clock


@pytest.fixture
def parts(make, tmp_path):
    return make()


def hook(parts, web, form, path="/hook?access_token=t", **more):
    folder = parts.settings.hooks
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f'form = "{form}"', f'url = "{web.url}{path}"', f'secret = "{SECRET}"', *more.get("lines", ())]
    (folder / "team.toml").write_text("\n".join(lines), encoding="utf-8")
    with parts.database.write() as session:
        add(session, "hook:team", Wish(schedule=Schedule("at_once")), parts.clock())


def round_of(parts):
    return send_digest(parts.database, parts.settings, parts.clock, hooks=parts.hooks)


@pytest.mark.parametrize("form", FORMS)
def test_each_chat_takes_what_it_is_told_once(parts, web, form):
    web.serve("/hook", FORMS[form])
    hook(parts, web, form)
    hostile = '<!channel> <at user_id="all"> & "x" \\ @所有人'
    tell(parts.database, fact(), fact(hostile, "听潮"), *(fact(f"公司{n}", "长" * 60) for n in range(60)))
    assert round_of(parts).errors == ()
    assert round_of(parts) == DigestReport()
    (asked,) = web.log
    assert (asked.method, "澜序大模型" in json.dumps(json.loads(asked.body), ensure_ascii=False)) == ("POST", True)
    assert "more are not in this mail" in asked.body.decode() or form in ("slack", "standard", "feishu", "dingtalk")


@pytest.mark.parametrize("form", ["feishu", "dingtalk", "wecom"])
def test_a_refusal_that_answers_200_is_none_the_less_one_and_tried_again_under_one_key(parts, web, clock, form):
    web.serve("/hook", lambda asked: Answer(b'{"code": 11232, "errcode": 45009, "msg": "frequency limited"}'))
    hook(parts, web, form)
    tell(parts.database, fact())
    report = round_of(parts)
    assert report.failed == 1
    assert "frequency limited" in report.errors[0]
    web.serve("/hook", FORMS[form])
    assert round_of(parts) == DigestReport(), "not before its pause is over"
    clock.forward(minutes=5)
    web.serve("/hook", lambda asked: Answer(b'{"code": 0, "errcode": 0}'))
    assert round_of(parts).sent == 1
    assert len({asked.headers["idempotency-key"] for asked in web.log}) == 1


@pytest.mark.parametrize(("status", "again"), [(500, True), (429, True), (302, True), (404, False), (410, False)])
def test_what_a_status_means(parts, web, clock, status, again):
    web.serve("/hook", b"", status, {"Location": f"{web.url}/elsewhere"} if status == 302 else {})
    hook(parts, web, "slack")
    tell(parts.database, fact())
    report = round_of(parts)
    assert report.failed == 1
    assert web.url not in report.errors[0], "the address is a secret"
    assert web.paths() == ["/hook?access_token=t"], "what is signed for one address goes to no other"
    with parts.database.read() as session:
        (receipt,) = receipts(session)
    assert receipt.state == ("waiting" if again else "refused")
    clock.forward(minutes=5)
    assert round_of(parts).failed == int(again)


def test_only_the_operators_own_private_host_is_reached(make, web):
    strict = make(private_hosts=())
    closed = strict.settings.model_copy(update={"allow_private_networks": False})
    from pipeline.assembly import Assembly

    parts = Assembly(closed, clock=strict.clock)
    web.serve("/hook", slack)
    hook(parts, web, "slack")
    tell(parts.database, fact())
    assert round_of(parts).failed == 1
    assert web.log == []
    parts.close()
    allowed = closed.model_copy(update={"private_hosts": (f"127.0.0.1:{web.port}",)})
    parts = Assembly(allowed, clock=lambda: NOON + timedelta(hours=1))
    assert round_of(parts).sent == 1
    parts.close()


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ('form = "teams"', "standard, slack, feishu"),
        ('url = "https://x.example"\ncolour = 1', "colour"),
        ("form = 'slack'", "url"),
        ("url = ", "can't be read"),
        ('url_file = "missing"', "can't be read"),
        ('url = "ftp://chat.example"', "url.*https"),
        ('url = "https://chat.example"\nsecret = "whsec_no!"', "secret"),
        ('url = "https://chat.example"\nlimit = 900', "limit"),
    ],
    ids=range(8),
)
def test_a_file_that_can_not_be_used_is_named(tmp_path, lines, says):
    (tmp_path / "team.toml").write_text(lines, encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"team\.toml.*{says}"):
        load_hooks(tmp_path)


def test_secrets_may_lie_in_files_and_are_never_shown(tmp_path):
    (tmp_path / "url").write_text("https://hooks.example/secret\n", encoding="utf-8")
    (tmp_path / "team.toml").write_text('form = "slack"\nurl_file = "url"', encoding="utf-8")
    found = load_hooks(tmp_path)["team"]
    assert found.url.get_secret_value() == "https://hooks.example/secret"
    assert "secret" not in repr(found.url)


def test_a_chat_is_told_what_changed_and_what_was_wrong(parts, web):
    web.serve("/hook", standard)
    hook(parts, web, "standard")
    stays, goes = tell(parts.database, fact(), fact("潮汐智能", "听潮")).news
    assert round_of(parts).sent == 1
    tell(parts.database, fact(filing_no="Beijing-LanXu-202603030012"), url="https://news.example/2")
    with parts.database.write() as session:
        session.execute(update(StoredApproval).where(StoredApproval.id == goes).values(status="rejected"))
    assert round_of(parts).sent == 1
    said = json.loads(web.log[-1].body)
    wrong, amended = said["items"]
    assert (wrong["id"], wrong["event"], wrong["why"]) == (goes, "corrected", "rejected")
    number = {"field": "filing_no", "before": "", "after": "Beijing-LanXu-202603030012"}
    assert (amended["id"], amended["changes"]) == (stays, [number])
    assert amended["link"] == "https://news.example/2", "the page that says so"
    assert "on review it was none" in said["text"]
    assert "Number · 备案号: Beijing-LanXu-202603030012 (new · 新增)" in said["text"]


def test_a_test_message_says_that_it_is_one(parts, web):
    web.serve("/hook", slack)
    hook(parts, web, "slack")
    send_test(parts.settings, "hook:team", NOON, parts.hooks)
    assert "a test message" in json.loads(web.log[0].body)["text"]


def test_a_hook_is_a_subscriber_like_any_other(parts):
    with parts.database.write() as session:
        add(session, "hook:team", Wish(), NOON)
        assert [s.address for s in subscribers(session)] == ["hook:team"]
        with pytest.raises(WishProblem):
            add(session, "hook:Team X", Wish(), NOON)
