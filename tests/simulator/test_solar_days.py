"""What docs/smart-charging.md says about solar charging on simulated days."""

from pathlib import Path

import pytest

from simulator.solar_days.home import Result, compared
from simulator.solar_days.report import row
from simulator.solar_days.weather import DAYS, Day

DOCS = Path(__file__).parents[2] / "docs" / "smart-charging.md"


@pytest.fixture(scope="module")
def results() -> dict[str, tuple[Result, Result]]:
    return {day.name: compared(day) for day in DAYS}


@pytest.mark.parametrize("day", DAYS, ids=lambda day: day.name)
def test_the_docs_have_these_figures(
    day: Day, results: dict[str, tuple[Result, Result]]
) -> None:
    law, naive = results[day.name]
    text = DOCS.read_text()
    assert f"{row(day.name, 'this', law)}\n{row('', 'naive', naive)}\n" in text


@pytest.mark.parametrize("day", DAYS, ids=lambda day: day.name)
def test_it_starts_and_writes_far_less_than_the_naive_rule(
    day: Day, results: dict[str, tuple[Result, Result]]
) -> None:
    law, naive = results[day.name]
    assert law.starts <= 13
    assert law.starts * 7 <= naive.starts
    assert law.changes <= 106
    assert law.changes * 11 <= naive.changes


@pytest.mark.parametrize("day", DAYS, ids=lambda day: day.name)
def test_it_uses_about_as_much_sun_or_more(
    day: Day, results: dict[str, tuple[Result, Result]]
) -> None:
    law, naive = results[day.name]
    assert law.sun >= 0.96 * naive.sun


@pytest.mark.parametrize("day", DAYS, ids=lambda day: day.name)
def test_what_it_takes_from_the_grid_is_a_small_share(
    day: Day, results: dict[str, tuple[Result, Result]]
) -> None:
    law, _ = results[day.name]
    assert law.imported <= 0.07 * law.charged


def test_a_day_is_the_same_each_time() -> None:
    assert compared(DAYS[1]) == compared(DAYS[1])
