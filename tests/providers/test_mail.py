"""Mail as bytes: complete, the same each time, and safe against hostile text."""

from collections.abc import Callable
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.errors import Permanent
from posthorn.providers.mail import has_email, mail, plain_address, plain_text
from posthorn.providers.model import Outgoing

FROM = "shop@example.test"
EXPECTED_HEADERS = {"from", "to", "subject", "date", "message-id", "mime-version", "content-type"}


def parse(outgoing: Outgoing, from_name: str = "") -> Message:
    return message_from_bytes(mail(outgoing, from_address=FROM, from_name=from_name).raw)


def decoded(header: str) -> str:
    return str(make_header(decode_header(header)))


def test_a_mail_built_twice_is_the_same_mail(letter: Callable[..., Outgoing]) -> None:
    first, second = (mail(letter(attempt=n), from_address=FROM, from_name="Shop") for n in (1, 2))

    assert first == second


def test_the_date_is_when_it_was_routed(letter: Callable[..., Outgoing]) -> None:
    assert parse(letter())["Date"] == "Mon, 02 Mar 2026 09:20:00 +0000"


def test_other_alphabets_arrive_in_subject_name_and_text(letter: Callable[..., Outgoing]) -> None:
    subject, name = "Grüße aus Köln " * 20, "Лавка «Ёж» " * 8
    parsed = parse(letter(subject=subject, text="日本語"), name)

    assert decoded(parsed["Subject"]) == subject.strip()
    assert decoded(parsed["From"]) == f"{name.strip()} <{FROM}>"
    text, _ = parsed.get_payload()
    assert text.get_payload(decode=True).decode() == "日本語"


def test_no_line_of_a_mail_is_longer_than_the_protocol_allows(letter: Callable[..., Outgoing]) -> None:
    outgoing = letter(subject="word " * 200, html="<p>" + "x" * 5_000 + "</p>", text="y" * 5_000)

    assert max(map(len, mail(outgoing, from_address=FROM, from_name="").raw.splitlines())) <= 998


def test_a_mail_without_html_is_plain_text(letter: Callable[..., Outgoing]) -> None:
    assert parse(letter(html="")).get_content_type() == "text/plain"


def test_a_mail_without_text_gets_one_from_its_html(letter: Callable[..., Outgoing]) -> None:
    text, _ = parse(letter(text="", html="<p>Fish &amp; <b>chips</b></p><script>x()</script>")).get_payload()

    assert text.get_payload().strip() == "Fish & chips"


@given(hostile=st.text(min_size=1), ending=st.sampled_from(["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028"]))
def test_no_text_can_become_a_header(hostile: str, ending: str) -> None:
    text = f"a{ending}Bcc: everybody@example.test{ending}{ending}{hostile}"
    outgoing = Outgoing(
        message_id=f"m{text}",
        environment="test",
        channel="email",
        recipient="u",
        user_key="u",
        to={"email": "ada@example.test"},
        subject=text,
        text=text,
        html=text,
        headers={"List-Unsubscribe": text},
        override={"headers": {"X-Other": text, f"X{ending}Bcc": "x"}, "body": {"reply_to": text}},
        idempotency_key="k",
        routed_at=0,
        attempted_at=0,
    )

    parsed = parse(outgoing, text)

    assert {name.lower() for name, _ in parsed.items()} <= EXPECTED_HEADERS | {"list-unsubscribe", "x-other"}
    assert parsed["Bcc"] is None
    assert not parsed.defects
    assert [part.get_content_type() for part in parsed.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_a_text_cannot_start_another_part(letter: Callable[..., Outgoing]) -> None:
    boundary = parse(letter()).get_boundary()

    parsed = parse(letter(text=f"x\r\n--{boundary}\r\nContent-Type: text/html\r\n\r\n<script>"))

    assert len(list(parsed.walk())) == 3


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_long_address_stays_on_the_line_of_its_header(letter: Callable[..., Outgoing], count: int) -> None:
    ways = ", ".join(f"<https://x.test/u/{'a' * 300}{number}>" for number in range(count))
    outgoing = letter(headers={"List-Unsubscribe": ways}, subject="News " * 40)

    raw = mail(outgoing, from_address=FROM, from_name="").raw
    unfolded = raw.replace(b"\n ", b" ").decode().split("\n")

    assert f"List-Unsubscribe: {ways}" in unfolded
    assert f"Subject: {'News ' * 40}".strip() in unfolded
    assert b"\nList-Unsubscribe: <https://x.test/u/aaa" in raw
    assert max(len(line) for line in raw.split(b"\n") if b"https" not in line) <= 78


def test_unsubscribe_headers_pass_and_those_of_the_mail_itself_cannot_be_replaced(
    letter: Callable[..., Outgoing],
) -> None:
    parsed = parse(
        letter(
            headers={"List-Unsubscribe": "<https://x.test/u/1>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
            override={"headers": {"From": "evil@x.test", "Content-Type": "text/x", "Bcc": "b@x.test", "X-Tag": "1"}},
        )
    )

    assert parsed["List-Unsubscribe"] == "<https://x.test/u/1>"
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert parsed.get_all("From") == [FROM]
    assert (parsed["Bcc"], parsed["X-Tag"], parsed.get_content_type()) == (None, "1", "multipart/alternative")


def test_an_override_replaces_subject_sender_and_reply_address(letter: Callable[..., Outgoing]) -> None:
    override = {"body": {"subject": "Other", "from": "Bob <bob@other.test>", "reply_to": "help@other.test"}}

    made = mail(letter(override=override), from_address=FROM, from_name="Shop")
    parsed = message_from_bytes(made.raw)

    assert (made.subject, made.sender) == ("Other", "bob@other.test")
    assert (parsed["From"], parsed["Reply-To"]) == ("Bob <bob@other.test>", "help@other.test")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ada@example.test", "ada@example.test"),
        (" ada+x@example.test ", "ada+x@example.test"),
        ("ada@localhost", "ada@localhost"),
        ("ada@köln.test", "ada@xn--kln-sna.test"),
        ("ada", None),
        ("@example.test", None),
        ("ada@", None),
        ("ada@-x.test", None),
        ("a b@example.test", None),
        ("ada@example.test\r\nRCPT TO:<x@y.test>", None),
        ("ada@example.test,bob@example.test", None),
        ("<ada@example.test>", None),
        ("ädä@example.test", None),
        ("a@" + "ö" * 70 + ".test", None),
        (None, None),
        (["ada@example.test"], None),
    ],
)
def test_addresses_are_told_from_other_text(text: object, address: str | None) -> None:
    assert plain_address(text) == address
    assert has_email({"email": text}) is (address is not None)


def test_no_recipient_is_a_refusal(letter: Callable[..., Outgoing]) -> None:
    with pytest.raises(Permanent, match="no usable e-mail address"):
        mail(letter(to={}), from_address=FROM, from_name="")


@given(st.text())
def test_any_html_has_a_text(html: str) -> None:
    plain_text(html)
