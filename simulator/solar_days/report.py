"""What the days came to, as a table."""

from collections.abc import Iterator

from .home import Result, compared
from .weather import DAYS


def table() -> Iterator[str]:
    """Return the lines of a table in Markdown."""
    yield "| Day | Rule | Sun, kWh | From the grid, Wh | From the battery, Wh | Starts | Changes |"
    yield "|---|---|---|---|---|---|---|"
    for day in DAYS:
        for rule, result in zip(("this", "naive"), compared(day), strict=True):
            yield row(day.name if rule == "this" else "", rule, result)


def row(day: str, rule: str, result: Result) -> str:
    """Return a line of the table."""
    cells = (
        day,
        rule,
        f"{result.sun / 1000:.1f}",
        f"{result.imported:.0f}",
        f"{result.from_battery:.0f}",
        f"{result.starts}",
        f"{result.changes}",
    )
    return f"| {' | '.join(cells)} |"
