"""Asks a destination whether a key exists, before anybody relies on it."""

from posthorn.destinations.model import Destination, SettingsT
from posthorn.destinations.sender import Outbound
from posthorn.errors import DeliveryFailure, Invalid, Permanent, Unavailable

_NOT_NOW = frozenset({408, 429})


async def key_exists(destination: Destination[SettingsT], settings: SettingsT, outbound: Outbound) -> bool:
    """Whether the destination knows the key; True where it cannot be asked.

    Raises Unavailable if there is no clear answer now, Invalid for an address that may not be called.
    """
    if destination.key_check is None:
        return True
    try:
        response = await outbound.request(destination.key_check(settings))
    except Permanent as failure:
        raise Invalid(failure.message) from failure
    except DeliveryFailure as failure:
        raise Unavailable(f"{destination.title} could not be asked about the key: {failure.message}") from failure
    if response.status == 200:
        return True
    if 400 <= response.status < 500 and response.status not in _NOT_NOW:
        return False
    raise Unavailable(f"{destination.title} answered {response.status} when asked about the key.")
