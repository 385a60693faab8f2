"""What docs/coming-from.md names is there."""

from pathlib import Path
import re
from typing import Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from simulator.virtual_wallbox import VirtualWallbox
from tests.helpers.screen import Screen

PAGE: Final = (Path(__file__).parents[2] / "docs" / "coming-from.md").read_text()
EVCC: Final = dict(
    re.findall(
        r"^\| ([\w ]+) \| `(.+)` \|$", PAGE.partition("\n## evcc\n")[2], re.MULTILINE
    )
)


async def test_evcc_finds_what_it_is_configured_to_use(
    hass: HomeAssistant, charging_charger: VirtualWallbox, screen: Screen
) -> None:
    entities = {
        field: value for field, value in EVCC.items() if not field.startswith("status ")
    }
    assert entities.keys() == {
        "status",
        "enabled",
        "enable",
        "setMaxCurrent",
        "power",
        "energy",
    }
    for entity_id in entities.values():
        state = hass.states.get(entity_id)
        assert state, entity_id
        assert state.state not in ("unknown", "unavailable"), entity_id
    options = screen.entity(Platform.SENSOR, "status").attributes["options"]
    told = [
        state
        for field in ("status A", "status B", "status C")
        for state in EVCC[field].split(", ")
    ]
    assert sorted(told) == sorted(options)
    status = hass.states.get(EVCC["status"])
    assert status
    assert status.state == EVCC["status C"]
