"""Double opt-in, signed links, bounces, and what a reader's mail server answers."""

from __future__ import annotations

import datetime as dt
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from feeds.mail.headers import exits
from feeds.mail.incoming import act_on_mail
from feeds.outbox.queue import count_states
from feeds.subscriptions import store
from feeds.subscriptions.confirmation import ask_to_confirm
from feeds.subscriptions.tokens import Purpose, sign
from feeds.subscriptions.types import State, Subscription, Wishes, check_address
from feeds.watch.web import serving
from records.errors import ConfigError, LibraryError
from tests.feeds.digest_world import World, article


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, unsubscribe_address="leave@cordwatch.example")
    yield world
    world.close()


def current(world: World, reader: Subscription) -> Subscription:
    with world.library.reading() as connection:
        return store.find(connection, reader.id)


def act(world: World, token: str, purpose: Purpose, *, later: float = 0) -> Subscription:
    now = world.now + dt.timedelta(days=later)
    return store.act_on_token(world.library, token, purpose, now=now, confirm_days=7)


def pending(world: World) -> tuple[Subscription, str]:
    with world.library.transaction() as writer:
        reader = store.add(
            writer.connection, "Reader@Example.org", Wishes(topics=("cells",)), since=world.now, now=world.now
        )
        return reader, ask_to_confirm(writer.connection, world.settings, reader, world.now)


def test_nothing_is_sent_before_the_address_confirms(world: World) -> None:
    reader, token = pending(world)
    world.put(article("1"))
    assert world.build().digests == 0
    assert token in world.mails()[0].decode().replace("=\r\n", "")
    assert act(world, token, Purpose.CONFIRM).state is State.ACTIVE
    assert act(world, token, Purpose.CONFIRM).state is State.ACTIVE
    assert world.build(days=2).items == 1
    assert current(world, reader).confirmed


def test_a_late_confirmation_is_refused(world: World) -> None:
    _, token = pending(world)
    with pytest.raises(LibraryError, match="7 days"):
        act(world, token, Purpose.CONFIRM, later=8)


def test_subscribing_again_renews_what_was_never_confirmed(world: World) -> None:
    reader, token = pending(world)
    world.now += dt.timedelta(days=8)
    with pytest.raises(LibraryError, match="7 days") as late:
        act(world, token, Purpose.CONFIRM)
    assert "cordwatch subscribe" in late.value.hint
    again, new_token = pending(world)
    assert (again.id, again.state) == (reader.id, State.PENDING)
    with world.library.reading() as connection:
        assert count_states(connection) == {"cancelled": 1, "queued": 1}
    confirmed = act(world, new_token, Purpose.CONFIRM)
    assert confirmed.state is State.ACTIVE
    assert dt.datetime.fromisoformat(confirmed.since["cells"]) > reader.created + dt.timedelta(days=7)
    with pytest.raises(LibraryError, match="has subscription 1"):
        pending(world)


def test_an_address_that_only_bounced_is_asked_again_not_resumed(world: World) -> None:
    reader, _ = pending(world)
    with world.library.transaction() as writer:
        store.count_bounce(writer.connection, reader.id, "550 no such user", limit=1, now=world.now)
    disabled = current(world, reader)
    assert disabled.state is State.DISABLED
    with pytest.raises(LibraryError, match="never confirmed"), world.library.transaction() as writer:
        store.resume(writer.connection, disabled, world.now)
    again, _ = pending(world)
    assert (again.id, again.state, again.reason, again.bounces) == (reader.id, State.PENDING, "", 0)


def test_unsubscribing_takes_back_what_waits(world: World) -> None:
    reader = world.reader()
    world.put(article("1"))
    world.build()
    token = exits(world.settings, reader).token
    assert act(world, token, Purpose.UNSUBSCRIBE).state is State.UNSUBSCRIBED
    with world.library.reading() as connection:
        assert count_states(connection) == {"cancelled": 1}
    world.put(article("2"))
    assert world.build().digests == 0
    assert act(world, token, Purpose.UNSUBSCRIBE).state is State.UNSUBSCRIBED


def test_a_token_serves_one_purpose_and_one_reader(world: World) -> None:
    reader, other = world.reader(), world.reader("other@example.org")
    wrong = [
        sign(Purpose.CONFIRM, reader.id, reader.secret),
        sign(Purpose.UNSUBSCRIBE, reader.id, other.secret),
        sign(Purpose.UNSUBSCRIBE, 99, reader.secret),
        "u1-" + "a" * 32,
        "",
        "x" * 10_000,
    ]
    for token in wrong:
        with pytest.raises(LibraryError, match="not valid"):
            act(world, token, Purpose.UNSUBSCRIBE)
    assert current(world, reader).state is State.ACTIVE


def test_the_same_topics_twice_are_refused(world: World) -> None:
    world.reader()
    with pytest.raises(LibraryError, match="has subscription 1"):
        world.reader()
    world.reader("reader@example.org", "exosomes")


def test_changing_to_what_the_reader_has_is_refused_and_so_is_changing_what_has_ended(world: World) -> None:
    world.reader()
    second = world.reader("reader@example.org", "exosomes")
    with world.library.transaction() as writer:
        with pytest.raises(LibraryError, match="has subscription 1"):
            store.change(writer.connection, second, Wishes(topics=("cells",)), world.now)
        store.change(writer.connection, second, Wishes(topics=("exosomes",), max_items=5), world.now)
        ended = store.end(writer.connection, second, world.now)
        with pytest.raises(LibraryError, match="has been ended"):
            store.change(writer.connection, ended, Wishes(topics=("cells", "exosomes")), world.now)


def test_bounces_disable_and_say_so_and_success_forgives(world: World) -> None:
    reader = world.reader()
    for _ in range(2):
        with world.library.transaction() as writer:
            store.count_bounce(writer.connection, reader.id, "550 no such user", limit=3, now=world.now)
    with world.library.transaction() as writer:
        store.clear_bounces(writer.connection, reader.id)
    for _ in range(3):
        with world.library.transaction() as writer:
            store.count_bounce(writer.connection, reader.id, "550 no such user", limit=3, now=world.now)
    disabled = current(world, reader)
    assert disabled.state is State.DISABLED
    assert "refused 3 times" in disabled.reason
    assert "550 no such user" in disabled.reason
    with world.library.transaction() as writer:
        assert store.resume(writer.connection, disabled, world.now).bounces == 0


def test_a_changed_wish_moves_the_next_digest_and_new_topics_begin_now(world: World) -> None:
    reader = world.reader()
    world.put(article("1", title="about exosomes"))
    world.evaluate()
    later = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
    wishes = Wishes(topics=("cells", "exosomes"), at="09:30", tz="Asia/Tokyo")
    with world.library.transaction() as writer:
        changed = store.change(writer.connection, reader, wishes, later)
    assert changed.next_due[11:16] == "00:30"
    assert world.build().items == 0


def test_removing_forgets_everything(world: World) -> None:
    reader = world.reader()
    world.put(article("1"))
    world.build()
    with world.library.transaction() as writer:
        store.remove(writer.connection, reader)
    assert world.ledger() == []
    assert world.mails() == []
    with pytest.raises(LibraryError, match="there is no subscription 1"):
        current(world, reader)


@pytest.mark.parametrize("address", ["", "a", "a@", "@b.example", "a b@c.example", "a@b.example\r\nBcc: x@y.example"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ConfigError):
        check_address(address)


def test_an_address_is_brought_to_ascii() -> None:
    assert check_address(" Reader@Bücher.Example ") == "Reader@xn--bcher-kva.example"
    assert check_address("Reader@Bu\u0308cher.Example") == "Reader@xn--bcher-kva.example"
    assert check_address("reader@例え.テスト") == "reader@xn--r8jz45g.xn--zckzah"


@pytest.mark.parametrize(
    ("address", "said", "hint"),
    [
        ("ü@exämple.org", "before the @ only", "second name in ASCII"),
        ("reader@straße.example", "two domains", "xn--"),
        ("reader@.example", "is not a mail address", "name@example.org"),
    ],
)
def test_what_mail_cannot_reach_is_refused_with_the_reason(address: str, said: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        check_address(address)
    assert hint in refused.value.hint


@pytest.mark.parametrize("wishes", [{"topics": ()}, {"at": "25:00"}, {"tz": "Mars"}, {"days": "x"}, {"max_items": 0}])
def test_wishes_that_cannot_be_met_are_refused(wishes: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        Wishes(**{"topics": ("cells",), **wishes}).checked()  # type: ignore[arg-type]


def test_a_mail_to_the_reply_address_unsubscribes(world: World) -> None:
    reader = world.reader()
    token = exits(world.settings, reader).token
    mail = f"From: x@y.example\nSubject: Unsubscribe {token.upper()}\n\n".encode()
    answer = act_on_mail(world.library, mail, settings=world.settings.digest, now=world.now)
    assert "unsubscribed" in answer


def test_without_a_link_a_reader_confirms_by_mail(tmp_path: Path) -> None:
    world = World(tmp_path, unsubscribe_address="leave@cordwatch.example")
    bare = msgspec.structs.replace(world.settings.digest, public_url="")
    world.settings = msgspec.structs.replace(world.settings, digest=bare)
    reader, _ = pending(world)
    asked = re.search(r"Write to (\S+) with the subject: (.*)", world.mails()[0].decode().replace("=\r\n", ""))
    assert asked
    assert asked[1] == "leave@cordwatch.example"
    answer = f"From: reader@example.org\nSubject: {asked[2]}\n\n".encode()
    with pytest.raises(LibraryError, match="neither"):
        act_on_mail(world.library, answer.replace(b"confirm", b"Re: confirm"), settings=bare, now=world.now)
    assert current(world, reader).state is State.PENDING
    act_on_mail(world.library, answer, settings=bare, now=world.now)
    assert current(world, reader).state is State.ACTIVE
    world.close()


def one_digest(world: World) -> tuple[Subscription, str, str]:
    """A reader, the digest it was sent as text, and the digest's Message-ID."""
    reader = world.reader()
    world.put(article("1"))
    world.build()
    digest = world.mails()[-1].decode().replace("=\r\n", "").replace("\r\n", "\n")
    assert exits(world.settings, reader).token in digest
    found = re.search(r"^Message-ID: (\S+)", digest, re.MULTILINE)
    assert found
    return reader, digest, found[1]


@pytest.mark.parametrize(
    "subject",
    ["Unsubscribe {}", "[EXTERNAL] unsubscribe {}", "[A] [B] UNSUBSCRIBE\n {}", "=?utf-8?q?unsubscribe_{}?="],
)
@pytest.mark.parametrize("by", ["", "Auto-Submitted: no\n", "Auto-Submitted: auto-generated\n"])
def test_a_subject_that_asks_for_it_unsubscribes(world: World, subject: str, by: str) -> None:
    reader, digest, _ = one_digest(world)
    token = exits(world.settings, reader).token
    mail = f"From: reader@example.org\n{by}Subject: {subject.format(token)}\n\n{digest}".encode()
    act_on_mail(world.library, mail, settings=world.settings.digest, now=world.now)
    assert current(world, reader).state is State.UNSUBSCRIBED


@pytest.mark.parametrize(
    "subject", ["Re: Cordwatch", "Re: unsubscribe {}", "AW: unsubscribe {}", "not to unsubscribe {}", "{}", ""]
)
def test_a_reply_that_quotes_a_digest_ends_nothing(world: World, subject: str) -> None:
    reader, digest, _ = one_digest(world)
    quoted = "".join(f"> {line}\n" for line in digest.splitlines())
    headline = subject.format(exits(world.settings, reader).token)
    for body in (quoted, digest):
        mail = f"From: reader@example.org\nSubject: {headline}\n\nItem 3 is great, keep them coming!\n\n{body}"
        with pytest.raises(LibraryError, match="neither") as refused:
            act_on_mail(world.library, mail.encode(), settings=world.settings.digest, now=world.now)
        assert "unsubscribe TOKEN" in refused.value.hint
    assert current(world, reader).state is State.ACTIVE


@pytest.mark.parametrize(
    "headers",
    [
        "Auto-Submitted: auto-replied\nSubject: Away until Monday",
        "Auto-Submitted: Auto-Replied (vacation)\nSubject: unsubscribe {}",
        "Auto-Submitted: auto-notified; owner-email=a@b.example\nSubject: unsubscribe {}",
        "Return-Path: <>\nSubject: unsubscribe {}",
        "Return-Path: <>\nSubject: Away, call 550 5.1.1",
    ],
)
def test_a_notice_of_absence_ends_nothing_and_counts_as_nothing(world: World, headers: str) -> None:
    reader, digest, _ = one_digest(world)
    headline = headers.format(exits(world.settings, reader).token)
    mail = f"From: reader@example.org\n{headline}\n\nCall 550 5.1.1.\n\n{digest}".encode()
    answer = act_on_mail(world.library, mail, settings=world.settings.digest, now=world.now)
    assert answer == "an automatic answer: nothing to do"
    after = current(world, reader)
    assert (after.state, after.bounces) == (State.ACTIVE, 0)


@pytest.mark.parametrize(
    ("said", "bounces"),
    [
        ("Remote host said: 550 5.1.1 no such user", 1),
        ("SMTP error after RCPT TO:<reader@example.org>: 553 unknown", 1),
        ("Still trying. 4.4.1 connection timed out", 0),
        ("Could not be delivered yet by relay 5.1.1.7, version 5.550", 0),
    ],
)
def test_a_bounce_in_prose_counts_and_ends_nothing(world: World, said: str, bounces: int) -> None:
    reader, digest, message_id = one_digest(world)
    mail = (
        "Return-Path: <>\nFrom: Mail Delivery System <MAILER-DAEMON@relay.example>\nMessage-ID: <b@relay.example>\n"
        f"Subject: failure notice\n\n{said}\n\n--- Below this line is a copy of the message.\n\n{digest}"
    )
    answer = act_on_mail(world.library, mail.encode(), settings=world.settings.digest, now=world.now)
    assert answer.startswith("bounce 1 of" if bounces else "status unknown: nothing")
    after = current(world, reader)
    assert (after.state, after.bounces) == (State.ACTIVE, bounces)
    assert message_id in mail


def bounce(message_id: str, status: str) -> bytes:
    return "\r\n".join(
        [
            "From: mailer-daemon@relay.example",
            'Content-Type: multipart/report; report-type=delivery-status; boundary="B"',
            *("", "--B", "Content-Type: text/plain", "", "Sorry."),
            *("--B", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; relay.example", ""),
            *("Final-Recipient: rfc822; reader@example.org", "Action: failed", f"Status: {status}"),
            *("Diagnostic-Code: smtp; 550 unknown user", ""),
            *("--B", "Content-Type: text/rfc822-headers", "", f"Message-ID: {message_id}", "", "--B--", ""),
        ]
    ).encode()


def test_a_report_of_a_bounce_counts(world: World) -> None:
    reader = world.reader()
    names = []
    for number in range(3):
        world.put(article(str(number)))
        world.build()
        names.append(newest_digest(world))
    settings = world.settings.digest
    assert "nothing to do" in act_on_mail(world.library, bounce(names[0], "4.2.2"), settings=settings, now=world.now)
    for number, name in enumerate(names, start=1):
        answer = act_on_mail(world.library, bounce(name, "5.1.1"), settings=settings, now=world.now)
        assert answer.startswith(f"bounce {number} of subscription {reader.id}")
        again = act_on_mail(world.library, bounce(name, "5.1.1"), settings=settings, now=world.now)
        assert again == f"{name} is bounced already: nothing to do"
    assert current(world, reader).state is State.DISABLED
    with pytest.raises(LibraryError, match="no message of ours"):
        act_on_mail(world.library, bounce("<other@x.example>", "5.1.1"), settings=settings, now=world.now)


def newest_digest(world: World) -> str:
    with world.library.reading() as connection:
        statement = "SELECT message_id FROM digests ORDER BY id DESC LIMIT 1"
        return str(connection.exec_driver_sql(statement).scalar_one())


def fetch(url: str, data: bytes | None = None) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, data, timeout=10) as answer:  # noqa: S310 - loopback
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_links_act_on_post_alone(world: World) -> None:
    reader = world.reader()
    token = exits(world.settings, reader).token

    def done(token: str, purpose: Purpose) -> str:
        return act(world, token, purpose).state

    with serving("127.0.0.1:0", done, lambda: b"metrics\n") as port:
        base = f"http://127.0.0.1:{port}"
        status, page = fetch(f"{base}/unsubscribe/{token}")
        assert status == 200
        assert "<form method=" in page
        assert current(world, reader).state is State.ACTIVE
        assert fetch(f"{base}/unsubscribe/{token}", b"List-Unsubscribe=One-Click") == (
            200,
            fetch(f"{base}/unsubscribe/{token}", b"")[1],
        )
        assert current(world, reader).state is State.UNSUBSCRIBED
        assert fetch(f"{base}/unsubscribe/u9-{'a' * 32}", b"")[0] == 400
        assert fetch(f"{base}/confirm/{token}", b"")[0] == 400
        assert fetch(f"{base}/unsubscribe/<script>", b"")[0] == 404
        assert fetch(f"{base}/unsubscribe/{token}", b"x" * 5000)[0] == 413
        assert fetch(f"{base}/health") == (200, "ok\n")
        assert fetch(f"{base}/metrics") == (200, "metrics\n")
