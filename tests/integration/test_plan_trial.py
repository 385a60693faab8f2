"""The trial of a plan in the test of the offline protection: what it shows, and what is told of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator.virtual_wallbox import Car, Personality, VirtualWallbox
from simulator.virtual_wallbox.quirks import with_quirks
from tests.conftest import StartCharger
from tests.helpers.actions import Act
from tests.helpers.flows import Flows
from tests.helpers.offline_test import Trial, on
from tests.helpers.plans import FOLLOWS, KEEPS_PLANS, MINUTE
from tests.helpers.screen import Screen

from .test_offline_test_flow import PLAIN, opened

ENERGY_ONLY: Final = {
    "key_values": {"MeterValuesSampledData": "Energy.Active.Import.Register"},
    "hidden_keys": frozenset({"MeterValuesSampledData"}),
}
"""Of a charger that reports no current, and cannot be told to."""


def with_several(box: VirtualWallbox) -> list[list[float]]:
    """Return the limits of each profile that has several."""
    sent = [
        frame.payload["csChargingProfiles"]["chargingSchedule"]
        for frame in box.received("SetChargingProfile")
    ]
    limits = [
        [period["limit"] for period in schedule["chargingSchedulePeriod"]]
        for schedule in sent
    ]
    return [each for each in limits if len(each) > 1]


@pytest.mark.parametrize("name", KEEPS_PLANS)
async def test_a_charger_that_follows_three_limits_has_proven_it(
    act: Act, start_charger: StartCharger, screen: Screen, trial: Trial, name: str
) -> None:
    box = await start_charger(KEEPS_PLANS[name])
    await screen.set("current_limit", 16)
    await trial.charges(box)
    test = trial.begin()
    await trial.sees("following")
    assert on(screen)
    assert screen.sensor("why_not_charging") == "charging"
    response = await test
    assert (response["result"], response["plan"]) == ("proven", "followed")
    assert [16, 14, 16] in with_several(box)
    assert "Several limits in a profile: followed" in response["report"]
    assert (await act("get_plan"))["followed"] == "seen"
    assert float(screen.entity("number", "current_limit").state) == 16
    await box.wait_until(lambda: box.charger.current_drawn == 16)


DO_NOT_FOLLOW: Final[Mapping[str, tuple[Personality, str]]] = {
    "it keeps the first limit": (
        with_quirks(FOLLOWS, "schedule-first-only"),
        "ignored",
    ),
    "it takes the last one at once": (
        with_quirks(FOLLOWS, "schedule-last-at-once"),
        "ignored",
    ),
    "it ignores all": (with_quirks(FOLLOWS, "schedule-not-followed"), "ignored"),
    "it refuses": (with_quirks(FOLLOWS, "schedule-one-period"), "refused"),
}


@pytest.mark.parametrize("name", DO_NOT_FOLLOW)
async def test_a_charger_that_does_not_follow_is_steered_at_each_change(
    act: Act, start_charger: StartCharger, screen: Screen, trial: Trial, name: str
) -> None:
    personality, result = DO_NOT_FOLLOW[name]
    box = await start_charger(personality)
    await screen.set("current_limit", 16)
    await trial.charges(box)
    response = await trial.begin()
    assert (response["result"], response["plan"]) == ("proven", result)
    assert (await act("get_plan"))["followed"] == "no"
    # It never got more than its owner allows, and no less than that without a reason.
    assert {limit for limits in with_several(box) for limit in limits} <= {14, 16}
    await box.wait_until(lambda: box.charger.current_drawn == 16)


@pytest.mark.parametrize(
    ("car", "traits", "result"),
    [
        (Car(max_amps=7), {}, "too_little"),
        (Car(max_amps=8), {}, "followed"),
        (Car(), ENERGY_ONLY, "unclear"),
    ],
)
async def test_a_car_that_draws_too_little_is_not_tried(
    trial: Trial, car: Car, traits: dict[str, Any], result: str
) -> None:
    box = await trial.charging(replace(FOLLOWS, **traits), car)
    response = await trial.begin()
    assert (response["result"], response["plan"]) == ("proven", result)
    assert bool(with_several(box)) is (result == "followed")


async def test_a_test_that_is_stopped_meanwhile_leaves_the_usual_limit(
    start_charger: StartCharger, screen: Screen, trial: Trial
) -> None:
    box = await start_charger(FOLLOWS)
    await screen.set("current_limit", 16)
    await trial.charges(box)
    test = trial.begin()
    await box.wait_until(lambda: bool(with_several(box)))
    await trial.call("break_off_offline_test")
    assert (await test)["result"] == "broken_off"
    await box.sleep(MINUTE)
    [profile] = [each for each in box.charger.profiles if each.purpose == "TxProfile"]
    assert [period.limit for period in profile.periods] == [16]
    assert box.charger.current_drawn == 16


@pytest.mark.parametrize(
    ("personality", "car", "told"),
    [
        (FOLLOWS, Car(), "follows a plan by itself: for half a minute"),
        (with_quirks(FOLLOWS, "schedule-first-only"), Car(), "does not follow it"),
        (with_quirks(FOLLOWS, "schedule-one-period"), Car(), "does not accept a plan"),
        (FOLLOWS, Car(max_amps=7), "not tried, because the car drew less than 8 A"),
    ],
)
async def test_the_dialog_tells_it_in_plain_words(
    integration: MockConfigEntry,
    flows: Flows,
    trial: Trial,
    personality: Personality,
    car: Car,
    told: str,
) -> None:
    await trial.charging(personality, car)
    step = await flows.submit(await opened(flows, integration), **PLAIN)
    if car.max_amps >= 8:
        step = await flows.sees(step, "test_following")
    over = await flows.ends(step)
    result = over["description_placeholders"]["result"]
    assert result.startswith("**Proven.**")
    assert told in result
