import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.api.tracking.signature import is_signed

PING = b'{"type":"track","event":"Ping","userId":"u-1","properties":{"x":1e-7}}'
POLISH = '{"type":"track","event":"Zażółć","userId":"u-1"}'.encode()
PING_SIGNATURE = "bc2e4ad369a550a76c8f9c88ebbf03f7c7639745"
POLISH_SIGNATURE = "e8e6e93b041fe55d98566fe4b8b6589b920ca019"


@pytest.mark.parametrize(
    ("raw", "signature"),
    [
        (PING, PING_SIGNATURE),
        (POLISH, POLISH_SIGNATURE),
        (b"[" + PING + b"," + POLISH + b"]", PING_SIGNATURE),
        (b" [ " + POLISH + b" ] ", POLISH_SIGNATURE),
        (PING, f" {PING_SIGNATURE.upper()} "),
    ],
)
def test_the_vectors_of_the_contract_match(raw: bytes, signature: str) -> None:
    assert is_signed(raw, signature, ("other", "shhh"))


@pytest.mark.parametrize(
    ("raw", "signature", "secrets"),
    [
        (PING, PING_SIGNATURE, ("wrong",)),
        (PING, PING_SIGNATURE, ()),
        (PING, "", ("shhh",)),
        (PING, "ü", ("shhh",)),
        (PING + b" ", PING_SIGNATURE, ("shhh",)),
        (b"[" + POLISH + b"," + PING + b"]", PING_SIGNATURE, ("shhh",)),
        (b"[", PING_SIGNATURE, ("shhh",)),
        (b"[" * 100_000, PING_SIGNATURE, ("shhh",)),
        (b"\xff", PING_SIGNATURE, ("shhh",)),
    ],
)
def test_anything_else_does_not(raw: bytes, signature: str, secrets: tuple[str, ...]) -> None:
    assert not is_signed(raw, signature, secrets)


@given(st.binary(max_size=40) | st.text('[]{}",: \t1', max_size=40).map(str.encode), st.text(max_size=40))
def test_no_input_raises(raw: bytes, signature: str) -> None:
    assert is_signed(raw, signature, ("shhh",)) in (True, False)


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_a_body_that_is_no_array_is_signed_as_a_whole(text: str) -> None:
    raw = b"x" + text.encode()

    assert is_signed(raw, hmac.new(b"shhh", raw, "sha1").hexdigest(), ("shhh",))
