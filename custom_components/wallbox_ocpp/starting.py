"""The transaction of the car that is plugged in: whether it got one, and asking for one.

Only the steward uses this.
"""

from typing import TYPE_CHECKING

from homeassistant.core import callback

from . import configuration
from .csms.session import Session
from .wallbox.charging import remote_start

if TYPE_CHECKING:
    from .coordinator import ChargerCoordinator


class Starting:
    """Asks one charger for a transaction, once per plug-in."""

    def __init__(self, coordinator: ChargerCoordinator) -> None:
        """Begin without knowing whether there is a car."""
        self._coordinator = coordinator
        self._started: bool | None = None
        """Whether the car that is plugged in got a transaction; None until one is opened or
        asked for."""

    @property
    def _settled(self) -> bool:
        return self._started is not None

    @callback
    def async_note(self, started: bool | None) -> None:
        """Note whether the car got a transaction, and show if it was refused one."""
        self._started = started
        refused = started is False
        if self._coordinator.data.start_refused is not refused:
            self._coordinator.async_change(start_refused=refused)

    async def async_ask(self, session: Session) -> bool:
        """Ask for a transaction, unless the car got one or was refused one; False if it was.

        Raises:
            CallFailedError: The charger left or fell silent.
        """
        # A second request in the same plug-in is refused for ever (docs/chargers.md §3.3).
        if not self._settled:
            self.async_note(True)
            accepted = None
            try:
                accepted = await configuration.async_accepts(session, remote_start())
            finally:
                if accepted is None and not self._coordinator.data.transaction:
                    # Nobody knows whether it was heard, so it may be asked again.
                    self.async_note(None)
            # One that has just begun by itself refuses, too; and the car may have left.
            if not accepted and self._started:
                self.async_note(self._coordinator.data.transaction is not None)
        return self._started is not False
