"""Numbers as people read them: money, time, bytes, counts. Rounded; the exact ones are in the journal and the JSON.

Pure, ASCII, no locale: the same in every log.
"""

_SIZES = ("B", "kB", "MB", "GB", "TB")


def money(musd: int) -> str:
    """Return an amount in dollars, with more digits while it is small."""
    usd = musd / 1e6
    if 0 < musd < 50:  # noqa: PLR2004 - what would be rounded to nothing
        return "<$0.0001"
    if 0 < musd < 100_000:  # noqa: PLR2004 - ten cents
        return f"${usd:.4f}"
    return f"${usd:,.2f}"


def duration(ms: int) -> str:
    """Return a time span in the unit that suits it: `350 ms`, `2.1 s`, `2 min 14 s`, `3 h 05 min`."""
    if ms < 1000:  # noqa: PLR2004 - a second
        return f"{ms} ms"
    tenths = round(ms / 100)
    if tenths < 600:  # noqa: PLR2004 - a minute
        return f"{tenths / 10:.1f} s"
    seconds = round(ms / 1000)
    if seconds < 3600:  # noqa: PLR2004 - an hour
        return f"{seconds // 60} min {seconds % 60:02} s"
    minutes = round(ms / 60_000)
    return f"{minutes // 60:,} h {minutes % 60:02} min"


def stopwatch(ms: int) -> str:
    """Return a time span as a clock shows it, for columns: `0:07`, `2:14`, `1:02:03`."""
    seconds = max(0, ms) // 1000
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


def size(count_bytes: int) -> str:
    """Return a number of bytes in the decimal unit that suits it."""
    value = float(count_bytes)
    for unit in _SIZES[:-1]:
        if round(value, 1 if unit != "B" else 0) < 1000:  # noqa: PLR2004 - decimal units
            return f"{value:.0f} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:,.1f} {_SIZES[-1]}"


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun: `1 turn`, `1,204 entries`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"
