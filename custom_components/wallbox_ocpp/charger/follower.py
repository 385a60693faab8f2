"""Base of what follows something that the settings of a charger name."""

from homeassistant.core import CALLBACK_TYPE, callback

from ..coordinator import ChargerCoordinator


class Follower:
    """Follows what the settings of a charger name, and nothing else."""

    def __init__(self, coordinator: ChargerCoordinator) -> None:
        """Create it; nothing is followed yet."""
        self._coordinator = coordinator
        self._hass = coordinator.hass
        self._unsubscribe: list[CALLBACK_TYPE] = []

    @callback
    def async_follow(self) -> None:
        """Follow what the settings name now, until `async_shutdown`."""
        self.async_shutdown()
        self._follow()

    @callback
    def async_shutdown(self) -> None:
        """Stop."""
        while self._unsubscribe:
            self._unsubscribe.pop()()

    def _follow(self) -> None:
        raise NotImplementedError
