"""Medians of all rounds, as a table that people read."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median, quantiles
from typing import Final

from .scenarios import TIMES, Figures, Side

type Rounds = Mapping[str, Sequence[Figures]]
"""The figures of all rounds, by scenario, number of chargers and side: `each_second 20 ours`."""

_MS, _KB, _MB = 1e3, 1e-3, 1e-6
UNITS: Final = {
    "messages_per_second": ("messages/s", 1.0, 0),
    "cpu_per_message": ("CPU per message, ms", _MS, 3),
    "cpu_of_home": ("of it Home Assistant, ms", _MS, 3),
    "p50": ("p50, ms", _MS, 2),
    "p99": ("p99, ms", _MS, 2),
    "states_per_message": ("state writes per message", 1.0, 2),
    "bytes_per_hour": ("recorder, kB per charger and hour", _KB, 0),
    "blocked": ("longest callback, CPU ms", _MS, 1),
    "blocked_wall": ("longest callback, wall ms", _MS, 1),
    "collection": ("longest garbage collection, CPU ms", _MS, 1),
    "seconds": ("time, s", 1.0, 2),
    "keys_written": ("keys written", 1.0, 0),
    "other_calls": ("other requests", 1.0, 0),
    "cpu_per_charger": ("CPU per charger, ms", _MS, 1),
    "idle_used": ("connected, MB per charger used", _MB, 2),
    "idle_held": ("connected, MB per charger held", _MB, 2),
    "full_recorder_used": ("flight recorder full, MB per charger used", _MB, 2),
    "full_recorder_held": ("flight recorder full, MB per charger held", _MB, 2),
}
"""Name, factor and digits of each figure."""

FLOOR: Final[Side] = "floor"
OURS: Final[Side] = "ours"


def medians(rounds: Rounds) -> dict[str, Figures]:
    """Return the median of each figure; percentiles of all rounds together, where there are times."""
    return {
        scenario: {
            name: median(figures[name] for figures in results)
            for name in results[0]
            if name != TIMES
        }
        | _percentiles(results)
        for scenario, results in rounds.items()
    }


def _percentiles(results: Sequence[Figures]) -> Figures:
    times = [time for figures in results for time in figures.get(TIMES, ())]
    if not times:
        return {}
    percentiles = quantiles(times, n=100, method="inclusive")
    return {"p50": percentiles[49], "p99": percentiles[98]}


def table(rounds: Rounds) -> Iterator[str]:
    """Return the lines of a table in Markdown: median, ratio, and from least to most."""
    found = medians(rounds)
    yield "| Scenario | Chargers | Figure | Ours | Floor | Ratio | Ours, least – most |"
    yield "|---|--:|---|--:|--:|--:|--:|"
    for key, figures in found.items():
        scenario, number, side = key.split()
        if side == FLOOR:
            continue
        floor = found.get(f"{scenario} {number} {FLOOR}", {})
        for name, value in figures.items():
            unit, factor, digits = UNITS[name]

            def shown(figure: float) -> str:
                return f"{figure * factor:.{digits}f}"  # noqa: B023  called at once

            all_rounds = [results[name] for results in rounds[key]]
            beside = floor.get(name)
            cells = [
                scenario.replace("_", " "),
                number,
                unit,
                shown(value),
                shown(beside) if beside else "",
                f"{value / beside:.2f}" if beside else "",
                f"{shown(min(all_rounds))} – {shown(max(all_rounds))}",
            ]
            yield f"| {' | '.join(cells)} |"
