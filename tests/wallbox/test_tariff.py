"""What a kWh cost when."""

from datetime import datetime, timedelta

from hypothesis import assume, given, strategies as st
import pytest

from custom_components.wallbox_ocpp.wallbox.model.tariff import KEPT, Tariff
from tests.wallbox.states import restored

from .said import NOW, ago

CHEAP, DEAR = 0.10, 0.40


def tariff(*prices: tuple[datetime, float]) -> Tariff:
    """Return a tariff whose prices came one after the other."""
    known = Tariff()
    for since, per_kwh in prices:
        known = known.changed(since, per_kwh)
    return known


CHANGED = tariff((ago(hours=3), CHEAP), (ago(hours=1), DEAR))
"""From cheap to dear an hour ago."""


def cost(known: Tariff, begin: datetime, end: datetime, energy: float) -> float:
    """Return what energy in Wh has cost, of which a price is known."""
    spent = known.cost(begin, end, energy)
    assert spent is not None
    return spent


def test_nothing_is_known_of_costs_without_a_price() -> None:
    assert Tariff().cost(ago(hours=1), NOW, 1000) is None


def test_no_energy_costs_nothing() -> None:
    assert CHANGED.cost(ago(hours=2), NOW, 0) == 0


@pytest.mark.parametrize("per_kwh", [0.3, 0.0, -0.05])
def test_one_price_holds_for_all_time(per_kwh: float) -> None:
    known = tariff((ago(hours=1), per_kwh))
    for begin, end in (
        (ago(hours=3), ago(hours=2)),
        (ago(hours=2), NOW),
        (ago(minutes=5), NOW),
        (NOW, NOW),
    ):
        assert known.cost(begin, end, 2500) == pytest.approx(2.5 * per_kwh)


@pytest.mark.parametrize(
    ("begin", "end", "mean"),
    [
        (ago(hours=5), ago(hours=4), CHEAP),
        (ago(hours=5), ago(hours=2), CHEAP),
        (ago(hours=3), ago(hours=1), CHEAP),
        (ago(hours=2), NOW, (CHEAP + DEAR) / 2),
        (ago(hours=1, minutes=15), NOW, (CHEAP + 4 * DEAR) / 5),
        (ago(hours=7), NOW, (6 * CHEAP + DEAR) / 7),
        (ago(hours=1), NOW, DEAR),
        (ago(minutes=59), NOW, DEAR),
    ],
    ids=[
        "before the first price",
        "into the first price",
        "until the change",
        "over the change",
        "soon over the change",
        "over all there is",
        "from the change",
        "after the change",
    ],
)
def test_energy_costs_what_it_did_when_it_flowed(
    begin: datetime, end: datetime, mean: float
) -> None:
    assert CHANGED.cost(begin, end, 6000) == pytest.approx(6 * mean)


def test_a_price_that_came_and_went_within_counts_for_its_time() -> None:
    known = tariff(
        (ago(hours=9), CHEAP), (ago(minutes=45), DEAR), (ago(minutes=30), CHEAP)
    )
    mean = (3 * CHEAP + DEAR) / 4
    assert known.cost(ago(hours=1), NOW, 1000) == pytest.approx(mean)


@pytest.mark.parametrize(
    ("moment", "per_kwh"), [(ago(hours=2), CHEAP), (ago(minutes=30), DEAR)]
)
@pytest.mark.parametrize("backwards", [timedelta(), timedelta(seconds=5)])
def test_energy_of_a_moment_costs_what_it_does_then(
    moment: datetime, per_kwh: float, backwards: timedelta
) -> None:
    spent = CHANGED.cost(moment, moment - backwards, 1000)
    assert spent == pytest.approx(per_kwh)


def test_energy_that_is_taken_back_gives_the_money_back() -> None:
    assert CHANGED.cost(ago(hours=2), NOW, 800) == pytest.approx(0.2)
    assert CHANGED.cost(ago(hours=2), NOW, -800) == pytest.approx(-0.2)


def test_a_price_that_stays_is_noted_once() -> None:
    assert CHANGED.changed(NOW, DEAR) is CHANGED
    assert CHANGED.changed(ago(hours=1), DEAR) is CHANGED
    assert len(CHANGED.changed(NOW, CHEAP).prices) == 3


@pytest.mark.parametrize("ahead", [CHEAP, DEAR])
@pytest.mark.parametrize("now", [CHEAP, DEAR])
def test_a_price_of_a_clock_that_was_ahead_hides_none(ahead: float, now: float) -> None:
    known = CHANGED.changed(ago(days=-400), 0.7).changed(ago(days=-365), ahead)
    known = known.changed(ago(minutes=30), now)
    assert cost(known, ago(minutes=20), ago(minutes=10), 1000) == pytest.approx(now)
    known = known.changed(ago(minutes=10), CHEAP + DEAR)
    assert cost(known, ago(minutes=5), NOW, 1000) == pytest.approx(CHEAP + DEAR)
    # What was known before is not lost.
    assert cost(known, ago(hours=3), ago(hours=2), 1000) == pytest.approx(CHEAP)


def test_the_only_price_may_be_of_a_clock_that_was_ahead() -> None:
    known = tariff((ago(days=-365), CHEAP), (ago(hours=1), DEAR), (NOW, CHEAP))
    assert cost(known, ago(minutes=20), ago(minutes=10), 1000) == pytest.approx(DEAR)


def test_the_oldest_prices_are_forgotten() -> None:
    known = tariff(*((ago(hours=-hour), hour % 7) for hour in range(KEPT + 5)))
    assert [price.since for price in known.prices] == [
        ago(hours=-hour) for hour in range(5, KEPT + 5)
    ]


moments = st.datetimes(ago(days=2).replace(tzinfo=None), NOW.replace(tzinfo=None)).map(
    lambda moment: moment.replace(tzinfo=NOW.tzinfo)
)
tariffs = st.dictionaries(moments, st.floats(-1, 1), min_size=1, max_size=12).map(
    lambda prices: tariff(*sorted(prices.items()))
)


@given(tariffs, moments, moments, st.floats(0.01, 0.99), st.floats(0, 50_000))
def test_a_time_costs_as_much_as_its_parts(
    known: Tariff, begin: datetime, end: datetime, share: float, energy: float
) -> None:
    assume(begin < end)
    between = begin + share * (end - begin)
    assume(begin < between < end)
    part = (between - begin) / (end - begin) * energy
    parts = cost(known, begin, between, part) + cost(known, between, end, energy - part)
    assert parts == pytest.approx(cost(known, begin, end, energy), abs=1e-6)


@given(tariffs, moments, moments)
def test_a_kwh_never_costs_more_than_the_dearest_or_less_than_the_cheapest(
    known: Tariff, begin: datetime, end: datetime
) -> None:
    prices = [price.per_kwh for price in known.prices]
    spent = cost(known, begin, end, 1000)
    assert min(prices) - 1e-9 <= spent <= max(prices) + 1e-9


@given(tariffs)
def test_a_tariff_survives_its_way_to_the_disk_and_back(known: Tariff) -> None:
    assert restored(known) == known


def test_prices_stay_while_the_clock_is_behind() -> None:
    """A computer without a clock of its own starts hours ago, until it is told the time."""
    known = Tariff().changed(ago(hours=6), CHEAP).changed(ago(hours=1), DEAR)
    started = known.changed(ago(hours=5), DEAR)
    told = started.changed(ago(hours=0), DEAR)
    assert told.cost(ago(hours=1), ago(hours=0), 1000) == DEAR
    assert told.prices[0] == known.prices[0]
    assert known.prices[-1] in told.prices
