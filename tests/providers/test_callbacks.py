"""Receipts in our own form."""

import pytest

from posthorn.errors import Invalid
from posthorn.providers.callbacks import read_receipts
from posthorn.providers.model import ProviderReceipt


def test_receipts_are_read() -> None:
    body = b'{"receipts": [{"kind": "bounced", "message_id": "m-1", "channel": "email", "at": 5, "reason": "gone"}]}'

    assert read_receipts(body, {}) == [ProviderReceipt(kind="bounced", message_id="m-1", channel="email", at=5, reason="gone")]


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"receipts": [{"kind": "eaten", "message_id": "m"}]}', b"{}"])
def test_anything_else_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid, match="Not a list of receipts"):
        read_receipts(body, {})
