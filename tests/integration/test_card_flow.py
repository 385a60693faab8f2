"""Cards in the settings of a charger: learned by showing them, named, changed and deleted."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import (
    CONF_CARDS,
    CONF_EXPIRES,
    CONF_ID_TAG,
    CONF_OFFLINE_PROFILE,
    CONF_PERSON,
    CONF_PRICE,
    CONF_SHOW_ID_TAG,
    DOMAIN,
)
from homeassistant.const import CONF_ENABLED, CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from simulator.virtual_time import PATIENCE, until
from tests.conftest import Connect, StartCharger
from tests.helpers.cards import ANNA, UNKNOWN_CARD, Locked, access, give, lock, stored
from tests.helpers.screen import Screen, protected

BEN = {"id_tag": "0B", "name": "Ben", "enabled": False, "expires": "2026-12-31"}
NEW = {CONF_NAME: "Anna", CONF_ENABLED: True}

type Result = Any


class Dialog:
    """The dialog *Change charger*, as a person goes through it."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry) -> None:
        """Prepare to open it."""
        self._hass = hass
        self._entry = entry
        self._flow_id = ""

    async def cards(self) -> Result:
        """Open it and choose *Cards*."""
        subentry_id = next(iter(self._entry.subentries))
        result = await self._entry.start_subentry_reconfigure_flow(
            self._hass, subentry_id
        )
        self._flow_id = result["flow_id"]
        return await self.choose("cards")

    async def choose(self, option: str) -> Result:
        """Choose an option of a menu."""
        return await self.submit({"next_step_id": option})

    async def submit(self, answers: dict[str, Any] | None = None) -> Result:
        """Fill a form in."""
        return await self._hass.config_entries.subentries.async_configure(
            self._flow_id, answers or {}
        )

    async def result(self) -> Result:
        """Return what it shows now, as the frontend asks after a progress."""
        return await self._hass.config_entries.subentries.async_configure(self._flow_id)

    async def until_shown(self, kind: FlowResultType) -> Result:
        """Wait until it shows another kind of page by itself."""
        async with asyncio.timeout(PATIENCE):
            while (result := await self.result())["type"] is not kind:
                await asyncio.sleep(1)
        return result

    def close(self) -> None:
        """Close it without finishing."""
        self._hass.config_entries.subentries.async_abort(self._flow_id)


@pytest.fixture
def dialog(hass: HomeAssistant, integration: MockConfigEntry) -> Dialog:
    """Return the dialog of the first charger."""
    return Dialog(hass, integration)


def suggested(result: Result) -> dict[str, Any]:
    """Return what a form is filled in with."""
    return {
        str(key): key.description["suggested_value"]
        for key in result["data_schema"].schema
        if key.description
    }


# By showing it.


async def test_a_card_is_learned_by_showing_it_and_opens_the_charger_from_then_on(
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    dialog: Dialog,
) -> None:
    box = await start_charger()
    await lock(screen)
    result = await dialog.cards()
    assert result["type"] is FlowResultType.MENU
    assert result["menu_options"] == ["learn", "enter"]
    assert "no card yet" in result["description_placeholders"]["cards"]
    result = await dialog.choose("learn")
    assert result["type"] is FlowResultType.SHOW_PROGRESS
    assert result["progress_action"] == "learn"
    box.tap("04A1B2C3")
    result = await dialog.until_shown(FlowResultType.FORM)
    assert result["step_id"] == "card"
    assert suggested(result) == {CONF_ENABLED: True}
    given = NEW | {CONF_PERSON: "person.anna", CONF_EXPIRES: "2099-12-31"}
    result = await dialog.submit(given)
    assert (result["type"], result["step_id"]) == (FlowResultType.MENU, "cards")
    assert result["description_placeholders"]["cards"].startswith("- Anna (")
    assert result["menu_options"] == ["learn", "enter", "edit", "delete"]
    assert stored(integration) == [{CONF_ID_TAG: "04A1B2C3", **given}]
    await box.wait_until(lambda: box.charger.local_list.id_tags == {"04A1B2C3"})


async def test_an_unlocked_charger_is_locked_before_a_card_is_learned(
    start_charger: StartCharger, screen: Screen, dialog: Dialog
) -> None:
    box = await start_charger()
    await box.wait_until(lambda: access(screen) == "unlocked")
    await dialog.cards()
    result = await dialog.choose("learn")
    assert result["step_id"] == "lock_first"
    assert access(screen) == "unlocked"
    result = await dialog.submit()
    assert result["type"] is FlowResultType.SHOW_PROGRESS
    await box.wait_until(lambda: access(screen) == "locked")
    box.tap("04A1B2C3")
    result = await dialog.until_shown(FlowResultType.FORM)
    assert result["step_id"] == "card"
    dialog.close()


async def test_a_card_that_the_charger_knows_by_itself_is_learned_when_it_starts(
    locked: Locked, dialog: Dialog
) -> None:
    charger = await locked()
    await dialog.cards()
    await dialog.choose("learn")
    await charger.start(idTag=UNKNOWN_CARD)
    result = await dialog.until_shown(FlowResultType.FORM)
    assert result["step_id"] == "card"
    dialog.close()


async def test_a_card_that_is_being_learned_is_not_refused(
    locked: Locked, screen: Screen, dialog: Dialog
) -> None:
    charger = await locked(ANNA, BEN)
    for shown in (UNKNOWN_CARD, BEN["id_tag"]):
        await dialog.cards()
        await dialog.choose("learn")
        await charger.ask("Authorize", {"idTag": shown})
        result = await dialog.until_shown(FlowResultType.FORM)
        assert result["step_id"] == "card"
        dialog.close()
        assert screen.entity("event", "card").state == "unknown"
    await dialog.cards()
    await dialog.choose("learn")
    await charger.ask("Authorize", {"idTag": ANNA["id_tag"]})
    await dialog.until_shown(FlowResultType.FORM)
    told = screen.entity("event", "card").attributes
    assert (told["event_type"], told["name"]) == ("accepted", "Anna")
    await charger.ask("Authorize", {"idTag": UNKNOWN_CARD})
    assert screen.entity("event", "card").attributes["event_type"] == "refused"


async def test_every_page_about_cards_says_whose_charger_it_is_about(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    screen: Screen,
    dialog: Dialog,
) -> None:
    give(hass, integration, ANNA)
    charger = await connect()
    await until(lambda: access(screen) == "unlocked")
    pages = [await dialog.cards()]
    for option in ("edit", "delete", "enter", "learn"):
        await dialog.cards()
        pages.append(await dialog.choose(option))
    assert pages[-1]["step_id"] == "lock_first"
    pages.append(await dialog.submit())
    pages.append(await dialog.until_shown(FlowResultType.FORM))
    assert pages[-1]["step_id"] == "nobody"
    await dialog.submit()
    await charger.ask("Authorize", {"idTag": UNKNOWN_CARD})
    pages.append(await dialog.until_shown(FlowResultType.FORM))
    [subentry] = integration.subentries.values()
    for page in pages:
        assert page["description_placeholders"]["charger"] == subentry.title, page


async def test_showing_a_card_that_is_known_leads_to_what_is_known_of_it(
    integration: MockConfigEntry, locked: Locked, dialog: Dialog
) -> None:
    charger = await locked(ANNA, BEN)
    await dialog.cards()
    await dialog.choose("learn")
    await charger.ask("Authorize", {"idTag": "0b"})
    result = await dialog.until_shown(FlowResultType.FORM)
    assert suggested(result) == {
        CONF_NAME: "Ben",
        CONF_ENABLED: False,
        CONF_EXPIRES: "2026-12-31",
    }
    await dialog.submit({CONF_NAME: "Ben", CONF_ENABLED: True})
    assert stored(integration) == [
        ANNA,
        {CONF_ID_TAG: "0B", CONF_NAME: "Ben", CONF_ENABLED: True},
    ]


async def test_no_card_is_presented(locked: Locked, dialog: Dialog) -> None:
    charger = await locked()
    await dialog.cards()
    await dialog.choose("learn")
    result = await dialog.until_shown(FlowResultType.FORM)
    assert result["step_id"] == "nobody"
    result = await dialog.submit()
    assert result["type"] is FlowResultType.SHOW_PROGRESS
    await charger.ask("Authorize", {"idTag": UNKNOWN_CARD})
    result = await dialog.until_shown(FlowResultType.FORM)
    assert result["step_id"] == "card"
    dialog.close()


async def test_a_dialog_that_is_closed_does_not_wait_any_longer(
    hass: HomeAssistant, locked: Locked, dialog: Dialog
) -> None:
    charger = await locked()
    await dialog.cards()
    await dialog.choose("learn")
    dialog.close()
    await charger.ask("Authorize", {"idTag": UNKNOWN_CARD})
    assert not hass.config_entries.subentries.async_progress()


async def offline(connect: Connect, screen: Screen) -> None:
    """Be a charger that is not there."""


async def with_a_session(connect: Connect, screen: Screen) -> None:
    """Be a charger in a session."""
    charger = await connect()
    await until(lambda: protected(screen))
    await charger.start()
    await charger.status("Charging")


@pytest.mark.parametrize(
    ("state", "reason"),
    [(offline, "charger_offline"), (with_a_session, "unplug_first")],
)
async def test_a_card_cannot_be_learned_now(
    connect: Connect,
    screen: Screen,
    dialog: Dialog,
    state: Callable[[Connect, Screen], Awaitable[None]],
    reason: str,
) -> None:
    await state(connect, screen)
    await dialog.cards()
    result = await dialog.choose("learn")
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == reason


async def test_a_charger_that_is_free_and_not_ours_to_lock_learns_no_card(
    hass: HomeAssistant,
    connect: Connect,
    screen: Screen,
    dialog: Dialog,
    device_id: str,
) -> None:
    charger = await connect(boots=False)
    charger.keys["AuthEnabled"] = "false"
    await charger.boot()
    await charger.status("Available")
    await until(lambda: protected(screen))
    await hass.services.async_call(
        DOMAIN, "restore_configuration", {"device_id": device_id}, blocking=True
    )
    await dialog.cards()
    result = await dialog.choose("learn")
    assert result["reason"] == "cannot_lock"


async def test_no_card_is_learned_while_the_integration_does_not_run(
    hass: HomeAssistant, integration: MockConfigEntry, dialog: Dialog
) -> None:
    await hass.config_entries.async_unload(integration.entry_id)
    await dialog.cards()
    result = await dialog.choose("learn")
    assert result["reason"] == "charger_offline"


# By its number.


@pytest.mark.parametrize("number", ["", " ", "04A1/B2", "0" * 21, "ü"])
async def test_a_card_is_added_by_its_number(
    integration: MockConfigEntry, dialog: Dialog, number: str
) -> None:
    await dialog.cards()
    result = await dialog.choose("enter")
    assert result["step_id"] == "enter"
    result = await dialog.submit({CONF_ID_TAG: number})
    assert result["errors"] == {CONF_ID_TAG: "invalid_number"}
    result = await dialog.submit({CONF_ID_TAG: " 04:a1-b2 C3"})
    assert result["step_id"] == "card"
    await dialog.submit(NEW)
    assert stored(integration) == [ANNA]


@pytest.mark.parametrize(
    ("name", "error"), [("  ", "name_missing"), ("Ben", "name_taken")]
)
async def test_each_card_has_a_name_of_its_own(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    dialog: Dialog,
    name: str,
    error: str,
) -> None:
    give(hass, integration, BEN)
    await dialog.cards()
    await dialog.choose("enter")
    await dialog.submit({CONF_ID_TAG: "04A1B2C3"})
    result = await dialog.submit(NEW | {CONF_NAME: name})
    assert result["errors"] == {CONF_NAME: error}
    await dialog.submit(NEW | {CONF_NAME: " Anna "})
    assert stored(integration) == [BEN, ANNA]


# What becomes of it.


async def test_cards_are_listed_with_what_is_known_of_them(
    hass: HomeAssistant, integration: MockConfigEntry, dialog: Dialog
) -> None:
    hass.states.async_set("person.anna", "home", {"friendly_name": "Anna Smith"})
    give(hass, integration, BEN, ANNA | {"person": "person.anna"})
    result = await dialog.cards()
    assert result["menu_options"] == ["learn", "enter", "edit", "delete"]
    assert result["description_placeholders"]["cards"].splitlines() == [
        "- Anna (Anna Smith)",
        "- Ben (until 2026-12-31, may not charge)",
    ]
    result = await dialog.choose("edit")
    [field] = result["data_schema"].schema.values()
    assert field.config["options"] == [
        {"value": "Anna", "label": "Anna (Anna Smith)"},
        {"value": "Ben", "label": "Ben (until 2026-12-31, may not charge)"},
    ]


async def test_a_card_is_changed(
    hass: HomeAssistant, integration: MockConfigEntry, dialog: Dialog
) -> None:
    give(hass, integration, ANNA, BEN)
    await dialog.cards()
    await dialog.choose("edit")
    result = await dialog.submit({CONF_NAME: "Ben"})
    assert suggested(result)[CONF_NAME] == "Ben"
    await dialog.submit({CONF_NAME: "Benjamin", CONF_ENABLED: True})
    assert stored(integration) == [
        ANNA,
        {CONF_ID_TAG: "0B", CONF_NAME: "Benjamin", CONF_ENABLED: True},
    ]


async def test_a_card_that_is_gone_is_asked_for_again(
    hass: HomeAssistant, integration: MockConfigEntry, dialog: Dialog
) -> None:
    """Another dialog may have deleted it, or given it another name."""
    give(hass, integration, ANNA, BEN)
    await dialog.cards()
    await dialog.choose("edit")
    give(hass, integration, ANNA)
    result = await dialog.submit({CONF_NAME: "Ben"})
    assert result["step_id"] == "edit"
    [field] = result["data_schema"].schema.values()
    assert [option["value"] for option in field.config["options"]] == ["Anna"]


async def test_cards_are_deleted(
    hass: HomeAssistant, integration: MockConfigEntry, locked: Locked, dialog: Dialog
) -> None:
    charger = await locked(ANNA, BEN)
    await dialog.cards()
    await dialog.choose("delete")
    result = await dialog.submit({CONF_CARDS: ["Anna"]})
    assert (result["type"], result["step_id"]) == (FlowResultType.MENU, "cards")
    assert "Anna" not in result["description_placeholders"]["cards"]
    await hass.async_block_till_done()
    assert stored(integration) == [BEN]
    answer = await charger.ask("Authorize", {"idTag": "04A1B2C3"})
    assert answer["idTagInfo"]["status"] == "Invalid"


async def test_no_card_is_chosen_for_deletion_at_first(
    hass: HomeAssistant, integration: MockConfigEntry, dialog: Dialog
) -> None:
    """The frontend would otherwise tick the first card by itself."""
    give(hass, integration, ANNA, BEN)
    await dialog.cards()
    result = await dialog.choose("delete")
    schema = result["data_schema"]
    assert schema is not None
    assert schema({}) == {CONF_CARDS: []}
    await dialog.submit({CONF_CARDS: []})
    assert stored(integration) == [ANNA, BEN]


async def test_other_settings_leave_the_cards_alone(
    hass: HomeAssistant, integration: MockConfigEntry, dialog: Dialog
) -> None:
    give(hass, integration, ANNA)
    await dialog.cards()
    dialog.close()
    subentry = next(iter(integration.subentries.values()))
    result: Result = await integration.start_subentry_reconfigure_flow(
        hass, subentry.subentry_id
    )
    for answers in (
        {"next_step_id": "settings"},
        {
            "advanced": {CONF_OFFLINE_PROFILE: "strict"},
            CONF_SHOW_ID_TAG: True,
            CONF_PRICE: 0.3,
        },
    ):
        result = await hass.config_entries.subentries.async_configure(
            result["flow_id"], answers
        )
    assert result["reason"] == "reconfigure_successful"
    assert stored(integration) == [ANNA]
    assert subentry.data[CONF_PRICE] == 0.3
