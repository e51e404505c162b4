"""The connections to the outside that providers are given."""

from msgspec import Struct

from posthorn.outbound import Outbound
from posthorn.providers.smtp_pool import SmtpPool


class Wires(Struct, frozen=True, kw_only=True):
    """Shared by all providers for as long as the process runs."""

    outbound: Outbound
    smtp: SmtpPool
