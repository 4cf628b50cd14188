"""When an archive's picture was taken: from its EXIF, then its name, then what the user says.

References:
    [1] Exif 2.32, CIPA DC-008-2019: DateTimeOriginal, OffsetTimeOriginal, SubSecTimeOriginal.
"""

from __future__ import annotations

import re
import struct
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from PIL import Image

from landwatch.errors import ConfigError

__all__ = ["EPOCH", "compiled", "from_exif", "from_name", "zone_of"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Start of an archive whose times are unknown: plainly not a time at which anything was taken."""

EXIF_IFD = 0x8769
ORIGINAL = (0x9003, 0x9011, 0x9291)
"""Tags of the time, the offset and the sub-seconds at which the picture was taken [1]."""
DIGITIZED = (0x9004, 0x9012, 0x9292)
"""The same for when it was digitized, which for a camera is the same moment [1]."""

# What Pillow raises on files that are no pictures or whose EXIF is damaged.
UNREADABLE = (OSError, ValueError, SyntaxError, struct.error, TypeError, KeyError, IndexError, EOFError)

GROUPS = ("year", "month", "day", "hour", "minute", "second")

BUILT_IN = (
    re.compile(
        r"(?<!\d)(?P<year>(?:19|20)\d\d)[-_.]?(?P<month>0[1-9]|1[0-2])[-_.]?(?P<day>0[1-9]|[12]\d|3[01])"
        r"[-_.T ]?(?P<hour>[01]\d|2[0-3])[-_.:]?(?P<minute>[0-5]\d)(?:[-_.:]?(?P<second>[0-5]\d))?(?!\d)"
    ),
)
"""Names that can mean nothing else: a four-digit year down to minutes or seconds."""

UNIX_NAME = re.compile(r"(?<!\d)(1\d{9})(\d{3})?(?!\d)")
"""Seconds or milliseconds since 1970, as mountain-top smoke cameras name their pictures."""


def zone_of(name: str) -> tzinfo:
    """Return the time zone of a name such as Asia/Shanghai.

    Raises:
        ConfigError: if there is none of that name.
    """
    if name.upper() in ("UTC", "Z"):
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise ConfigError(
            f"no time zone called {name!r}; write it as Asia/Shanghai or Europe/Berlin"
        ) from None


def compiled(pattern: str) -> re.Pattern[str]:
    """Return the user's pattern, checked.

    Raises:
        ConfigError: if it is no regular expression or lacks what makes a time.
    """
    try:
        made = re.compile(pattern)
    except re.error as error:
        raise ConfigError(f"time pattern {pattern!r} is no regular expression: {error}") from None
    named = set(made.groupindex)
    unknown = sorted(named - set(GROUPS))
    if unknown:
        raise ConfigError(
            f"time pattern {pattern!r} has the group {unknown[0]!r}; groups may be {', '.join(GROUPS)}"
        )
    if not ({"hour"} <= named or {"month", "day"} <= named):
        raise ConfigError(
            f"time pattern {pattern!r} makes no time; it needs at least (?P<hour>...) or (?P<month>...) and "
            f"(?P<day>...)"
        )
    return made


def from_exif(path: Path, zone: tzinfo) -> datetime | None:
    """Return when a still was taken by its EXIF, aware UTC, or None; `zone` is for times without offset."""
    try:
        with Image.open(path) as image:
            table = image.getexif().get_ifd(EXIF_IFD)
        for time_tag, offset_tag, fraction_tag in (ORIGINAL, DIGITIZED):
            stated = str(table.get(time_tag, "")).strip("\0 ")
            if not stated:
                continue
            naive = datetime.strptime(stated, "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007
            fraction = str(table.get(fraction_tag, "")).strip("\0 ")
            if fraction.isdigit():
                naive += timedelta(seconds=float(f"0.{fraction}"))
            offset = _offset(str(table.get(offset_tag, "")).strip("\0 "))
            return naive.replace(tzinfo=offset or zone).astimezone(UTC)
    except UNREADABLE:
        return None
    return None


def _offset(text: str) -> timezone | None:
    match = re.fullmatch(r"([+-])(\d\d):(\d\d)", text)
    if match is None:
        return None
    minutes = int(match[2]) * 60 + int(match[3])
    if minutes >= 24 * 60:
        return None
    return timezone(timedelta(minutes=minutes if match[1] == "+" else -minutes))


def from_name(
    path: Path, pattern: re.Pattern[str] | None, zone: tzinfo, start: datetime | None
) -> datetime | None:
    """Return when a file was taken by its name, aware UTC, or None.

    Args:
        pattern: the user's; only the built-in ones are tried where it is None. One that has a slash in it is
            searched for in the whole path, else in the file's name.
        zone: of the times in names.
        start: gives the parts that the pattern has no group for (a date, for names that tell the hour).
    """
    if pattern is None:
        for built_in in BUILT_IN:
            match = built_in.search(path.stem)
            if match is not None:
                return _moment(match, zone, EPOCH)
        unix = UNIX_NAME.search(path.stem)
        if unix is None:
            return None
        return datetime.fromtimestamp(int(unix[1]) + int(unix[2] or 0) / 1000, UTC)
    match = pattern.search(path.as_posix() if "/" in pattern.pattern else path.name)
    return None if match is None else _moment(match, zone, start or EPOCH)


def _moment(match: re.Match[str], zone: tzinfo, start: datetime) -> datetime | None:
    said = {name: value for name, value in match.groupdict().items() if value is not None}
    local = start.astimezone(zone)
    parts = {"year": local.year, "month": local.month, "day": local.day, "hour": 0, "minute": 0, "second": 0}
    try:
        parts.update({name: int(value) for name, value in said.items()})
        if len(said.get("year", "")) == 2:
            # POSIX strptime's rule for %y: 69 to 99 lie in the twentieth century.
            parts["year"] += 1900 if parts["year"] >= 69 else 2000
        return datetime(**parts, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
