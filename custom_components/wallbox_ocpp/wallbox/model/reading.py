"""Reads and writes a charger's settings, one request at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self

from ocpp.v16 import call
from ocpp.v16.enums import ConfigurationStatus

from ...csms.requests import ConfigurationKey, read_configuration
from .offline_fix import ACCEPTED, Setting

WRITTEN: Final = frozenset({ACCEPTED, ConfigurationStatus.reboot_required.value})


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """Reads settings; one by one if the charger refuses several at once."""

    keys: tuple[str, ...] | None = None
    """None for all keys of the charger."""
    fallback: tuple[str, ...] = ()
    """Keys to read one by one if reading all is refused."""
    found: Mapping[str, ConfigurationKey] = field(default_factory=dict)
    left: tuple[str, ...] | None = None
    """Keys that are still to be read one by one; None if that is not needed."""
    done: bool = False

    @property
    def request(self) -> call.GetConfiguration:
        """The next request."""
        if self.left:
            return call.GetConfiguration(key=[self.left[0]])
        return call.GetConfiguration(key=None if self.keys is None else [*self.keys])

    def answered(self, payload: Mapping[str, Any] | None) -> Self:
        """Return it after an answer; None for a CALLERROR."""
        found = {**self.found, **(read_configuration(payload) if payload else {})}
        if self.left is not None:
            left = self.left[1:]
            return replace(self, found=found, left=left, done=not left)
        one_by_one = self.keys or self.fallback
        if payload is None and (self.keys is None or len(self.keys) > 1):
            return replace(self, left=one_by_one, done=not one_by_one)
        return replace(self, found=found, done=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Write:
    """Writes a setting, with the next-best value whenever one is refused."""

    setting: Setting
    values: tuple[str, ...] = field(repr=False)
    """The values that were not refused yet, best first."""
    status: str = ""
    """The status of the last answer."""

    @classmethod
    def of(cls, setting: Setting) -> Self:
        """Begin with the best value."""
        return cls(setting=setting, values=setting.values)

    @property
    def request(self) -> call.ChangeConfiguration:
        """The next request."""
        return call.ChangeConfiguration(key=self.setting.key, value=self.values[0])

    @property
    def done(self) -> bool:
        """Whether a value was accepted, or all were refused."""
        return self.status in WRITTEN or not self.values

    def answered(self, status: str) -> Self:
        """Return it after an answer with this status."""
        taken = status in WRITTEN
        return replace(
            self, status=status, values=self.values if taken else self.values[1:]
        )
