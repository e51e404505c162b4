import pytest

from posthorn.api.signed_ids import read_signed_id, sign_id
from posthorn.secrets import Vault


@pytest.fixture
def vault() -> Vault:
    """Any."""
    return Vault(b"a secret key that is long enough to be one")


@pytest.mark.parametrize("id", ["src_1", "a/b", "ü", ""])
def test_what_was_signed_is_read(vault: Vault, id: str) -> None:
    assert read_signed_id(vault, "callback", sign_id(vault, "callback", "test", id)) == ("test", id)


@pytest.mark.parametrize("token", ["", "x", "AAAA" * 20])
def test_any_other_token_names_nobody(vault: Vault, token: str) -> None:
    assert read_signed_id(vault, "callback", token) == ("", "")


def test_a_token_of_another_purpose_names_nobody(vault: Vault) -> None:
    assert read_signed_id(vault, "webhook", sign_id(vault, "callback", "test", "src_1")) == ("", "")
