"""One call of one provider; what comes of it is a value, whatever happens."""

import anyio

from posthorn.errors import NotSent, OutcomeUnknown, Permanent, Temporary
from posthorn.providers.catalogue import providers
from posthorn.providers.model import Deferred, InstalledProvider, Outgoing, Rejected, Result, Unknown
from posthorn.providers.seam import Provider
from posthorn.providers.wires import Wires

TIMEOUT_MS = 300_000


async def deliver(installed: InstalledProvider, outgoing: Outgoing, wires: Wires, *, timeout_ms: int = TIMEOUT_MS) -> Result:
    """What the provider said. Tries once; trying again is the caller's. Default time: five minutes (courier.md 6.5)."""
    declared = providers().get(installed.key)
    if declared is None:
        return Rejected(reason=f"There is no provider {installed.key}.", code="unknown_provider")
    try:
        with anyio.move_on_after(timeout_ms / 1000):
            return await _call(declared, installed, outgoing, wires)
    except (NotSent, Temporary) as error:
        return Deferred(reason=error.message, retry_after_ms=error.retry_after_ms)
    except Permanent as error:
        return Rejected(reason=error.message, code="not_sendable")
    except OutcomeUnknown as error:
        return Unknown(reason=error.message)
    return Unknown(reason=f"{installed.key} did not answer in {timeout_ms} ms.")


async def _call(declared: Provider, installed: InstalledProvider, outgoing: Outgoing, wires: Wires) -> Result:
    if declared.send is not None:
        return await declared.send(outgoing, installed.settings, wires)
    if declared.request is None or declared.receipt is None:
        raise TypeError(f"The provider {declared.key} declares neither send nor request and receipt")
    response = await wires.outbound.request(declared.request(outgoing, installed.settings))
    return declared.receipt(response, outgoing, installed.settings)
