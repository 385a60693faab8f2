"""Cards that are shown at a charger: who is let in."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from simulator.scripted_charger import ACCEPTED, REJECTED, Payload
from simulator.virtual_time import until
from simulator.virtual_wallbox import Car
from tests.conftest import Connect, StartCharger
from tests.helpers.cards import ANNA, UNKNOWN_CARD, Locked, authorize, begin, give, lock
from tests.helpers.ready_chargers import ConnectProtected
from tests.helpers.screen import Screen, protected
from tests.helpers.told import Told

LONG_AGO = (dt_util.now() - timedelta(days=2)).date().isoformat()
TODAY = dt_util.now().date().isoformat()
PERSON = "person.anna"

# Who is let in.


@pytest.mark.parametrize(
    ("card", "answer", "reason"),
    [
        ({}, "Accepted", None),
        ({"expires": TODAY}, "Accepted", None),
        ({"expires": LONG_AGO}, "Expired", "expired"),
        ({"enabled": False}, "Blocked", "disabled"),
        ({"enabled": False, "expires": LONG_AGO}, "Blocked", "disabled"),
        ({"id_tag": "04A1B2C4"}, "Invalid", "unknown"),
        ({"id_tag": "04a1b2c3"}, "Accepted", None),
        ({"id_tag": "04-A1-B2-C3"}, "Accepted", None),
        ({"id_tag": "04:a1:b2:c3"}, "Accepted", None),
    ],
)
async def test_at_a_locked_charger_only_known_and_valid_cards_are_accepted(
    locked: Locked, shown: Told, card: dict[str, Any], answer: str, reason: str | None
) -> None:
    charger = await locked(ANNA | {"person": PERSON} | card)
    assert await authorize(charger, "04A1B2C3") == answer
    transaction, status = await begin(charger, "04A1B2C3")
    assert transaction > 0
    assert status == answer
    await until(lambda: len(shown.events) == 1)
    [event] = shown.events
    assert event["event_type"] == ("refused" if reason else "accepted")
    assert event["reason"] == reason
    known = reason != "unknown"
    assert event["name"] == ("Anna" if known else None)
    assert event["person"] == (PERSON if known else None)
    assert "id_tag" not in event


async def test_as_long_as_no_card_is_known_a_locked_charger_refuses_every_card(
    locked: Locked,
) -> None:
    charger = await locked()
    assert await authorize(charger, "04A1B2C3") == "Invalid"
    assert await authorize(charger, "") == "Invalid"


async def test_an_unlocked_charger_lets_everybody_in(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect_protected: ConnectProtected,
    shown: Told,
) -> None:
    give(hass, integration, ANNA | {"enabled": False})
    charger = await connect_protected()
    for id_tag in ("", "NoAuthorization", UNKNOWN_CARD, "04A1B2C3"):
        assert await authorize(charger, id_tag) == "Accepted"
        assert (await begin(charger, id_tag))[1] == "Accepted"
    await until(lambda: shown.types == ["accepted", "accepted"])
    assert [event["name"] for event in shown.events] == [None, "Anna"]


@pytest.mark.parametrize("id_tag", ["NoAuthorization", "ABCD", "HOMEASSISTANT", ""])
async def test_a_start_that_nobody_showed_a_card_for_is_never_refused(
    connect: Connect, screen: Screen, shown: Told, id_tag: str
) -> None:
    """It would be a charger that charges and cannot be controlled (docs/chargers.md §3.3)."""
    charger = await connect(boots=False)
    charger.keys["AuthDisabledIdTag"] = "ABCD"
    await charger.boot()
    await charger.status("Available")
    await lock(screen)
    assert (await begin(charger, id_tag))[1] == "Accepted"
    assert shown.events == []


@pytest.mark.parametrize("tag", ["FFFFFFFF", "ffffffff"])
async def test_a_start_with_what_an_earlier_operator_has_set_is_one_by_plugging_in(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    screen: Screen,
    told: Told,
    shown: Told,
    tag: str,
) -> None:
    charger = await connect()
    charger.keys["AuthDisabledIdTag"] = "FFFFFFFF"
    await charger.boot()
    await until(lambda: protected(screen))
    number, status = await begin(charger, tag)
    assert status == "Accepted"
    await charger.stop(number)
    await until(lambda: len(told.events) == 2)
    assert [event["started_by"] for event in told.events] == ["plug_in", "plug_in"]
    assert shown.events == []

    # It is remembered, as a car may come before the charger has told it again.
    await charger.leave()
    await hass.config_entries.async_reload(integration.entry_id)
    charger = await connect()
    await begin(charger, tag, meterStart=4000)
    await until(lambda: len(told.events) == 3)
    assert told.events[-1]["started_by"] == "plug_in"
    assert shown.events == []


async def test_a_start_that_is_reported_again_is_the_same_once_its_tag_is_known(
    connect: Connect, told: Told
) -> None:
    charger = await connect(boots=False)
    charger.keys["AuthDisabledIdTag"] = "FFFFFFFF"
    when = dt_util.utcnow().isoformat()
    number, _ = await begin(charger, "FFFFFFFF", timestamp=when)
    await charger.boot()
    await until(lambda: "GetConfiguration" in charger.actions)
    await charger.left_alone()
    assert await begin(charger, "FFFFFFFF", timestamp=when) == (number, "Accepted")


async def test_a_charger_that_is_not_locked_yet_refuses_nobody(
    connect_protected: ConnectProtected, screen: Screen
) -> None:
    charger = await connect_protected()
    transaction = await charger.start()
    await charger.status("Charging")
    await screen.lock(locked=True)
    await until(lambda: screen.sensor("offline_protection") == "waiting_for_unplug")
    assert await authorize(charger, UNKNOWN_CARD) == "Accepted"
    await charger.stop(transaction)


# The whole way, at a charger of flesh and blood.


async def test_a_known_card_opens_a_locked_charger_and_an_unknown_one_does_not(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    shown: Told,
    told: Told,
) -> None:
    give(hass, integration, ANNA)
    box = await start_charger()
    await lock(screen)
    box.plug(Car())
    await box.wait_until(lambda: screen.sensor("status") == "preparing")
    box.tap(UNKNOWN_CARD)
    await box.wait_until(lambda: shown.types == ["refused"])
    await box.sleep(10)
    assert box.charger.current_drawn == 0
    box.tap("04A1B2C3")
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    await box.wait_until(lambda: shown.types == ["refused", "accepted"])
    assert told.events[-1]["who"] == "Anna"
    assert told.events[-1]["started_by"] == "card"
    box.unplug()
    await box.wait_until(lambda: told.types == ["started", "ended"])
    assert told.events[-1]["who"] == "Anna"
    box.plug(Car())
    await box.wait_until(lambda: screen.sensor("status") == "preparing")
    await box.sleep(10)
    assert box.charger.current_drawn == 0


async def test_a_start_that_is_refused_is_written_down_with_what_the_charger_does_then(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    shown: Told,
    told: Told,
) -> None:
    """The charger takes the card for valid, and hears only at the start that it is not."""
    give(hass, integration, ANNA)
    box = await start_charger()
    await lock(screen)
    await box.wait_until(lambda: box.charger.local_list.id_tags == {"04A1B2C3"})
    box.charger.local_list.update(
        99,
        "Full",
        [{"idTag": UNKNOWN_CARD, "idTagInfo": {"status": "Accepted"}}],
        most=450,
    )
    box.plug(Car())
    await box.wait_until(lambda: screen.sensor("status") == "preparing")
    box.tap(UNKNOWN_CARD)
    await box.wait_until(lambda: told.types == ["started", "ended"])
    ended = told.events[-1]
    assert ended["transaction_id"] > 0
    assert ended["reason"] == "de_authorized"
    assert ended["who"] is None
    assert shown.types == ["refused"]
    assert box.charger.current_drawn == 0


async def test_a_charger_that_goes_on_though_it_was_refused_gets_no_power_until_it_may(
    locked: Locked, screen: Screen
) -> None:
    charger = await locked()
    await charger.left_alone()
    await charger.status("Preparing")
    _, status = await begin(charger, UNKNOWN_CARD)
    assert status == "Invalid"
    await charger.status("Charging")
    await until(lambda: charger.limits[-1:] == [("TxProfile", 0)])
    await charger.status("SuspendedEVSE")
    assert screen.sensor("why_not_charging") == "locked"
    assert ("TxDefaultProfile", 0) not in charger.limits

    await screen.lock(locked=False)
    await until(lambda: charger.limits[-1:] == [("TxProfile", 32)])


async def test_a_charger_that_knows_nothing_of_a_refused_start_keeps_its_dialect(
    locked: Locked,
) -> None:
    def knows_no_transaction(payload: Payload) -> Payload:
        profile = payload["csChargingProfiles"]
        return REJECTED if "transactionId" in profile else ACCEPTED

    charger = await locked(SetChargingProfile=knows_no_transaction)
    await charger.left_alone()
    await charger.status("Preparing")
    await begin(charger, UNKNOWN_CARD)
    await charger.status("Charging")
    await charger.left_alone()
    assert charger.limits[-1:] == [("TxProfile", 0)]
    styles = {
        (profile["chargingProfileKind"], profile["stackLevel"])
        for action, payload in charger.asked
        if action == "SetChargingProfile"
        for profile in [payload["csChargingProfiles"]]
    }
    assert styles == {("Relative", 0)}


async def test_known_cards_work_without_a_connection_and_unknown_ones_do_not(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    shown: Told,
    told: Told,
) -> None:
    give(
        hass,
        integration,
        ANNA,
        {"id_tag": "0BAD", "name": "Ben", "enabled": False},
        {"id_tag": "0E", "name": "Eva", "enabled": True, "expires": LONG_AGO},
    )
    box = await start_charger()
    await lock(screen)
    await box.wait_until(lambda: box.charger.local_list.id_tags == {"04A1B2C3"})
    box.cut_network()
    await box.sleep(40)
    box.plug(Car())
    for id_tag in (UNKNOWN_CARD, "0BAD", "0E"):
        box.tap(id_tag)
        await box.sleep(10)
        assert box.charger.transaction is None
    box.tap("04A1B2C3")
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    await box.sleep(60)
    box.restore_network()
    await box.wait_until(lambda: told.types == ["started"])
    assert told.events[0]["who"] == "Anna"
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    box.unplug()
    await box.wait_until(lambda: told.types == ["started", "ended"])
    # Whose card it was is known, so nobody needs to be alarmed.
    assert told.events[-1]["energy"] > 0
    assert screen.sensor("unattended_energy") == "0.0"
