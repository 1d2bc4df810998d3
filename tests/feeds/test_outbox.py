"""Sending against a real server: what is temporary, what is permanent, what protects the connection."""

from __future__ import annotations

import datetime as dt
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from config.settings import SmtpSettings
from feeds.digests.log import resend
from feeds.mail.incoming import act_on_mail
from feeds.mail.transport import SmtpTransport
from feeds.outbox.pace import Pace
from feeds.outbox.queue import MailState, find_mail, forget_texts, message_bytes, retry_failed
from feeds.outbox.sender import Sender, SendReport, backoff, lock_path
from feeds.subscriptions import store
from feeds.subscriptions.types import State, Wishes
from library.lock import LockedError, alone
from records.errors import ConfigError, LibraryError
from records.record import PublicationStatus
from tests.certificates import make_certificate
from tests.feeds.digest_world import World, article

Answers = dict[str, list[str]]


class Told:
    """Answers as told, and remembers what it took."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.taken: list[tuple[list[str], bytes]] = []

    def _next(self, verb: str) -> str:
        waiting = self.answers.get(verb, [])
        return waiting.pop(0) if waiting else "250 OK"

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        envelope.mail_from = address
        return self._next("MAIL")

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        answer = self._next("RCPT")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self._next("DATA")
        if answer.startswith("2"):
            self.taken.append((envelope.rcpt_tos, envelope.content))
        return answer


@contextmanager
def server(handler: Told, free_port: int, **options: Any) -> Iterator[int]:
    controller = Controller(handler, hostname="127.0.0.1", port=free_port, **options)
    controller.start()
    try:
        yield free_port
    finally:
        controller.stop()


@pytest.fixture
def free_port() -> int:
    import socket

    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


def smtp(port: int, **fields: Any) -> SmtpSettings:
    values: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "sender": "Cordwatch <digest@cordwatch.example>",
        "per_second": 0,
        "per_domain_per_minute": 0,
        **fields,
    }
    return SmtpSettings(**values)


def send(world: World, settings: SmtpSettings, *, now: Callable[[], dt.datetime] | None = None) -> SendReport:
    with SmtpTransport(settings) as transport:
        return Sender(world.library, transport, settings, bounce_limit=2, now=now or (lambda: world.now)).run()


def one_digest(world: World, address: str = "reader@example.org") -> str:
    world.reader(address)
    world.put(article(str(len(world.digests()) + 1)))
    world.build()
    return message_ids(world)[-1]


def message_ids(world: World) -> list[str]:
    with world.library.reading() as connection:
        return list(connection.exec_driver_sql("SELECT message_id FROM outbox ORDER BY id").scalars())


def state(world: World, message_id: str) -> tuple[MailState, int, str]:
    with world.library.reading() as connection:
        mail = find_mail(connection, message_id)
    assert mail is not None
    return mail.state, mail.attempts, mail.error


def test_a_message_is_sent_once(world: World, free_port: int) -> None:
    message_id = one_digest(world)
    handler = Told({})
    with server(handler, free_port) as port:
        assert send(world, smtp(port)).sent == 1
        assert send(world, smtp(port)).sent == 0
    recipients, content = handler.taken[0]
    assert recipients == ["reader@example.org"]
    assert content == world.mails()[0]
    assert state(world, message_id)[0] is MailState.SENT


@pytest.mark.parametrize("verb", ["RCPT", "DATA", "MAIL"])
def test_a_temporary_failure_is_tried_again_later(world: World, free_port: int, verb: str) -> None:
    message_id = one_digest(world)
    handler = Told({verb: ["451 4.3.0 later"]})
    with server(handler, free_port) as port:
        assert send(world, smtp(port)).retried == 1
        assert send(world, smtp(port)).retried == 0, "not before its time"
        assert state(world, message_id) == (MailState.QUEUED, 1, "451 4.3.0 later")
        world.now += dt.timedelta(minutes=2)
        assert send(world, smtp(port)).sent == 1


def test_refusals_disable_and_resuming_sends_what_was_refused(world: World, free_port: int) -> None:
    reader = world.reader()
    handler = Told({"RCPT": ["550 5.1.1 no such user"] * 2})
    with server(handler, free_port) as port:
        for number in range(2):
            world.put(article(str(number)))
            world.build()
            report = send(world, smtp(port))
            assert report.failed == 1
        assert report.disabled[0].startswith("reader@example.org: refused 2 times")
        world.put(article("9"))
        assert world.build().digests == 0
        with world.library.transaction() as writer:
            disabled = store.find(writer.connection, reader.id)
            assert disabled.state is State.DISABLED
            store.resume(writer.connection, disabled, world.now)
        assert send(world, smtp(port)).sent == 2
    assert world.build().items == 1


@pytest.mark.parametrize("refusal", [{"RCPT": ["550 5.7.1 not now"]}, {"DATA": ["554 5.6.0 no"]}])
def test_a_digest_that_was_refused_goes_again_once_its_reader_takes_another(
    world: World, free_port: int, refusal: Answers
) -> None:
    refused = one_digest(world)
    handler = Told(refusal)
    with server(handler, free_port) as port:
        assert send(world, smtp(port)).failed == 1
        world.put(article("2"))
        world.build()
        assert send(world, smtp(port)).sent == 2
    assert [content for _, content in handler.taken] == world.mails()[::-1], "as it was bound"
    assert state(world, refused)[0] is MailState.SENT


def test_a_digest_that_is_refused_for_good_does_not_go_round_and_round(world: World, free_port: int) -> None:
    one_digest(world)
    world.put(article("2"))
    world.build()
    world.put(article("3"))
    world.build()
    clock = iter(world.now + dt.timedelta(seconds=number) for number in range(1000))
    with server(Told({"DATA": ["554 no", "250 OK", "554 no"]}), free_port) as port:
        report = send(world, smtp(port), now=lambda: next(clock))
        assert (report.sent, report.failed) == (1, 2)
        assert send(world, smtp(port), now=lambda: next(clock)).sent == 0


def test_nothing_goes_again_to_a_reader_who_ended_while_a_mail_was_on_its_way(world: World, free_port: int) -> None:
    one_digest(world)
    with server(Told({"RCPT": ["550 5.7.1 not now"]}), free_port) as port:
        send(world, smtp(port))
    later = world.now + dt.timedelta(days=1)
    with world.library.transaction() as writer:
        reader = store.pause(writer.connection, store.find(writer.connection, 1))
        assert retry_failed(writer.connection, 1, later, before=later) == 0
        store.end(writer.connection, reader, world.now)
        assert retry_failed(writer.connection, 1, later, before=later) == 0


def test_what_failed_is_not_said_to_have_come_and_its_text_is_kept(world: World, free_port: int) -> None:
    one_digest(world)
    with server(Told({"RCPT": ["550 5.7.1 not now"]}), free_port) as port:
        send(world, smtp(port))
    world.status("1", PublicationStatus.RETRACTED)
    assert world.build().changes == 1
    text = world.mails()[-1].decode()
    assert "You had it on" not in text
    assert "It is in a digest that your mail server refused" in text
    with world.library.transaction() as writer:
        assert forget_texts(writer.connection, world.now + dt.timedelta(days=1)) == 0
        store.end(writer.connection, store.find(writer.connection, 1), world.now)
        assert forget_texts(writer.connection, world.now + dt.timedelta(days=1)) == 2


def report(world: World, message_id: str) -> str:
    """What a relay reports that took a message and could not deliver it."""
    mail = (
        f"Return-Path: <>\nFrom: MAILER-DAEMON@relay.example\nSubject: Returned\n\n"
        f"550 5.1.1 no such user\n\nMessage-ID: {message_id}\n"
    )
    return act_on_mail(world.library, mail.encode(), settings=world.settings.digest, now=world.now)


def test_a_relay_that_takes_everything_and_reports_what_came_back_disables_too(world: World, free_port: int) -> None:
    reader = world.reader()
    names = []
    with server(Told({}), free_port) as port:
        for number in range(1, 4):
            world.put(article(str(number)))
            world.build()
            assert send(world, smtp(port)).sent == 1
            names.append(message_ids(world)[-1])
            answer = report(world, names[-1])
            assert answer.startswith(f"bounce {number} of subscription 1")
        assert "disabled" in answer
        assert {state(world, name)[:1] for name in names} == {(MailState.BOUNCED,)}
        with world.library.transaction() as writer:
            store.resume(writer.connection, store.find(writer.connection, reader.id), world.now)
        assert send(world, smtp(port)).sent == 3


def test_bounces_are_forgiven_when_later_mail_was_not_reported_for_days(world: World, free_port: int) -> None:
    returned = one_digest(world)
    handler = Told({})
    with server(handler, free_port) as port:
        send(world, smtp(port))
        report(world, returned)
        for number in range(2, 7):
            world.put(article(str(number)))
            world.build()
            assert send(world, smtp(port)).sent == 1
        assert state(world, returned)[0] is MailState.BOUNCED
        assert bounces(world) == 1
        world.now += dt.timedelta(days=2)
        assert send(world, smtp(port)).sent == 1
    assert handler.taken[-1][1] == world.mails()[0], "as it was bound"
    assert (state(world, returned)[0], bounces(world)) == (MailState.SENT, 0)


def test_mail_that_came_back_before_its_sending_was_written_down_stays_returned(world: World, free_port: int) -> None:
    message_id = one_digest(world)

    class Swift(Told):
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            report(world, message_id)
            return "250 OK"

    with server(Swift({}), free_port) as port:
        send(world, smtp(port))
    assert (state(world, message_id)[0], bounces(world)) == (MailState.BOUNCED, 1)


def bounces(world: World) -> int:
    with world.library.reading() as connection:
        return store.find(connection, 1).bounces


def test_what_is_bound_waits_while_its_reader_has_paused(world: World, free_port: int) -> None:
    message_id = one_digest(world)
    with world.library.transaction() as writer:
        store.pause(writer.connection, store.find(writer.connection, 1))
        with pytest.raises(LibraryError, match="is paused; nothing is sent") as refused:
            resend(writer.connection, 1, world.now)
    assert "resume 1" in refused.value.hint
    with server(Told({"RCPT": ["451 4.3.0 later"]}), free_port) as port:
        assert send(world, smtp(port)) == SendReport()
        world.now += dt.timedelta(days=30)
        with world.library.transaction() as writer:
            store.resume(writer.connection, store.find(writer.connection, 1), world.now)
        assert send(world, smtp(port)).retried == 1, "it has all its tries before it"
    assert state(world, message_id)[0] is MailState.QUEUED


def test_pausing_while_mail_goes_out_holds_the_rest(world: World, free_port: int) -> None:
    to_each(world, "first@example.org", "second@example.org")
    begun: list[float] = []

    def pause(seconds: float) -> bool:
        if begun:
            with world.library.transaction() as writer:
                store.pause(writer.connection, store.find(writer.connection, 2))
        begun.append(seconds)
        return False

    handler = Told({})
    with server(handler, free_port) as port, SmtpTransport(smtp(port)) as transport:
        sender = Sender(world.library, transport, smtp(port), bounce_limit=2, now=lambda: world.now, pause=pause)
        assert sender.run().sent == 1
    assert [recipients for recipients, _ in handler.taken] == [["first@example.org"]]


def test_a_message_that_is_refused_for_what_it_is_does_not_count_against_the_reader(
    world: World, free_port: int
) -> None:
    message_id = one_digest(world)
    with server(Told({"DATA": ["554 5.6.0 no"]}), free_port) as port:
        assert send(world, smtp(port)).failed == 1
    assert state(world, message_id)[0] is MailState.FAILED
    with world.library.reading() as connection:
        assert store.find(connection, 1).bounces == 0


def test_a_message_that_is_too_large_is_not_sent(world: World, free_port: int) -> None:
    message_id = one_digest(world)
    handler = Told({})
    with server(handler, free_port, data_size_limit=2000) as port:
        assert send(world, smtp(port)).failed == 1
    assert "the limit is 2000" in state(world, message_id)[2]
    assert handler.taken == []


class Curt(socketserver.StreamRequestHandler):
    """Says at each verb what it is told to, closes with 421, and takes nothing that it has not asked for."""

    said: ClassVar[dict[str, str]] = {}
    taken: ClassVar[list[str]] = []

    def handle(self) -> None:
        self._say("220 mail.example")
        for line in self.rfile:
            verb = line.decode().strip()
            answer = next((said for start, said in self.said.items() if verb.startswith(start)), "250 OK")
            if verb == "data" and answer == "250 OK":
                self._say("354 go on")
                while self.rfile.readline().strip() != b".":
                    pass
                self.taken.append("a message")
            self._say(answer)
            if answer.startswith("421"):
                return

    def _say(self, answer: str) -> None:
        self.wfile.write(f"{answer}\r\n".encode())


@contextmanager
def curt(said: dict[str, str]) -> Iterator[int]:
    Curt.said, Curt.taken = said, []
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Curt) as listening:
        listening.daemon_threads = True
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        try:
            yield int(listening.server_address[1])
        finally:
            listening.shutdown()
            thread.join()


def to_each(world: World, *addresses: str) -> list[str]:
    """One digest for each of the addresses; their Message-IDs."""
    for address in addresses:
        world.reader(address)
    world.put(article("1"))
    world.build()
    return message_ids(world)


def test_a_server_that_closes_at_one_recipient_takes_the_mail_of_the_others(world: World) -> None:
    slow, quick = to_each(world, "slow@example.org", "quick@example.org")
    with curt({"rcpt TO:<slow@": "421 4.7.28 too many for this recipient"}) as port:
        report = send(world, smtp(port))
        assert (report.sent, report.retried, report.unavailable) == (1, 1, "")
    assert state(world, slow) == (MailState.QUEUED, 1, "421 4.7.28 too many for this recipient")
    assert state(world, quick)[0] is MailState.SENT


def test_a_server_that_closes_time_and_again_cannot_be_used(world: World) -> None:
    ids = to_each(world, *(f"reader{number}@example.org" for number in range(5)))
    with curt({"rcpt": "421 4.3.2 going down"}) as port:
        report = send(world, smtp(port))
    assert (report.retried, report.unavailable) == (2, "421 4.3.2 going down")
    assert [state(world, name)[1] for name in ids] == [1, 1, 0, 0, 0]


@pytest.mark.parametrize(
    ("said", "becomes", "unavailable"),
    [
        ("550 5.7.1 refused by policy", MailState.FAILED, ""),
        ("451 4.3.0 later", MailState.QUEUED, ""),
        ("421 4.3.2 closing", MailState.QUEUED, ""),
        ("250 2.0.0 noted", MailState.QUEUED, ""),
        ("530 5.7.0 log in first", MailState.QUEUED, "530 5.7.0 log in first"),
    ],
)
def test_an_answer_to_the_data_command_means_what_it_says(
    world: World, said: str, becomes: MailState, unavailable: str
) -> None:
    message_id = one_digest(world)
    with curt({"data": said}) as port:
        assert send(world, smtp(port)).unavailable == unavailable
    assert state(world, message_id)[0] is becomes
    assert Curt.taken == []
    with world.library.reading() as connection:
        assert store.find(connection, 1).bounces == 0


def test_an_unreachable_server_costs_no_message_a_try(world: World, free_port: int) -> None:
    message_id = one_digest(world)
    report = send(world, smtp(free_port))
    assert "cannot be used" in report.unavailable
    assert state(world, message_id) == (MailState.QUEUED, 0, "")


def test_a_message_is_given_up_after_its_time(world: World, free_port: int) -> None:
    message_id = one_digest(world)
    with server(Told({"DATA": ["451 4.3.0 later"] * 9}), free_port) as port:
        send(world, smtp(port))
        world.now += dt.timedelta(hours=80)
        assert send(world, smtp(port)).failed == 1
    assert state(world, message_id)[0] is MailState.FAILED


def test_unsubscribing_while_mail_goes_out_stops_the_rest(world: World, free_port: int) -> None:
    for number in range(3):
        world.reader(f"reader{number}@example.org")
    world.put(article("1"))
    world.build()
    paused = []

    def pause(seconds: float) -> bool:
        if len(paused) == 1:
            with world.library.transaction() as writer:
                store.end(writer.connection, store.find(writer.connection, 2), world.now)
        paused.append(seconds)
        return False

    handler = Told({})
    with server(handler, free_port) as port, SmtpTransport(smtp(port)) as transport:
        sender = Sender(world.library, transport, smtp(port), bounce_limit=2, now=lambda: world.now, pause=pause)
        assert sender.run().sent == 2
    assert [recipients for recipients, _ in handler.taken] == [["reader0@example.org"], ["reader2@example.org"]]


def test_sending_can_be_stopped_between_messages(world: World, free_port: int) -> None:
    for number in range(3):
        world.reader(f"reader{number}@example.org")
    world.put(article("1"))
    world.build()
    answers = iter([False, True])
    handler = Told({})
    with server(handler, free_port) as port, SmtpTransport(smtp(port)) as transport:
        sender = Sender(
            world.library, transport, smtp(port), bounce_limit=2, now=lambda: world.now, pause=lambda _: next(answers)
        )
        assert sender.run().sent == 1
    assert len(handler.taken) == 1


def test_only_one_process_sends(world: World) -> None:
    with (
        alone(lock_path(world.library.path), "sends"),
        pytest.raises(LockedError, match="another process sends already"),
        SmtpTransport(smtp(1)) as transport,
    ):
        Sender(world.library, transport, smtp(1), bounce_limit=2).run()


def test_old_texts_are_dropped_and_then_cannot_be_sent_again(world: World, free_port: int) -> None:
    message_id = one_digest(world)
    with server(Told({}), free_port) as port:
        send(world, smtp(port))
    later = world.now + dt.timedelta(days=1)
    with world.library.transaction() as writer:
        assert forget_texts(writer.connection, later) == 1
        assert writer.connection.exec_driver_sql("SELECT count(*) FROM mail_parts").scalar() == 0
    with world.library.reading() as connection, pytest.raises(LibraryError, match="no longer kept"):
        message_bytes(connection, message_id)


def check_login(server: Any, session: Any, envelope: Any, mechanism: str, login: Any) -> AuthResult:
    right = isinstance(login, LoginPassword) and (login.login, login.password) == (b"user", b"secret")
    return AuthResult(success=right, handled=right)


@pytest.mark.parametrize("right", [True, False])
def test_starttls_and_a_login(world: World, tmp_path: Path, free_port: int, right: bool) -> None:
    one_digest(world)
    made = make_certificate(tmp_path)
    settings = smtp(
        free_port, host="localhost", security="starttls", username="user", password="secret" if right else "x"
    )
    options = {
        "tls_context": made.server(),
        "require_starttls": True,
        "authenticator": check_login,
        "auth_required": True,
    }
    handler = Told({})
    with server(handler, free_port, **options), SmtpTransport(settings, context=made.client()) as transport:
        report = Sender(world.library, transport, settings, bounce_limit=2, now=lambda: world.now).run()
    if right:
        assert (report.sent, len(handler.taken)) == (1, 1)
    else:
        assert "refuses the login" in report.unavailable


def test_a_certificate_that_is_not_trusted_is_refused(world: World, tmp_path: Path, free_port: int) -> None:
    one_digest(world)
    made = make_certificate(tmp_path)
    handler = Told({})
    with server(handler, free_port, tls_context=made.server()):
        assert (
            "CERTIFICATE_VERIFY_FAILED"
            in send(world, smtp(free_port, host="localhost", security="starttls")).unavailable
        )
    assert handler.taken == []


def test_mail_never_falls_back_to_plain_text(world: World, free_port: int) -> None:
    one_digest(world)
    handler = Told({})
    with server(handler, free_port):
        assert "STARTTLS" in send(world, smtp(free_port, security="starttls")).unavailable
    assert handler.taken == []


def test_without_a_server_or_a_sender_it_says_what_to_set() -> None:
    with pytest.raises(ConfigError, match="no mail server"):
        SmtpTransport(SmtpSettings(sender="a@b.example"))
    with pytest.raises(ConfigError, match="no sender"):
        SmtpTransport(SmtpSettings(host="localhost"))


def test_a_host_gets_mail_at_its_pace() -> None:
    clock = [0.0]
    pace = Pace(per_second=10, per_domain_per_minute=6, clock=lambda: clock[0])
    pace.went("a@slow.example")
    assert pace.wait("b@slow.example") == pytest.approx(10)
    assert pace.wait("b@other.example") == pytest.approx(0.1)
    clock[0] = 10.0
    assert pace.wait("b@SLOW.example") == 0


def test_pauses_grow_and_end() -> None:
    settings = SmtpSettings(backoff_s=60, max_backoff_s=3600)
    assert [30 * 2**n <= backoff(settings, n) <= 60 * 2**n for n in range(5)] == [True] * 5
    assert backoff(settings, 500) <= 3600


def test_two_hosts_are_served_in_turn(world: World, free_port: int) -> None:
    """A slow host does not hold up the others."""
    for address in ("a@slow.example", "b@slow.example", "c@quick.example"):
        with world.library.transaction() as writer:
            reader = store.add(writer.connection, address, Wishes(topics=("cells",)), since=world.now, now=world.now)
            store.confirm(writer.connection, reader, now=world.now, confirm_days=7)
    world.put(article("1"))
    world.build()
    handler = Told({})
    settings = msgspec.structs.replace(smtp(free_port), per_domain_per_minute=1.0)
    with server(handler, free_port), SmtpTransport(settings) as transport:
        sender = Sender(
            world.library, transport, settings, bounce_limit=2, now=lambda: world.now, pause=lambda wait: wait > 1
        )
        assert sender.run().sent == 2
    assert [recipients for recipients, _ in handler.taken] == [["a@slow.example"], ["c@quick.example"]]
