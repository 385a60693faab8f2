"""Records what a person sees of one charger in Home Assistant: entities and repairs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er, issue_registry as ir

TOLD_OF_A_SESSION = ("energy", "duration", "reason", "started_by", "delayed")


class Sight(NamedTuple):
    """A change that a person can see."""

    at: datetime
    what: str
    """An entity's key, or `repair`."""
    how: Any
    """Its state, or the kind of repair."""


class Witness:
    """Records changes of a charger's entities, and of repairs."""

    def __init__(
        self, hass: HomeAssistant, identity: str, now: Callable[[], datetime]
    ) -> None:
        """Create it, for one charger and with a clock."""
        self._hass = hass
        self._identity = identity
        self._now = now
        self._open: dict[str, str] = {}
        """Open repairs, by id."""
        self.seen: list[Sight] = []

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Record within the context."""
        stops = (
            self._hass.bus.async_listen(EVENT_STATE_CHANGED, self._state_changed),
            self._hass.bus.async_listen(
                ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED, self._repairs_changed
            ),
        )
        try:
            yield
        finally:
            for stop in stops:
                stop()

    def of(self, *what: str) -> dict[str, list[Any]]:
        """Return the recorded states of some entities, each in order."""
        return {
            name: [sight.how for sight in self.seen if sight.what == name]
            for name in what
        }

    @property
    def repairs(self) -> list[str]:
        """The kinds of open repairs."""
        return sorted(self._open.values())

    @callback
    def _state_changed(self, event: Event[EventStateChangedData]) -> None:
        entity = er.async_get(self._hass).async_get(event.data["entity_id"])
        new, old = event.data["new_state"], event.data["old_state"]
        if entity is None or entity.platform != DOMAIN or new is None:
            return
        if not entity.unique_id.startswith(f"{self._identity}_"):
            return
        key = entity.unique_id.removeprefix(f"{self._identity}_")
        if entity.domain == "event":
            if kind := new.attributes.get("event_type"):
                told = {
                    name: new.attributes[name]
                    for name in TOLD_OF_A_SESSION
                    if name in new.attributes
                }
                self._see(key, {kind: told})
        elif old is None or old.state != new.state:
            self._see(key, new.state)

    @callback
    def _repairs_changed(self, event: Event[ir.EventIssueRegistryUpdatedData]) -> None:
        if event.data["domain"] != DOMAIN:
            return
        issue_id = event.data["issue_id"]
        issue = ir.async_get(self._hass).async_get_issue(DOMAIN, issue_id)
        if issue and issue_id not in self._open:
            self._open[issue_id] = str(issue.translation_key)
            self._see("repair", f"{self._open[issue_id]} is needed")
        elif not issue and issue_id in self._open:
            self._see("repair", f"{self._open.pop(issue_id)} is no longer needed")

    def _see(self, what: str, how: Any) -> None:
        self.seen.append(Sight(self._now(), what, how))
