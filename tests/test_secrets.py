"""Sealing, masks and signatures."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.errors import Invalid
from posthorn.secrets import Vault, load_or_create_key, mask

KEY = b"k" * 32
OTHER = b"o" * 32
VAULT = Vault(KEY)


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_what_is_sealed_can_be_opened(text: str) -> None:
    assert VAULT.open(VAULT.seal(text)) == text


def test_a_sealed_text_does_not_show_what_it_holds_nor_that_it_is_the_same() -> None:
    assert "hunter2" not in VAULT.seal("hunter2")
    assert VAULT.seal("hunter2") != VAULT.seal("hunter2")


def test_an_older_key_still_opens_and_verifies_after_a_rotation() -> None:
    rotated = Vault(OTHER, KEY)

    assert rotated.open(VAULT.seal("secret")) == "secret"
    assert rotated.verify("click", VAULT.sign("click", b"x")) == b"x"
    with pytest.raises(Invalid, match="not the one it was sealed with"):
        VAULT.open(rotated.seal("secret"))
    assert VAULT.verify("click", rotated.sign("click", b"x")) is None


@pytest.mark.parametrize("text", ["", "x", "gAAAAA", "ü" * 40])
def test_what_was_never_sealed_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        VAULT.open(text)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(Invalid, match="at least 16 bytes"):
        Vault(b"short")


@given(st.binary(max_size=200))
def test_a_signed_payload_comes_back(payload: bytes) -> None:
    assert VAULT.verify("click", VAULT.sign("click", payload)) == payload


@given(st.binary(max_size=40), st.integers(min_value=0), st.integers(min_value=1, max_value=63))
def test_one_changed_character_of_a_token_voids_it(payload: bytes, place: int, shift: int) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = VAULT.sign("click", payload)
    at = place % len(token)
    changed = token[:at] + alphabet[(alphabet.index(token[at]) + shift) % 64] + token[at + 1 :]

    assert VAULT.verify("click", changed) is None


@given(st.text(max_size=60))
def test_any_text_may_be_given_as_a_token(text: str) -> None:
    assert VAULT.verify("click", text) is None


def test_a_token_of_one_purpose_is_worth_nothing_for_another() -> None:
    assert VAULT.verify("open", VAULT.sign("click", b"x")) is None


@pytest.mark.parametrize(
    ("secret", "shown"),
    [("", ""), ("a", "********"), ("12345678", "********"), ("123456789", "********6789"), ("é" * 9, "********éééé")],
)
def test_a_mask_shows_the_last_four_characters_of_a_long_secret(secret: str, shown: str) -> None:
    assert mask(secret) == shown


def test_a_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret.key"

    key = load_or_create_key(path)

    assert load_or_create_key(path) == key
    assert len(key) >= 43
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["secret.key"]


def test_several_that_start_at_once_get_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        keys = list(threads.map(lambda _: load_or_create_key(tmp_path / "secret.key"), range(32)))

    assert len(set(keys)) == 1


def test_a_key_file_that_holds_too_little_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    path.write_text("\n")

    with pytest.raises(Invalid, match="no usable secret key"):
        load_or_create_key(path)
    assert path.read_text() == "\n"
