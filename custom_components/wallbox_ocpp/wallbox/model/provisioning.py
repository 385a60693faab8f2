"""What is known of a charger's settings: where a comparison with the wanted ones stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, Self

from .offline_fix import ProfileName, Setting
from .reading import Read, Write


class Phase(StrEnum):
    """What a comparison is about."""

    LIMIT = "limit"
    """First of all the limit: a charger that is set free without one charges at once
    (docs/chargers.md §8.3, S17)."""
    READ = "read"
    LIMIT_AGAIN = "limit_again"
    """Once it is known what the charger can hold."""
    WRITE = "write"
    READ_BACK = "read_back"


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """A comparison that is under way."""

    wanted: tuple[ProfileName, bool]
    """The profile, and whether the offline fix is wanted, when it began."""
    phase: Phase = Phase.LIMIT
    read: Read = field(default_factory=Read)
    write: Write | None = None
    """What is being written."""
    changes: tuple[Setting, ...] = ()
    """What is still to be written."""
    deferred: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    """The status of each write, by key."""


CARDS: Final = "cards"
LIMITS: Final = "limits"
IGNORED: Final = "ignored"
"""The status of a write that was accepted without effect."""


class RestorePhase(StrEnum):
    """What putting the original configuration back is about."""

    CLEAR_CARDS = "clear_cards"
    """First of all: a charger may take no list any more once its settings are back."""
    WRITE = "write"
    CLEAR_LIMITS = "clear_limits"
    """A limit that stayed behind would hold a charger that has left us."""
    READ_BACK = "read_back"
    DONE = "done"


@dataclass(frozen=True, kw_only=True, slots=True)
class Restore:
    """The original configuration is being put back."""

    phase: RestorePhase = RestorePhase.CLEAR_CARDS
    read: Read = field(default_factory=Read)
    write: Write | None = None
    changes: tuple[Setting, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    """The status of each write, by key; also of `CARDS` and `LIMITS`, if they were not cleared."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Provisioning:
    """How far a charger's settings have been brought to the wanted ones."""

    brought_to: tuple[ProfileName, bool] | None = None
    """What the settings were last compared with since the charger started."""
    deferred: tuple[str, ...] = ()
    """What that comparison has left for when no transaction is open."""
    run: Run | None = None
    restore: Restore | None = None
    asked: bool = False
    """The owner asks for a comparison."""

    @property
    def applying(self) -> bool:
        """Whether the configuration is being compared and corrected."""
        return self.run is not None

    @property
    def restoring(self) -> bool:
        """Whether the original configuration is being put back."""
        return self.restore is not None and self.restore.phase is not RestorePhase.DONE

    @property
    def busy(self) -> bool:
        """Whether the configuration is being compared, corrected or put back."""
        return self.applying or self.restoring

    def broken_off(self) -> Self:
        """Return it with nothing under way but what its owner still wants."""
        return replace(self, run=None, restore=self.unfinished, asked=False)

    @property
    def unfinished(self) -> Restore | None:
        """What is left of putting the original configuration back."""
        return self.restore if self.restoring else None
