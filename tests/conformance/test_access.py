"""Who may charge: cards that are shown, and starts and stops from afar."""

import asyncio
from typing import Any, Final

import pytest

from custom_components.wallbox_ocpp.wallbox.plan.notice import START_AFTER
from homeassistant.exceptions import HomeAssistantError
from simulator.scripted_charger import REJECTED, ScriptedCharger
from simulator.virtual_time import until
from tests.helpers.cards import ANNA, UNKNOWN_CARD, Locked
from tests.helpers.screen import Screen
from tests.helpers.told import Told

REMOTE: Final = "HOMEASSISTANT"


def starts(charger: ScriptedCharger) -> list[dict[str, Any]]:
    """Return what the charger has been asked to start."""
    return [
        payload
        for action, payload in charger.asked
        if action == "RemoteStartTransaction"
    ]


async def authorize(charger: ScriptedCharger, id_tag: str) -> str:
    """Show a card, and return what the charger is answered."""
    answer = await charger.ask("Authorize", {"idTag": id_tag})
    return str(answer["idTagInfo"]["status"])


async def begin(charger: ScriptedCharger, id_tag: str) -> dict[str, Any]:
    """Open a transaction for a card, and return what the charger is answered."""
    answer: dict[str, Any] = await charger.ask(
        "StartTransaction",
        {
            "connectorId": 1,
            "idTag": id_tag,
            "meterStart": 1000,
            "timestamp": "2026-01-01T00:00:00Z",
        },
    )
    return answer


async def test_tc_010_a_locked_charger_is_started_from_afar_once_the_cable_is_in(
    locked: Locked, screen: Screen, told: Told
) -> None:
    charger = await locked()
    await charger.status("Preparing")
    await charger.left_alone()
    assert starts(charger) == []
    await screen.press("allow_once")
    # Without a charging profile, which many a Wallbox refuses (docs/chargers.md §3.6).
    assert starts(charger) == [{"connectorId": 1, "idTag": REMOTE}]
    assert await authorize(charger, REMOTE) == "Accepted"
    answer = await begin(charger, REMOTE)
    assert answer["transactionId"] > 0
    assert answer["idTagInfo"]["status"] == "Accepted"
    await charger.status("Charging")
    await until(lambda: told.types == ["started"])
    assert told.events[0]["started_by"] == "home_assistant"


async def test_tc_011_1_a_locked_charger_is_allowed_to_start_before_the_cable_is_in(
    locked: Locked, screen: Screen, told: Told
) -> None:
    charger = await locked()
    await screen.press("allow_once")
    await charger.left_alone()
    assert starts(charger) == []
    await charger.status("Preparing")
    await until(lambda: starts(charger) != [])
    assert await authorize(charger, REMOTE) == "Accepted"
    answer = await begin(charger, REMOTE)
    assert answer["idTagInfo"]["status"] == "Accepted"
    assert await charger.stop(answer["transactionId"]) == {}
    await charger.status("Available")
    await charger.status("Preparing")
    await charger.left_alone()
    assert len(starts(charger)) == 1


async def test_tc_011_2_a_permission_that_no_cable_came_for_waits_for_the_next_one(
    locked: Locked, screen: Screen, told: Told
) -> None:
    charger = await locked()
    await screen.press("allow_once")
    await charger.status("Preparing")
    await until(lambda: len(starts(charger)) == 1)
    await charger.status("Available")
    await asyncio.sleep(START_AFTER.total_seconds())
    await charger.left_alone()
    assert told.types == []
    await charger.status("Preparing")
    await until(lambda: len(starts(charger)) == 2)


@pytest.mark.parametrize(
    ("card", "status"),
    [
        ({"id_tag": UNKNOWN_CARD}, "Invalid"),
        ({"expires": "2020-01-01"}, "Expired"),
        ({"enabled": False}, "Blocked"),
    ],
    ids=["023_1", "023_2", "023_3"],
)
async def test_tc_023_a_card_that_may_not_charge_is_answered_with_why(
    locked: Locked, told: Told, card: dict[str, Any], status: str
) -> None:
    charger = await locked(ANNA | card)
    assert await authorize(charger, "04A1B2C3") == status
    await charger.status("Preparing")
    await charger.left_alone()
    assert starts(charger) == []
    assert told.types == []


async def test_tc_026_a_start_from_afar_that_is_refused_is_an_error_for_whoever_asked(
    locked: Locked, screen: Screen, told: Told
) -> None:
    charger = await locked(RemoteStartTransaction=lambda _: REJECTED)
    await charger.status("Preparing")
    await charger.left_alone()
    # Also to whoever presses again: a second request would be refused for ever.
    for _ in range(2):
        with pytest.raises(HomeAssistantError, match="plug it in again"):
            await screen.press("allow_once")
    assert len(starts(charger)) == 1
    assert told.types == []


async def test_tc_037_3_a_card_that_is_refused_late_has_a_session_that_the_charger_ends(
    locked: Locked, told: Told
) -> None:
    charger = await locked(ANNA)
    answer = await begin(charger, UNKNOWN_CARD)
    assert answer["transactionId"] > 0
    assert answer["idTagInfo"]["status"] == "Invalid"
    stopped = {"meterStop": 1000, "timestamp": "2026-01-01T00:00:10Z"}
    transaction = answer["transactionId"]
    assert await charger.stop(transaction, reason="DeAuthorized", **stopped) == {}
    await until(lambda: told.types == ["started", "ended"])
    assert told.events[-1]["reason"] == "de_authorized"
    assert told.events[-1]["who"] is None
