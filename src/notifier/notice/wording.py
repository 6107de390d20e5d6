"""Dates and moments as a customer reads them, whatever the process's own locale is."""

from datetime import UTC, date, datetime

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def day(value: date, locale: str = "") -> str:
    """Write "21 November 2026"; in a locale that is not English "2026-11-21", which every language reads."""
    if locale and locale[:2].lower() != "en":
        return f"{value:%Y-%m-%d}"
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def moment(value: datetime, locale: str = "") -> str:
    """Write "21 November 2026, 14:05 UTC": rounded down to the minute, so never later than the moment is."""
    value = value.astimezone(UTC)
    return f"{day(value, locale)}, {value:%H:%M} UTC"
