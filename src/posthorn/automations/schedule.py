"""When something that comes again, or once, is due next. Source: courier.md 4.1."""

from msgspec import Struct

from posthorn.errors import Invalid
from posthorn.expressions.cron import next_time, parse_cron
from posthorn.expressions.moments import timestamp
from posthorn.expressions.zones import zone_of


class Schedule(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Exactly one of `cron` ("0 9 * * mon") and `at` (ISO 8601). timezone: where its clock hangs; "" for the default."""

    cron: str = ""
    at: str = ""
    timezone: str = ""

    def __post_init__(self) -> None:
        if bool(self.cron) == bool(self.at):
            raise ValueError("Exactly one of `cron` and `at`: Required")
        try:
            zone_of(self.timezone)
            if self.cron:
                parse_cron(self.cron)
            else:
                timestamp(self.at)
        except Invalid as error:
            raise ValueError(error.message) from None

    def next_due(self, *, after: int, zone: str = "UTC") -> int | None:
        """UTC milliseconds of the first time after that moment, None if there is none. zone: of the clock if it names none."""
        place = self.timezone or zone
        if self.at:
            due = timestamp(self.at, zone=place)
            return due if due > after else None
        return next_time(parse_cron(self.cron), after=after, zone=place)
