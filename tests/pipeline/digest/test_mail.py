"""Mails go through a real SMTP server; what its answers mean decides whether they are tried again."""

import ssl
from email.message import EmailMessage
from importlib.resources import files
from pathlib import Path

import pytest
from smtp_server import smtp_server
from telling import NOON
from web import wire

from config.settings import ConfigError, Settings
from pipeline.digest.compose import compose
from pipeline.digest.mail import PermanentMailFailure, ServerAway, TemporaryMailFailure, send
from pipeline.digest.render import Rendered

PEM = Path(__file__).parent / "tls" / "localhost.pem"
RENDERED = Rendered("Greenlit：新增 1 项：小米 MiLM", "<p>备案</p>", "备案\n")


def settings(port, **values):
    return Settings(smtp_host="127.0.0.1", smtp_port=port, smtp_from="Desk <greenlit@desk.example>", **values)


def mail() -> EmailMessage:
    return compose(settings(25), "reader@example.org", "<1@desk.example>", RENDERED, NOON)


@pytest.fixture(scope="module")
def certificate():
    """A server's TLS context and a client's that trusts it; the certificate is for 127.0.0.1, until 2100."""
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(PEM)
    return server, ssl.create_default_context(cafile=PEM)


def test_a_mail_arrives_as_it_was_written():
    with smtp_server() as server:
        send(settings(server.port), mail())
    (taken,) = server.mails
    assert (taken.origin, taken.to) == ("greenlit@desk.example", ["reader@example.org"])
    assert taken.message["Subject"] == RENDERED.subject
    assert taken.message["From"] == "Desk <greenlit@desk.example>"
    assert taken.message["Date"].datetime == NOON
    assert taken.body("plain").strip() == "备案"
    assert taken.body("html").strip() == "<p>备案</p>"
    assert taken.content.isascii()


def test_without_a_server_the_error_names_the_setting():
    with pytest.raises(ConfigError, match="GREENLIT_SMTP_HOST"):
        send(Settings(), mail())


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        ("451 try later", TemporaryMailFailure),
        ("421 closing", TemporaryMailFailure),
        ("550 no such reader", PermanentMailFailure),
    ],
)
def test_a_refused_reader(reply, failure):
    with smtp_server() as server:
        server.refuse_reader = lambda address: reply
        with pytest.raises(failure, match=reply):
            send(settings(server.port), mail())
    assert server.mails == []


@pytest.mark.parametrize(
    ("reply", "failure"),
    [("452 full", TemporaryMailFailure), ("554 not wanted", PermanentMailFailure), ("hang up", TemporaryMailFailure)],
)
def test_a_refused_text(reply, failure):
    with smtp_server() as server:
        server.answer = lambda taken: reply
        with pytest.raises(failure) as caught:
            send(settings(server.port), mail())
    assert type(caught.value) is failure
    assert f"127.0.0.1:{server.port}" in str(caught.value)


def test_a_server_that_says_nothing_is_left_in_time():
    def silent(sock):
        server.over.wait(20)

    with wire(silent) as server, pytest.raises(ServerAway, match="timed out"):
        send(settings(server.port), mail(), timeout=0.2)


def taking(*replies):
    """A talk for `wire`: take a whole mail, then say these bytes (nothing: hang)."""

    def talk(sock):
        file = sock.makefile("rb")
        sock.sendall(b"220 here\r\n")
        while (line := file.readline()) and not line.upper().startswith(b"DATA"):
            sock.sendall(b"250 fine\r\n")
        sock.sendall(b"354 go\r\n")
        while (line := file.readline()) and line != b".\r\n":
            pass
        for reply in replies:
            sock.sendall(reply)
        if not replies:
            file.read()  # until the client gives up

    return talk


def test_a_server_that_hangs_after_the_text_is_left_in_time():
    with wire(taking()) as server, pytest.raises(TemporaryMailFailure, match="timed out"):
        send(settings(server.port), mail(), timeout=0.3)


def test_a_mail_that_was_taken_stays_taken_whatever_comes_after():
    with wire(taking(b"250 taken\r\n", b"421 bye\r\n")) as server:
        send(settings(server.port), mail(), timeout=5)
    assert server.connections == 1


def test_a_port_without_a_server():
    with wire(lambda sock: None) as server:
        port = server.port
    with pytest.raises(ServerAway, match=f"127.0.0.1:{port}"):
        send(settings(port), mail())


def test_a_refused_sender_is_ours_to_set_right():
    def talk(sock):
        file = sock.makefile("rb")
        sock.sendall(b"220 here\r\n")
        while line := file.readline():
            sock.sendall(b"553 who are you\r\n" if line.upper().startswith(b"MAIL") else b"250 fine\r\n")

    with wire(talk) as server, pytest.raises(TemporaryMailFailure, match="553 who are you"):
        send(settings(server.port), mail(), timeout=5)


def test_starttls_and_login(certificate):
    server_tls, client_tls = certificate
    with smtp_server(tls=server_tls, auth=True) as server:
        options = {"smtp_starttls": True, "smtp_user": "desk", "smtp_password": "secret"}
        send(settings(server.port, **options), mail(), tls=client_tls)
    assert server.users == [("desk", "secret", True)]
    assert len(server.mails) == 1


def test_a_wrong_password_is_not_the_mails_fault(certificate):
    server_tls, client_tls = certificate
    with smtp_server(tls=server_tls, auth=True) as server:
        options = {"smtp_starttls": True, "smtp_user": "desk", "smtp_password": "wrong"}
        with pytest.raises(ServerAway, match="535") as caught:
            send(settings(server.port, **options), mail(), tls=client_tls)
    assert "wrong" not in str(caught.value)
    assert server.mails == []


def test_an_untrusted_certificate_is_refused(certificate):
    with smtp_server(tls=certificate[0]) as server, pytest.raises(ServerAway, match="certificate"):
        send(settings(server.port, smtp_starttls=True), mail())
    assert server.mails == []


def test_a_server_without_starttls_gets_neither_password_nor_mail():
    with smtp_server() as server:
        options = {"smtp_starttls": True, "smtp_user": "desk", "smtp_password": "secret"}
        with pytest.raises(ServerAway, match="GREENLIT_SMTP_STARTTLS"):
            send(settings(server.port, **options), mail())
    assert (server.users, server.mails) == ([], [])


def test_only_one_module_sends_mail():
    senders = [path.name for path in files("pipeline").rglob("*.py") if "smtplib" in path.read_text(encoding="utf-8")]
    assert senders == ["mail.py"]
