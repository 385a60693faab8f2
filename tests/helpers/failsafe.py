"""A charger whose owner has chosen what a car gets while it is offline."""

from typing import Any, Final

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import (
    CONF_FAILSAFE,
    CONF_FAILSAFE_CURRENT,
    CONF_LEASE,
)
from custom_components.wallbox_ocpp.wallbox.model.failsafe import FailSafeMode
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from simulator.virtual_wallbox import FIRMWARES, Car, Personality, VirtualWallbox
from simulator.virtual_wallbox.quirks import with_quirks
from tests.conftest import StartCharger
from tests.helpers.alone import alone
from tests.helpers.owner import change_settings
from tests.helpers.screen import Screen, issue_keys, protected
from tests.helpers.taciturn import taciturn

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
LEASE: Final = 15 * MINUTE
BEFORE: Final = 4 * MINUTE
"""When no lease can have ended: it is renewed five minutes before."""
AFTER: Final = LEASE + MINUTE

OFF: Final = FailSafeMode.OFF
LIMIT: Final = FailSafeMode.LIMIT
PAUSE: Final = FailSafeMode.LEASE
NO_START: Final = FailSafeMode.NO_START

MODERN: Final = FIRMWARES["6.7.38"]
KEEPS: Final = taciturn(MODERN)
"""It ends a limit when its lease is over."""
LIMITS_ONLY: Final = with_quirks(MODERN, "schedule-duration-ignored")
"""It ignores durations, and follows later limits."""
IGNORES: Final = with_quirks(LIMITS_ONLY, "schedule-first-only")
"""It ignores these, too."""


class FailSafes:
    """An owner who chooses fail-safes, and what is shown of them."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: MockConfigEntry,
        start_charger: StartCharger,
        screen: Screen,
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._start_charger = start_charger
        self._screen = screen

    def choose(self, mode: FailSafeMode, **settings: Any) -> None:
        """Choose in the settings what a car gets while Home Assistant is away."""
        chosen = {
            CONF_FAILSAFE: mode.value,
            CONF_LEASE: LEASE // MINUTE,
            CONF_FAILSAFE_CURRENT: 8,
            **settings,
        }
        change_settings(self._hass, self._entry, **chosen)

    async def protects(
        self, mode: FailSafeMode, personality: Personality = MODERN, **settings: Any
    ) -> VirtualWallbox:
        """Choose a fail-safe, and return a charger that is protected."""
        self.choose(mode, **settings)
        box = await self._start_charger(personality)
        await box.wait_until(lambda: protected(self._screen))
        return box

    async def charging(
        self, mode: FailSafeMode, personality: Personality = MODERN
    ) -> VirtualWallbox:
        """Choose a fail-safe, and return a charger that charges a car with 16 A."""
        box = await self.protects(mode, personality)
        await self.plug_in(box)
        return box

    async def plug_in(self, box: VirtualWallbox, limit: int = 16) -> None:
        """Let a car come and charge."""
        await box.wait_until(lambda: protected(self._screen))
        await self._screen.set("current_limit", limit)
        box.plug(Car())
        await box.wait_until(lambda: box.charger.current_drawn == limit)
        await box.wait_until(lambda: self._screen.sensor("status") == "charging")

    def shown(self) -> object:
        """Return how the fail-safe stands."""
        return self._screen.entity("sensor", "offline_protection").attributes[
            "fail_safe"
        ]

    def reported(self) -> bool:
        """Return whether there is a repair because the charger keeps none."""
        return "lease_refused" in issue_keys(ir.async_get(self._hass))


def drawn(box: VirtualWallbox, *moments: float) -> list[float]:
    """Return what the car draws at moments after the charger was left alone."""
    return [alone(box, seconds).current_drawn for seconds in moments]


def newcomer(box: VirtualWallbox, hours: float = 8) -> float:
    """Return the most that a car draws that comes, or comes again, without anybody there."""
    charger = alone(box, MINUTE)
    charger.unplug()
    charger.advance(charger.now + MINUTE)
    since = charger.now
    charger.plug(Car())
    charger.advance(charger.now + hours * HOUR)
    return charger.drew_current_since(since)
