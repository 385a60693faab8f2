"""The examples of README and docs are automations, and those with session data do what they say."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
import re
from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.components.automation.config import (
    ValidationStatus,
    async_validate_config_item,
)
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml
from simulator.virtual_time import WallClock, until
from tests.conftest import Connect

REPOSITORY: Final = Path(__file__).parents[2]
DOCS: Final = REPOSITORY / "docs"
PAGES: Final = [*REPOSITORY.glob("*.md"), *sorted(DOCS.rglob("*.md"))]
YAML: Final = re.compile(r"^```yaml\n(.+?)^```", re.MULTILINE | re.DOTALL)


def examples() -> Iterator[dict[str, Any]]:
    """Return every example as an automation; a fragment is made into a whole one."""
    for page in PAGES:
        for text in YAML.findall(page.read_text()):
            example = parse_yaml(text)
            assert isinstance(example, dict)
            if "action" in example:
                example = {"actions": [example]}
            yield {"triggers": [], "actions": [], **example}


@pytest.mark.parametrize("example", examples())
async def test_examples_are_valid_automations(
    hass: HomeAssistant, example: dict[str, Any]
) -> None:
    assert await async_setup_component(hass, "automation", {})
    config = await async_validate_config_item(hass, "readme", example)
    assert config is not None
    assert config.validation_status is ValidationStatus.OK, config.validation_error


def example(alias: str) -> dict[str, Any]:
    """Return an automation of the page."""
    texts = YAML.findall((DOCS / "automations.md").read_text())
    [found] = [text for text in texts if text.startswith(f"alias: {alias}\n")]
    automation = parse_yaml(found)
    assert isinstance(automation, dict)
    return automation


async def run(hass: HomeAssistant, automation: dict[str, Any]) -> list[dict[str, Any]]:
    """Set up an automation; return the list of notifications it will make."""
    notifications: list[dict[str, Any]] = []

    async def note(service_call: Any) -> None:
        notifications.append(dict(service_call.data))

    hass.services.async_register("persistent_notification", "create", note)
    assert await async_setup_component(hass, "automation", {"automation": [automation]})
    await hass.async_block_till_done()
    return notifications


async def test_a_session_that_ends_is_notified(
    hass: HomeAssistant, connect: Connect, device_id: str
) -> None:
    automation = example("Tell what the car has charged")
    [trigger] = automation["triggers"]
    trigger["target"]["device_id"] = device_id
    notifications = await run(hass, automation)
    charger = await connect()
    number = await charger.start(meterStart=1000)
    await charger.stop(number, meterStop=13_500)
    await until(lambda: bool(notifications))
    assert notifications == [
        {"title": "Charging session ended", "message": "12.5 kWh in 0.0 hours."}
    ]


async def test_the_sessions_of_last_month_are_in_a_file(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    device_id: str,
    wall_clock: WallClock,
    tmp_path: Path,
) -> None:
    hass.config.config_dir = str(tmp_path)
    await hass.config.async_set_time_zone("Europe/Madrid")
    wall_clock.set(datetime.fromisoformat("2026-12-01T04:59:30Z"))
    charger = await connect()
    for start, stop, meter in (
        # In Madrid, these two are on the last day of October and the first of December.
        ("2026-10-31T20:00:00Z", "2026-10-31T22:59:00Z", 1000),
        ("2026-11-29T20:00:00Z", "2026-11-30T23:01:00Z", 3000),
        ("2026-10-31T22:00:00Z", "2026-10-31T23:01:00Z", 5000),
        ("2026-11-12T20:00:00Z", "2026-11-12T23:00:00Z", 7000),
    ):
        number = await charger.start(timestamp=start, meterStart=meter)
        await charger.stop(number, timestamp=stop, meterStop=meter + 1500)
    automation = example("Charging of last month")
    automation["actions"][1]["data"]["device_id"] = device_id
    notifications = await run(hass, automation)
    await charger.leave()

    await asyncio.sleep(60)
    await hass.async_block_till_done()
    automation_id = {"entity_id": "automation.charging_of_last_month"}
    await hass.services.async_call("automation", "turn_off", automation_id)
    file = tmp_path / "wallbox_ocpp" / "charging_2026-11.csv"
    [told] = notifications
    assert told["title"] == "Charging of last month"
    said, path, rest = re.split(r"\((.*?)\?.*\)", told["message"])
    assert said == "2 sessions, 3.0 kWh. [Download it within a day]"
    assert path == "/api/wallbox_ocpp/exports/charging_2026-11.csv"
    assert rest == f". The file is {file}."
    heading, *rows = file.read_text("utf-8-sig").splitlines()
    assert heading.startswith("transaction_id,plugged_in,started,ended,")
    assert [row.split(",")[3] for row in rows] == [
        "2026-11-01 00:01:00+01:00",
        "2026-11-13 00:00:00+01:00",
    ]
