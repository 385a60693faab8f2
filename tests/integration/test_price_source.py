"""The forecast of a price entity is read and followed in Home Assistant."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.prices.fetch import ANSWER_SECONDS, async_read
from custom_components.wallbox_ocpp.prices.problem import PriceProblem, Problem
from custom_components.wallbox_ocpp.prices.source import PriceSource
from custom_components.wallbox_ocpp.wallbox.model.prices import PriceForecast
from homeassistant.core import (
    CoreState,
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
)
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from simulator.virtual_time import WallClock

SPOT: Final = "sensor.spot"
HOUR: Final = timedelta(hours=1)


@pytest.fixture(autouse=True)
async def morning(hass: HomeAssistant, wall_clock: WallClock) -> None:
    """Let it be morning in Berlin."""
    await hass.config.async_update(time_zone="Europe/Berlin", currency="EUR")
    wall_clock.set(datetime.fromisoformat("2026-11-27T08:05:00Z"))


def hours(day: str, per_kwh: float = 0.25) -> list[dict[str, Any]]:
    """Return the prices of a day."""
    midnight = datetime.fromisoformat(f"{day}T00:00:00+01:00")
    return [
        {
            "start": (midnight + n * HOUR).isoformat(),
            "end": (midnight + (n + 1) * HOUR).isoformat(),
            "price": per_kwh,
        }
        for n in range(24)
    ]


TODAY: Final = "2026-11-27"
TOMORROW: Final = "2026-11-28"
YESTERDAY: Final = "2026-11-26"


def has(hass: HomeAssistant, entity_id: str = SPOT, **attributes: Any) -> None:
    """Let an entity have these attributes."""
    attributes = {"unit_of_measurement": "EUR/kWh", **attributes}
    hass.states.async_set(entity_id, "0.25", attributes)


def per_kwh(forecast: PriceForecast | None) -> set[float]:
    """Return the different prices."""
    assert forecast
    return {price.per_kwh for price in forecast.prices}


@dataclass
class NordPool:
    """The integration of Home Assistant's core, as far as it is asked."""

    known: dict[str, float] = field(default_factory=lambda: {TODAY: 250.0})
    asked: list[str] = field(default_factory=list)
    fails: Exception | None = None
    hangs: bool = False

    async def answer(self, call: ServiceCall) -> ServiceResponse:
        """Return the prices of a day, in EUR/MWh."""
        assert call.data["areas"] == ["SE3"]
        self.asked.append(day := call.data["date"])
        if self.fails:
            raise self.fails
        if self.hangs:
            await asyncio.Event().wait()
        prices: Any = hours(day, self.known[day]) if day in self.known else []
        return {"SE3": prices}


@pytest.fixture
def nord_pool(hass: HomeAssistant, entity_registry: er.EntityRegistry) -> NordPool:
    """Return Nord Pool, whose sensor shows the price of now only."""
    entry = MockConfigEntry(domain="nordpool")
    entry.add_to_hass(hass)
    entity_registry.async_get_or_create(
        "sensor",
        "nordpool",
        "SE3-current_price",
        suggested_object_id="spot",
        config_entry=entry,
    )
    has(hass)
    nord_pool = NordPool()
    hass.services.async_register(
        "nordpool",
        "get_prices_for_date",
        nord_pool.answer,
        supports_response=SupportsResponse.ONLY,
    )
    return nord_pool


async def problem(hass: HomeAssistant, entity_id: str = SPOT) -> PriceProblem:
    """Return why an entity has no forecast."""
    with pytest.raises(PriceProblem) as raised:
        await async_read(hass, entity_id)
    return raised.value


async def test_attributes_are_read_in_the_money_of_the_home(
    hass: HomeAssistant,
) -> None:
    has(hass, unit_of_measurement="ct/kWh", prices=hours(TODAY, 25))
    forecast = await async_read(hass, SPOT)
    assert (per_kwh(forecast), len(forecast.prices)) == ({0.25}, 24)


@pytest.mark.parametrize(
    ("attributes", "key", "placeholders"),
    [
        ({}, "no_forecast", {"entity": SPOT}),
        ({"prices": []}, "no_forecast", {"entity": SPOT}),
        ({"prices": hours(YESTERDAY)}, "all_past", {"entity": SPOT}),
        (
            {"prices": hours(TODAY), "unit_of_measurement": "SEK/kWh"},
            "currency_differs",
            {"entity": SPOT, "unit": "SEK/kWh", "currency": "EUR"},
        ),
        (
            {"prices": hours(TODAY), "unit_of_measurement": "W"},
            "unit_unknown",
            {"entity": SPOT, "unit": "W", "currency": "EUR"},
        ),
    ],
)
async def test_what_is_wrong_with_an_entity_is_said(
    hass: HomeAssistant,
    attributes: dict[str, Any],
    key: str,
    placeholders: dict[str, str],
) -> None:
    has(hass, **attributes)
    wrong = await problem(hass)
    assert (wrong.key, wrong.placeholders) == (key, placeholders)


async def test_an_entity_that_is_not_there_is_gone_or_not_ready(
    hass: HomeAssistant, entity_registry: er.EntityRegistry
) -> None:
    assert (await problem(hass)).key is Problem.GONE
    entry = entity_registry.async_get_or_create(
        "sensor", "other", "1", suggested_object_id="spot"
    )
    assert (await problem(hass)).key is Problem.NOT_READY
    hass.states.async_set(SPOT, "unavailable")
    assert (await problem(hass)).key is Problem.NOT_READY
    entity_registry.async_update_entity(
        entry.entity_id, disabled_by=er.RegistryEntryDisabler.USER
    )
    assert (await problem(hass)).key is Problem.GONE


async def test_octopus_has_its_rates_in_events_of_two_days(
    hass: HomeAssistant, entity_registry: er.EntityRegistry
) -> None:
    """Whichever of the entities the owner has chosen."""
    await hass.config.async_update(currency="GBP")
    meter = "octopus_energy_electricity_1_2"
    price = entity_registry.async_get_or_create(
        "sensor", "octopus_energy", f"{meter}_current_rate"
    ).entity_id
    today, tomorrow = (
        entity_registry.async_get_or_create(
            "event",
            "octopus_energy",
            f"{meter}_{day}_day_rates",
            disabled_by=er.RegistryEntryDisabler.INTEGRATION,
        ).entity_id
        for day in ("current", "next")
    )
    hass.states.async_set(price, "0.25", {"unit_of_measurement": "GBP/kWh"})
    wrong = await problem(hass, price)
    assert wrong.key is Problem.DISABLED
    assert wrong.placeholders == {"entity": price, "other": today}
    for event, day in ((today, TODAY), (tomorrow, TOMORROW)):
        entity_registry.async_update_entity(event, disabled_by=None)
        hass.states.async_set(event, "2026-11-27T00:00:00", {"rates": hours(day)})
    for chosen in (price, today):
        assert len((await async_read(hass, chosen)).prices) == 48


async def test_stromligning_has_tomorrow_in_a_binary_sensor(
    hass: HomeAssistant, entity_registry: er.EntityRegistry
) -> None:
    price = entity_registry.async_get_or_create(
        "sensor", "stromligning", "current_price_vat_e1"
    ).entity_id
    tomorrow = entity_registry.async_get_or_create(
        "binary_sensor", "stromligning", "tomorrow_available_vat_e1"
    ).entity_id
    has(hass, price, prices=hours(TODAY))
    hass.states.async_set(tomorrow, "on", {"prices": hours(TOMORROW, 0.1)})
    assert per_kwh(await async_read(hass, price)) == {0.25, 0.1}


async def test_tomorrow_may_be_in_an_entity_of_that_name(hass: HomeAssistant) -> None:
    has(hass, "sensor.price_today", prices=hours(TODAY))
    has(hass, "sensor.price_tomorrow", prices=hours(TOMORROW, 0.1))
    assert per_kwh(await async_read(hass, "sensor.price_today")) == {0.25, 0.1}


async def test_an_integration_is_asked_per_mwh(
    hass: HomeAssistant, nord_pool: NordPool
) -> None:
    forecast = await async_read(hass, SPOT)
    assert (per_kwh(forecast), nord_pool.asked) == ({0.25}, [TODAY])


async def test_tomorrow_may_be_missing_but_not_today_too(
    hass: HomeAssistant, wall_clock: WallClock, nord_pool: NordPool
) -> None:
    wall_clock.set(datetime.fromisoformat("2026-11-27T12:00:00Z"))
    assert len((await async_read(hass, SPOT)).prices) == 24
    assert nord_pool.asked == [TODAY, TOMORROW]
    nord_pool.known = {}
    assert (await problem(hass)).key is Problem.NO_FORECAST


@pytest.mark.parametrize(
    "failure",
    [
        ServiceValidationError("no"),
        HomeAssistantError("no"),
        AttributeError("runtime_data"),
        KeyError("SE3"),
        TimeoutError(),
    ],
)
async def test_an_integration_that_fails_is_named(
    hass: HomeAssistant, nord_pool: NordPool, failure: Exception
) -> None:
    nord_pool.fails = failure
    assert (await problem(hass)).key is Problem.NO_ANSWER


class Told:
    """What whoever follows a price is told."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.all: list[tuple[PriceForecast | None, Problem | None]] = []

    def __call__(
        self, forecast: PriceForecast | None, problem: PriceProblem | None
    ) -> None:
        """Note it."""
        self.all.append((forecast, problem.key if problem else None))

    def last(self) -> tuple[set[float], str | None]:
        """Return the prices and the problem that were told last."""
        forecast, problem = self.all[-1]
        return per_kwh(forecast), problem


@pytest.fixture
def told() -> Told:
    """Return what is told."""
    return Told()


@pytest.fixture
def source(hass: HomeAssistant, told: Told) -> Iterator[PriceSource]:
    """Return a source that is not yet followed, and stops at the end."""
    source = PriceSource(hass, SPOT, told)
    yield source
    source.async_shutdown()


async def until(clock: str) -> None:
    """Wait until that time of the day, in UTC."""
    end = datetime.fromisoformat(f"2026-11-{clock}:00Z")
    await asyncio.sleep((end - dt_util.utcnow()).total_seconds())


async def follow(hass: HomeAssistant, source: PriceSource) -> None:
    """Follow, and wait for the first reading."""
    source.async_follow()
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_attributes_are_followed(
    hass: HomeAssistant, source: PriceSource, told: Told
) -> None:
    has(hass, prices=hours(TODAY))
    await follow(hass, source)
    assert told.last() == ({0.25}, None)
    has(hass, prices=hours(TODAY, 0.3))
    await until("27 08:06")
    assert told.last() == ({0.3}, None)
    # Nothing new is not told.
    has(hass, prices=hours(TODAY, 0.3), other=1)
    await until("27 08:31")
    assert len(told.all) == 2


async def test_the_last_good_forecast_is_kept_and_marked(
    hass: HomeAssistant, source: PriceSource, told: Told
) -> None:
    has(hass, prices=hours(TODAY))
    await follow(hass, source)
    hass.states.async_set(SPOT, "unavailable")
    await until("27 08:06")
    assert told.last() == ({0.25}, Problem.NOT_READY)
    has(hass, prices=[])
    await until("27 08:07")
    assert told.last() == ({0.25}, Problem.NO_FORECAST)
    has(hass, prices=hours(TODAY))
    await until("27 08:08")
    assert told.last() == ({0.25}, None)
    hass.states.async_remove(SPOT)
    await until("27 08:09")
    assert told.last() == ({0.25}, Problem.GONE)


async def test_prices_that_run_out_are_noticed_by_the_clock(
    hass: HomeAssistant,
    source: PriceSource,
    told: Told,
) -> None:
    has(hass, prices=hours(TODAY))
    await follow(hass, source)
    await until("27 23:01")
    assert told.last() == ({0.25}, Problem.ALL_PAST)


async def test_a_server_is_asked_seldom_until_tomorrow_is_due(
    hass: HomeAssistant,
    source: PriceSource,
    told: Told,
    nord_pool: NordPool,
) -> None:
    await follow(hass, source)
    assert nord_pool.asked == [TODAY]
    # The sensor's changes are no reason, and the clock is once an hour.
    has(hass, other=1)
    await until("27 09:01")
    assert nord_pool.asked == [TODAY]
    await until("27 11:41")
    assert nord_pool.asked[1:3] == [TODAY, TODAY]
    assert len(nord_pool.asked) <= 6
    nord_pool.asked.clear()
    # From 12:45 on local clock it is asked each quarter of an hour, until it is there.
    await until("27 12:16")
    assert nord_pool.asked == [TODAY, TOMORROW] * 3
    nord_pool.known[TOMORROW] = 100.0
    await until("27 12:31")
    assert told.last() == ({0.25, 0.1}, None)
    nord_pool.asked.clear()
    await until("27 13:01")
    assert nord_pool.asked == []


async def test_an_integration_without_an_answer_holds_up_nothing(
    hass: HomeAssistant,
    source: PriceSource,
    told: Told,
    nord_pool: NordPool,
) -> None:
    await follow(hass, source)
    nord_pool.fails = HomeAssistantError("token 1234 is refused")
    await until("27 09:16")
    assert told.last() == ({0.25}, Problem.NO_ANSWER)
    nord_pool.fails = None
    nord_pool.known[TODAY] = 300.0
    await until("27 09:31")
    assert told.last() == ({0.3}, None)


async def test_an_answer_that_never_comes_is_given_up(
    hass: HomeAssistant, nord_pool: NordPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ANSWER_SECONDS == 60
    monkeypatch.setattr(f"{async_read.__module__}.ANSWER_SECONDS", 0)
    nord_pool.hangs = True
    assert (await problem(hass)).key is Problem.NO_ANSWER


async def test_while_home_assistant_starts_nothing_is_missed(
    hass: HomeAssistant, source: PriceSource, told: Told
) -> None:
    hass.set_state(CoreState.starting)
    await follow(hass, source)
    hass.states.async_set(SPOT, "unavailable")
    await until("27 08:06")
    assert told.all == []
    has(hass, prices=hours(TODAY))
    await until("27 08:07")
    assert told.last() == ({0.25}, None)
    hass.set_state(CoreState.running)


async def test_after_the_end_nothing_is_told(
    hass: HomeAssistant, source: PriceSource, told: Told
) -> None:
    has(hass, prices=hours(TODAY))
    await follow(hass, source)
    source.async_shutdown()
    has(hass, prices=hours(TODAY, 0.3))
    await until("27 08:31")
    assert len(told.all) == 1
