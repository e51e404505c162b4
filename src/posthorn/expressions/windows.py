"""Delivery windows in the manner of opening hours: `Mo-Fr 09:00-17:00; Sa 10:00-12:00`, `Dec 24-26 10:00-14:00`."""

import re
from datetime import date
from functools import lru_cache

from msgspec import Struct

from posthorn.errors import Invalid

_DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIMES = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})", re.ASCII)
_DAY_WORD = "(?:mo|tu|we|th|fr|sa|su)"
_MONTH_WORD = "(?:" + "|".join(_MONTHS) + ")"
_WEEKDAYS = re.compile(rf"({_DAY_WORD})(?:\s*-\s*({_DAY_WORD}))?")
_MONTHS_ONLY = re.compile(rf"({_MONTH_WORD})(?:\s*-\s*({_MONTH_WORD}))?")
_DATES = re.compile(rf"({_MONTH_WORD})\s+(\d{{1,2}})(?:\s*-\s*(?:({_MONTH_WORD})\s+)?(\d{{1,2}}))?(?!\d|:)")
_WHOLE_DAY = 24 * 60
_EVERY_DAY = (1, 1, 12, 31)
_MAX_LENGTH = 500


class Opening(Struct, frozen=True, kw_only=True):
    """One stretch of time on every day that fits.

    weekdays: 0 is Monday. dates: first month and day, last month and day; may wrap the year. Minutes are
    counted from midnight; `end_minute` is exclusive and lies beyond 1,440 for a stretch that ends on the next day.
    """

    weekdays: frozenset[int]
    dates: tuple[int, int, int, int]
    start_minute: int
    end_minute: int

    def includes(self, day: date) -> bool:
        """Whether it opens on that day."""
        first, last = self.dates[:2], self.dates[2:]
        here = (day.month, day.day)
        in_dates = first <= here <= last if first <= last else here >= first or here <= last
        return in_dates and day.weekday() in self.weekdays


class _Days(Struct, frozen=True, kw_only=True):
    weekdays: frozenset[int] = frozenset(range(7))
    dates: tuple[int, int, int, int] = _EVERY_DAY


@lru_cache(maxsize=1024)
def parse_window(text: str) -> tuple[Opening, ...]:
    """The openings of a window, whose entries are separated by `;` or `,`.

    Times alone repeat the days before them; days alone join the times after them or, at the end, mean the whole day.
    Raises Invalid. Source: courier.md 6.6.
    """
    if len(text) > _MAX_LENGTH:
        raise Invalid(f"A delivery window has at most {_MAX_LENGTH} characters.")
    openings: list[Opening] = []
    for rule in text.lower().split(";"):
        openings.extend(_rule(rule, text))
    if not openings:
        raise _unreadable(text)
    return tuple(openings)


def _rule(rule: str, text: str) -> list[Opening]:
    openings: list[Opening] = []
    waiting: list[_Days] = []
    last: list[_Days] = [_Days()]
    for entry in (part.strip() for part in rule.split(",")):
        if not entry:
            continue
        times = _TIMES.search(entry)
        selector = (entry[: times.start()] if times else entry).strip()
        if times and entry[times.end() :].strip():
            raise _unreadable(text)
        if selector:
            waiting.append(_days(selector, text))
        if times:
            last, waiting = waiting or last, []
            openings.extend(_opening(days, _minutes(times, text)) for days in last)
    openings.extend(_opening(days, (0, _WHOLE_DAY)) for days in waiting)
    return openings


def _opening(days: _Days, minutes: tuple[int, int]) -> Opening:
    return Opening(weekdays=days.weekdays, dates=days.dates, start_minute=minutes[0], end_minute=minutes[1])


def _days(selector: str, text: str) -> _Days:
    if selector == "24/7":
        return _Days()
    dates, rest = _dates(selector)
    if not rest:
        return _Days(dates=dates)
    weekdays = _WEEKDAYS.fullmatch(rest)
    if weekdays is None:
        raise _unreadable(text)
    first = _DAYS.index(weekdays[1])
    last = _DAYS.index(weekdays[2] or weekdays[1])
    return _Days(weekdays=frozenset((first + step) % 7 for step in range((last - first) % 7 + 1)), dates=dates)


def _dates(selector: str) -> tuple[tuple[int, int, int, int], str]:
    found = _DATES.match(selector)
    if found:
        month, day = _MONTHS.index(found[1]) + 1, int(found[2])
        last_month = _MONTHS.index(found[3]) + 1 if found[3] else month
        return (month, day, last_month, int(found[4] or day)), selector[found.end() :].strip()
    found = _MONTHS_ONLY.match(selector)
    if found:
        first, last = _MONTHS.index(found[1]) + 1, _MONTHS.index(found[2] or found[1]) + 1
        return (first, 1, last, 31), selector[found.end() :].strip()
    return _EVERY_DAY, selector


def _minutes(times: re.Match[str], text: str) -> tuple[int, int]:
    hour, minute, end_hour, end_minute = (int(part) for part in times.groups())
    start, end = hour * 60 + minute, end_hour * 60 + end_minute
    if minute > 59 or end_minute > 59 or start >= _WHOLE_DAY or end > _WHOLE_DAY:
        raise _unreadable(text)
    return start, end if end > start else end + _WHOLE_DAY


def _unreadable(text: str) -> Invalid:
    return Invalid(f'"{text[:80]}" is not a delivery window such as "Mo-Fr 09:00-17:00".')
