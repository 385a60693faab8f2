"""Sessions that are over, and what Home Assistant's actions say of them."""

from datetime import datetime, timedelta
import json
from pathlib import Path
from typing import Any

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import STORAGE_DIR
from simulator.scripted_charger import ScriptedCharger

HOUR = timedelta(hours=1)


async def had(
    charger: ScriptedCharger,
    began: datetime,
    *,
    ended: datetime | None = None,
    register: int = 1000,
    wh: int = 500,
    reason: str = "EVDisconnected",
    **start: Any,
) -> int:
    """Tell of a session, an hour long unless said otherwise; return its number."""
    number = await charger.start(
        timestamp=began.isoformat(), meterStart=register, **start
    )
    await charger.stop(
        number,
        timestamp=(ended or began + HOUR).isoformat(),
        meterStop=register + wh,
        reason=reason,
    )
    return number


async def had_many(
    charger: ScriptedCharger, began: datetime, count: int, *, register: int = 1000
) -> list[int]:
    """Tell of a session on each of some days; return their numbers."""
    return [
        await had(charger, began + timedelta(days=day), register=register + 1000 * day)
        for day in range(count)
    ]


async def perform(
    hass: HomeAssistant, action: str, device_id: str, **data: Any
) -> dict[str, Any]:
    """Perform an action and return its response."""
    response = await hass.services.async_call(
        DOMAIN,
        action,
        {"device_id": device_id, **data},
        blocking=True,
        return_response=True,
    )
    assert response
    return response


async def sessions_of(
    hass: HomeAssistant, device_id: str, **data: Any
) -> list[dict[str, Any]]:
    """Return the sessions as the action tells them."""
    response = await perform(hass, "get_sessions", device_id, **data)
    sessions: list[dict[str, Any]] = response["sessions"]
    return sessions


async def numbers_of(hass: HomeAssistant, device_id: str, **data: Any) -> list[int]:
    """Return the numbers of the sessions as the action tells them."""
    return [
        session["transaction_id"]
        for session in await sessions_of(hass, device_id, **data)
    ]


class Files:
    """The files of the first charger."""

    def __init__(self, hass: HomeAssistant, subentry_id: str) -> None:
        """Look into the storage of Home Assistant."""
        self.folder = Path(hass.config.path(STORAGE_DIR))
        self.ledger = self.folder / f"{DOMAIN}.{subentry_id}"
        self.archive_0_1_0 = self.folder / f"{DOMAIN}.{subentry_id}.sessions"
        self.archive = self.year(2026)

    def year(self, year: int) -> Path:
        """Return the file of the sessions that ended in a year."""
        return self.archive_0_1_0.with_name(f"{self.archive_0_1_0.name}.{year}")

    @property
    def years(self) -> dict[int, list[int]]:
        """The numbers of the sessions in the archive, by year."""
        files = sorted(self.folder.glob(f"{self.archive_0_1_0.name}.????"))
        return {
            int(file.suffix[1:]): [
                session["transaction_id"]
                for session in json.loads(file.read_text())["data"]["sessions"]
            ]
            for file in files
        }

    @property
    def in_ledger(self) -> list[int]:
        """The numbers of the sessions in the ledger."""
        stored = json.loads(self.ledger.read_text())["data"]["ledger"]["sessions"]
        return [session["transaction_id"] for session in stored]

    @property
    def in_archive(self) -> list[int]:
        """The numbers of the sessions in the archive."""
        return [number for numbers in self.years.values() for number in numbers]

    @property
    def set_aside(self) -> list[Path]:
        """The files that are kept because they could not be read."""
        return sorted(self.folder.glob(f"{self.ledger.name}*.set_aside.*"))


async def reload(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Begin anew from what is on disk."""
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
