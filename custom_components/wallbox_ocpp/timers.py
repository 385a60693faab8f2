"""Timers with names: one that is set again replaces the one before."""

from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

type Work = Callable[[], Coroutine[Any, Any, None]]


class Timers:
    """The timers of one owner."""

    def __init__(
        self, hass: HomeAssistant, run: Callable[[Coroutine[Any, Any, None]], object]
    ) -> None:
        """Begin with none; `run` takes what is due."""
        self._hass = hass
        self._run = run
        self._timers: dict[str, CALLBACK_TYPE] = {}

    @callback
    def async_set(self, name: str, seconds: float, work: Work) -> None:
        """Do it in some seconds."""
        self.async_cancel(name)

        @callback
        def due(_: datetime) -> None:
            del self._timers[name]
            self._run(work())

        self._timers[name] = async_call_later(self._hass, seconds, HassJob(due))

    @callback
    def async_set_once(self, name: str, seconds: float, work: Work) -> None:
        """Do it in some seconds, or when it is due already."""
        if name not in self._timers:
            self.async_set(name, seconds, work)

    @callback
    def async_cancel(self, *names: str) -> None:
        """Forget these."""
        for name in names:
            if cancel := self._timers.pop(name, None):
                cancel()

    @callback
    def async_cancel_all(self, *, but: frozenset[str] = frozenset()) -> None:
        """Forget all but these."""
        self.async_cancel(*self._timers.keys() - but)
