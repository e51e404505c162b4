"""Times that come again: cron expressions on the wall clock of a time zone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import product

from msgspec import Struct

from posthorn.errors import Invalid
from posthorn.expressions.zones import zone_of

_MONTHS = {
    name: number
    for number, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)
}
_DAYS = {name: number for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_SHORT = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_HOURS = 24
_HORIZON_DAYS = 8 * 366
"""29 February may be eight years away."""


class Cron(Struct, frozen=True, kw_only=True):
    """What each field allows. days_of_week: Sunday is 0. either_day: a day needs to fit one of its two fields, not both."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    days_of_week: frozenset[int]
    either_day: bool

    def falls_on(self, day: date) -> bool:
        """Whether it is due on that day at all."""
        if day.month not in self.months:
            return False
        fits, fits_week = day.day in self.days, day.isoweekday() % 7 in self.days_of_week
        return (fits or fits_week) if self.either_day else (fits and fits_week)


@lru_cache(maxsize=1024)
def parse_cron(text: str) -> Cron:
    """`minute hour day month weekday`, as cron has them: lists, ranges, steps, English names, `@daily` and the like.

    Where both days are restricted, one of them is enough. Raises Invalid.
    """
    fields = _SHORT.get(text.strip().lower(), text).split()
    if len(fields) != 5:
        raise Invalid(f'"{text[:80]}" is not a cron expression such as "0 9 * * mon".')
    minutes, hours = _field(fields[0], 0, 59, {}), _field(fields[1], 0, 23, {})
    days, months = _field(fields[2], 1, 31, {}), _field(fields[3], 1, 12, _MONTHS)
    week = {number % 7 for number in _field(fields[4], 0, 7, _DAYS)}
    return Cron(
        minutes=tuple(sorted(minutes)),
        hours=tuple(sorted(hours)),
        days=frozenset(days),
        months=frozenset(months),
        days_of_week=frozenset(week),
        either_day=not fields[2].startswith("*") and not fields[4].startswith("*"),
    )


def next_time(cron: Cron, *, after: int, zone: str | None) -> int | None:
    """UTC milliseconds of the first time that is later than `after`; None if there is none within eight years.

    A time that summer time skips falls on the moment after the gap, one that comes twice counts the first time.
    Raises Invalid for an unknown zone.
    """
    place = zone_of(zone)
    today = datetime.fromtimestamp(after / 1000, UTC).astimezone(place).date()
    for days in range(_HORIZON_DAYS):
        day = today + timedelta(days=days)
        if cron.falls_on(day):
            later = [due for due in _times(cron, day, place) if due > after]
            if later:
                return min(later)
    return None


def _times(cron: Cron, day: date, place: tzinfo) -> Iterator[int]:
    """When it is due on that day, not in order. An hour that comes twice counts twice only for what is due every hour."""
    folds = (0, 1) if len(cron.hours) == _HOURS else (0,)
    for hour, minute, fold in product(cron.hours, cron.minutes, folds):
        yield _milliseconds(datetime(day.year, day.month, day.day, hour, minute, tzinfo=place, fold=fold))


def _milliseconds(at: datetime) -> int:
    return (at.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _field(text: str, lowest: int, highest: int, names: dict[str, int]) -> set[int]:
    found: set[int] = set()
    for part in text.lower().split(","):
        span, slash, step_text = part.partition("/")
        step = _number(step_text, 1, highest, {}) if slash else 1
        first_text, dash, last_text = span.partition("-")
        if span == "*":
            first, last = lowest, highest
        else:
            first = _number(first_text, lowest, highest, names)
            last = _number(last_text, lowest, highest, names) if dash else highest if slash else first
        if first > last:
            raise Invalid(f'"{part[:40]}" ends before it begins.')
        found |= set(range(first, last + 1, step))
    return found


def _number(text: str, lowest: int, highest: int, names: dict[str, int]) -> int:
    number = (
        names.get(text[:3]) if text.isalpha() else int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None
    )
    if number is None or not lowest <= number <= highest:
        raise Invalid(f'"{text[:40]}" is not a number from {lowest} to {highest}.')
    return number
