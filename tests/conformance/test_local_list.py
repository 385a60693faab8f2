"""The list of cards that a charger keeps by itself."""

import asyncio
from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.csms.session import Timing
from homeassistant.core import HomeAssistant
from simulator.scripted_charger import ERROR, SILENCE, Answer, Payload, ScriptedCharger
from simulator.virtual_time import until
from simulator.virtual_wallbox.local_list import LocalList
from tests.conftest import Connect
from tests.helpers.cards import ANNA, StoredCard, access, give, lock
from tests.helpers.ready_chargers import gone
from tests.helpers.screen import Screen

BEN: Final = {"id_tag": "0B", "name": "Ben", "enabled": True}
CARL: Final = {"id_tag": "0C", "name": "Carl", "enabled": True}

ENABLED: Final = {"LocalAuthListEnabled": "true", "SendLocalListMaxLength": "2"}
FOREIGN: Final = {"idTag": "04FFFFFF", "idTagInfo": {"status": "Accepted"}}


class Listed:
    """A scripted charger with a list."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: MockConfigEntry,
        connect: Connect,
        screen: Screen,
    ) -> None:
        """Have an empty list."""
        self._hass = hass
        self._entry = entry
        self._connect = connect
        self._screen = screen
        self.list = LocalList()
        self.keys = dict(ENABLED)
        self.charger: ScriptedCharger

    async def connects(self, **script: Answer) -> ScriptedCharger:
        """Boot without a car."""
        own: dict[str, Answer] = {
            "GetLocalListVersion": lambda _: {"listVersion": self.list.version},
            "SendLocalList": self.take,
        }
        self.charger = await self._connect(boots=False, **(own | script))  # type: ignore[arg-type]  # only answers are in it
        self.charger.keys |= self.keys
        await self.charger.boot()
        await self.charger.status("Available")
        return self.charger

    async def locked(self, *cards: StoredCard, **script: Answer) -> ScriptedCharger:
        """Boot without a car, and be locked; these cards may open it."""
        give(self._hass, self._entry, *cards)
        charger = await self.connects(**script)
        await lock(self._screen)
        return charger

    @property
    def sent(self) -> list[tuple[str, list[str]]]:
        """The kind of each update, and the numbers in it."""
        return [
            (
                payload["updateType"],
                [entry["idTag"] for entry in payload["localAuthorizationList"]],
            )
            for action, payload in self.charger.asked
            if action == "SendLocalList"
        ]

    def take(self, payload: Payload) -> Payload:
        entries = payload["localAuthorizationList"]
        most = int(self.keys["SendLocalListMaxLength"])
        return {
            "status": self.list.update(
                payload["listVersion"], payload["updateType"], entries, most=most
            )
        }


@pytest.fixture
def theirs(
    hass: HomeAssistant, integration: MockConfigEntry, connect: Connect, screen: Screen
) -> Listed:
    """Return a charger with a list, which is not connected yet."""
    return Listed(hass, integration, connect, screen)


async def test_tc_042_1_a_charger_without_a_list_is_asked_once_and_left_alone(
    theirs: Listed,
) -> None:
    charger = await theirs.locked(
        ANNA,
        GetLocalListVersion=lambda _: {"listVersion": -1},
        SendLocalList=lambda _: {"status": "NotSupported"},
    )
    await charger.left_alone()
    assert charger.actions.count("GetLocalListVersion") == 1
    await charger.status("Preparing")
    await charger.left_alone()
    assert charger.actions.count("GetLocalListVersion") == 1
    assert charger.actions.count("SendLocalList") == 1


async def test_tc_042_2_an_empty_list_is_left_alone_where_there_are_no_cards(
    theirs: Listed,
) -> None:
    charger = await theirs.locked()
    await charger.left_alone()
    assert charger.actions.count("GetLocalListVersion") == 1
    assert theirs.sent == []


async def test_tc_043_1_a_list_that_is_not_supported_is_not_sent_again(
    theirs: Listed, screen: Screen
) -> None:
    charger = await theirs.locked(
        ANNA,
        SendLocalList=lambda _: {"status": "NotSupported"},
    )
    await charger.left_alone()
    tried = len(theirs.sent)
    assert tried > 0
    await charger.status("Preparing")
    await charger.left_alone()
    assert len(theirs.sent) == tried
    assert access(screen) == "locked"


async def test_tc_043_3_a_list_that_failed_as_a_whole_is_left_alone(
    hass: HomeAssistant, integration: MockConfigEntry, theirs: Listed
) -> None:
    charger = await theirs.locked(ANNA, SendLocalList=lambda _: {"status": "Failed"})
    await charger.left_alone()
    whole = [("Full", ["04A1B2C3"])]
    assert theirs.sent == whole
    await charger.status("Preparing")
    await charger.left_alone()
    assert theirs.sent == whole

    # A change, or a start of the charger, is worth another attempt.
    give(hass, integration, ANNA, BEN)
    await until(lambda: theirs.sent == [*whole, ("Full", ["04A1B2C3", "0B"])])
    await charger.left_alone()
    again = await theirs.connects()
    await until(lambda: theirs.list.id_tags == {"04A1B2C3", "0B"})
    await again.left_alone()


async def test_a_list_that_is_not_answered_is_sent_again_within_the_hour(
    theirs: Listed,
) -> None:
    charger = await theirs.locked(ANNA, SendLocalList=lambda _: {"status": "Failed"})
    await until(lambda: len(theirs.sent) == 1)
    await charger.left_alone()
    charger.change_its_mind(SendLocalList=theirs.take)
    await asyncio.sleep(3601)
    await until(lambda: theirs.list.id_tags == {"04A1B2C3"})


async def test_tc_043_4_a_list_of_another_operator_is_replaced(theirs: Listed) -> None:
    theirs.list.update(7, "Full", [FOREIGN], most=2)
    await theirs.locked(ANNA, BEN, CARL)
    await until(lambda: theirs.list.id_tags == {"04A1B2C3", "0B", "0C"})
    assert theirs.sent == [("Full", ["04A1B2C3", "0B"]), ("Differential", ["0C"])]
    assert theirs.list.version > 8


async def test_tc_043_5_what_changes_is_sent_as_a_difference_with_the_next_version(
    hass: HomeAssistant, integration: MockConfigEntry, theirs: Listed
) -> None:
    charger = await theirs.locked(ANNA, BEN)
    await until(lambda: theirs.list.id_tags == {"04A1B2C3", "0B"})
    version = theirs.list.version
    await charger.left_alone()

    give(hass, integration, ANNA, BEN | {"enabled": False}, CARL)
    await until(lambda: theirs.list.id_tags == {"04A1B2C3", "0C"})
    assert theirs.sent[-1] == ("Differential", ["0B", "0C"])
    assert theirs.list.version == version + 1
    # An expiry is known to the charger, too.
    give(hass, integration, ANNA | {"expires": "2099-12-31"}, CARL)
    await until(lambda: theirs.sent[-1] == ("Differential", ["04A1B2C3"]))


# Beyond the cases.


async def test_a_list_that_another_operator_changes_meanwhile_is_replaced(
    hass: HomeAssistant, integration: MockConfigEntry, theirs: Listed
) -> None:
    """The charger tells by the version, which is not higher than the other one's."""
    await theirs.locked(ANNA)
    await until(lambda: theirs.list.id_tags == {"04A1B2C3"})
    theirs.list.update(theirs.list.version + 5, "Full", [FOREIGN], most=2)
    give(hass, integration, ANNA, BEN)
    await until(lambda: theirs.list.id_tags == {"04A1B2C3", "0B"})
    assert theirs.sent[-2:] == [
        ("Differential", ["0B"]),
        ("Full", ["04A1B2C3", "0B"]),
    ]


async def test_a_list_that_is_in_step_is_not_sent_again_after_a_restart_of_anybody(
    hass: HomeAssistant, integration: MockConfigEntry, theirs: Listed, screen: Screen
) -> None:
    charger = await theirs.locked(ANNA | {"expires": "2099-12-31"})
    await until(lambda: theirs.list.id_tags == {"04A1B2C3"})
    await charger.left_alone()
    await charger.leave()
    await gone(screen)
    await hass.config_entries.async_reload(integration.entry_id)
    await hass.async_block_till_done()

    charger = await theirs.connects()
    await until(lambda: "GetLocalListVersion" in charger.actions)
    await charger.left_alone()
    assert theirs.sent == []


async def test_a_charger_is_only_given_a_list_while_it_is_locked(
    hass: HomeAssistant, integration: MockConfigEntry, theirs: Listed, screen: Screen
) -> None:
    give(hass, integration, ANNA)
    charger = await theirs.connects()
    await until(lambda: access(screen) == "unlocked")
    await charger.left_alone()
    assert "GetLocalListVersion" not in charger.actions
    assert theirs.sent == []


async def test_a_charger_that_knows_of_no_list_is_not_asked_for_one(
    theirs: Listed,
) -> None:
    theirs.keys = {"SendLocalListMaxLength": "2"}
    charger = await theirs.locked(ANNA)
    await charger.left_alone()
    assert "GetLocalListVersion" not in charger.actions
    assert theirs.sent == []


@pytest.mark.parametrize("answer", [ERROR, SILENCE])
async def test_a_charger_that_knows_nothing_of_lists_is_left_alone_and_can_still_be_started(
    theirs: Listed, screen: Screen, answer: object
) -> None:
    charger = await theirs.locked(
        ANNA, GetLocalListVersion=lambda _: answer, SendLocalList=lambda _: answer
    )
    await until(lambda: theirs.sent != [])
    await charger.status("Preparing")
    await screen.press("allow_once")
    assert "RemoteStartTransaction" in charger.actions
    # As long as its silence is waited for.
    await charger.left_alone(Timing().call_timeout + 0.3)
    assert theirs.sent == [("Full", ["04A1B2C3"])]


async def test_a_charger_that_is_given_back_keeps_none_of_our_cards(
    hass: HomeAssistant, theirs: Listed, device_id: str
) -> None:
    await theirs.locked(ANNA)
    await until(lambda: theirs.list.id_tags == {"04A1B2C3"})
    await hass.services.async_call(
        "wallbox_ocpp",
        "restore_configuration",
        {"device_id": device_id},
        blocking=True,
    )
    assert theirs.list.id_tags == set()


async def test_one_request_at_a_time(
    hass: HomeAssistant, integration: MockConfigEntry, theirs: Listed, screen: Screen
) -> None:
    give(hass, integration, ANNA, BEN, CARL)
    theirs.list.update(7, "Full", [FOREIGN], most=2)
    open_calls = 0
    most_open = 0

    async def slowly(payload: Payload) -> Any:
        nonlocal open_calls, most_open
        open_calls += 1
        most_open = max(most_open, open_calls)
        await charger.ask("Heartbeat", {})
        open_calls -= 1
        return theirs.take(payload)

    charger = await theirs.connects(SendLocalList=slowly)
    await lock(screen)
    await screen.switch("charging", on=False)
    await until(lambda: len(theirs.list.id_tags) == 3)
    assert most_open == 1
