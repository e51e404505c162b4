"""Our own form of a receipt, for vendors that have none: a mail relay's bounce script, a webhook's receiver, tests."""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from posthorn.errors import Invalid
from posthorn.providers.model import ProviderReceipt, ReceiptKind


class _Receipt(Struct, frozen=True):
    kind: ReceiptKind
    message_id: str
    channel: str = ""
    at: int | None = None
    reason: str = ""
    url: str = ""


class _Body(Struct, frozen=True):
    receipts: list[_Receipt]


def read_receipts(body: bytes, headers: Mapping[str, str]) -> list[ProviderReceipt]:
    """From `{"receipts": [{"kind", "message_id", "channel"?, "at"?, "reason"?, "url"?}]}`; `at` in UTC milliseconds.

    Raises Invalid for anything else.
    """
    try:
        receipts = msgspec.json.decode(body, type=_Body).receipts
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Invalid(f"Not a list of receipts: {error}.") from error
    return [ProviderReceipt(**msgspec.structs.asdict(receipt)) for receipt in receipts]
