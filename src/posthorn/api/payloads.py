"""A stored body as it may be shown: its secrets masked. Source: segment.md 10."""

from typing import Any

from posthorn.events.lenient import NotJson, parse
from posthorn.secrets import MASK

_SECRET = frozenset(
    {
        *("token", "tokens", "accesstoken", "refreshtoken", "idtoken", "authtoken", "sessiontoken", "devicetoken"),
        *("writekey", "apikey", "secretkey", "privatekey", "authorization", "cookie", "secret", "clientsecret"),
        *("password", "passwd", "passphrase", "pin", "otp", "cardnumber", "creditcard", "cvc", "cvv", "iban", "ssn"),
    }
)


def shown_payload(body: bytes) -> Any:
    """The value of a body of the log, with tokens masked; None if it cannot be read, which a body we took in can."""
    try:
        return masked(parse(body))
    except NotJson:
        return None


def is_secret(name: str) -> bool:
    """Whether what is kept under a name is not for showing: by its words, however they are joined."""
    return name.lower().replace("_", "").replace("-", "") in _SECRET


def masked(value: Any) -> Any:
    """The value with everything masked that is kept under a name such as `token` or `writeKey`, at any depth."""
    if isinstance(value, dict):
        return {key: MASK if is_secret(key) else masked(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [masked(inner) for inner in value]
    return value
