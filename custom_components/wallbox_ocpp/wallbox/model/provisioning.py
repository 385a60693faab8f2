"""The progress of bringing a charger's settings to the desired ones, or back to the original."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, Self

from .offline_fix import ProfileName, Setting
from .reading import Read, Write


class Phase(StrEnum):
    """The phases of a comparison."""

    LIMIT = "limit"
    """First the limit: a charger that is set to free mode without one charges at once
    (docs/chargers.md §8.3, S17)."""
    READ = "read"
    LIMIT_AGAIN = "limit_again"
    """The limit again, once the capabilities of the charger are known."""
    WRITE = "write"
    READ_BACK = "read_back"


@dataclass(frozen=True, kw_only=True, slots=True)
class Writing:
    """Settings that are written one after the other, and read."""

    read: Read = field(default_factory=Read)
    write: Write | None = None
    """The setting that is being written."""
    changes: tuple[Setting, ...] = ()
    """The settings that are still to be written."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """The status of each write, by key."""

    def answered(self, write: Write, status: str) -> Self:
        """Return it after an answer: a setting that was refused may have another value to try."""
        tried = write.answered(status)
        left = None if tried.done else tried
        return replace(self, write=left).with_answer(write.setting.key, status)

    def with_answer(self, key: str, status: str) -> Self:
        """Return it with the status of a write."""
        return replace(self, answers={**self.answers, key: status})


@dataclass(frozen=True, kw_only=True, slots=True)
class Run(Writing):
    """A comparison that is under way."""

    wanted: tuple[ProfileName, bool]
    """The offline profile, and whether the fix is wanted, when it began."""
    phase: Phase = Phase.LIMIT
    deferred: tuple[str, ...] = ()


CARDS: Final = "cards"
LIMITS: Final = "limits"
IGNORED: Final = "ignored"
"""The status of a write that was accepted without effect."""


class RestorePhase(StrEnum):
    """The phases of restoring the original configuration."""

    CLEAR_CARDS = "clear_cards"
    """First the cards: with its original settings a charger may accept no list any more."""
    WRITE = "write"
    CLEAR_LIMITS = "clear_limits"
    """A limit that stayed would limit the charger for ever."""
    READ_BACK = "read_back"
    DONE = "done"


@dataclass(frozen=True, kw_only=True, slots=True)
class Restore(Writing):
    """A restore; there are also answers for `CARDS` and `LIMITS`, if they were not cleared."""

    phase: RestorePhase = RestorePhase.CLEAR_CARDS


@dataclass(frozen=True, kw_only=True, slots=True)
class Provisioning:
    """The progress of the settings towards the desired ones."""

    brought_to: tuple[ProfileName, bool] | None = None
    """What the settings were last compared with since the charger booted."""
    deferred: tuple[str, ...] = ()
    """Keys that were left to write when no transaction is open."""
    run: Run | None = None
    restore: Restore | None = None
    asked: bool = False
    """The owner has requested a comparison."""

    @property
    def applying(self) -> bool:
        """Whether the configuration is being compared and corrected."""
        return self.run is not None

    @property
    def restoring(self) -> bool:
        """Whether the original configuration is being restored."""
        return self.restore is not None and self.restore.phase is not RestorePhase.DONE

    @property
    def busy(self) -> bool:
        """Whether the configuration is being compared, corrected or restored."""
        return self.applying or self.restoring

    def broken_off(self) -> Self:
        """Return it after a disconnect or boot: only what the owner has requested is left."""
        return replace(self, run=None, restore=self.unfinished, asked=False)

    @property
    def unfinished(self) -> Restore | None:
        """The part of a restore that is left to do after a boot."""
        return self.restore if self.restoring else None
