"""The test of the offline protection: a charger is left alone on purpose, and what came of it.

Charging is paused, the meter is read, and the charger is refused for some minutes, so that it is as
alone as it is while Home Assistant is down. Then it is let in again, and its meter, its session and
its settings are compared with what they were.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from mashumaro import DataClassDictMixin
from ocpp.v16.enums import ChargePointStatus

from .charging_profiles import Wish
from .limits import TOLERANCE
from .offline_fix import ProfileName
from .reading import Read
from .stored import NOT_STORED

SHORTEST: Final = 2
LONGEST: Final = 60
USUAL: Final = 5
"""Minutes alone. Some chargers take themselves for offline only after half a minute
(docs/chargers.md §8.3)."""

NOTHING: Final = 10.0
"""Wh at most between two readings where nothing flowed: some meters count in steps of that, and
a car that draws the least it can, 6 A on one phase, draws ten times as much in 5 minutes."""


class Phase(StrEnum):
    """How far a test is."""

    PAUSING = "pausing"
    """Charging is turned off, until nothing flows any more."""
    READING = "reading"
    """The meter is read before."""
    REBOOTING = "rebooting"
    """The charger is asked to reboot, so that it starts again while it is alone."""
    ALONE = "alone"
    """Its connections are refused."""
    RETURNING = "returning"
    """It is let in again, and is to come back."""
    CHECKING = "checking"
    """It is back, and is compared with what it was before."""


class Result(StrEnum):
    """What came of a test."""

    PROVEN = "proven"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    """It went on to its end, and nobody can tell."""
    BROKEN_OFF = "broken_off"


class Missing(StrEnum):
    """What a test needs and does not have."""

    CONNECTION = "connection"
    FIRMWARE = "firmware"
    """One that can be protected."""
    PROTECTION = "protection"
    CAR = "car"
    SESSION = "session"


class Cause(StrEnum):
    """Why a test has failed, cannot tell, or was broken off."""

    # Failed
    NOT_PAUSED = "not_paused"
    """It draws current in spite of the pause, even while it is connected."""
    ENERGY = "energy"
    """Energy flowed while it was alone."""
    LIMIT = "limit"
    """Current flows after its return, although Charging is off."""
    TRANSACTION = "transaction"
    """Its session is not the one it was."""
    SETTINGS = "settings"
    """Settings of the offline protection are not as written."""

    # Inconclusive
    PAUSE_UNCLEAR = "pause_unclear"
    """It has not taken the pause, or does not tell whether it follows it."""
    NO_READING = "no_reading"
    SETTINGS_UNKNOWN = "settings_unknown"
    NO_REBOOT = "no_reboot"
    """A reboot was wanted, and none was seen."""
    NO_REPLUG = "no_replug"
    """The car was to be plugged in again, and the session is the same."""
    CAR_GONE = "car_gone"
    """No car is plugged in at the end."""

    # Broken off
    OWNER = "owner"
    WISH = "wish"
    """Its owner has changed Charging or the limit."""
    RESTARTED = "restarted"
    """Home Assistant has been restarted, or this integration."""
    CONNECTION_LOST = "connection_lost"
    """The connection ended before it was to."""
    UNPLUGGED = "unplugged"
    """The car was unplugged before the charger was alone."""
    NOT_BACK = "not_back"


class SessionAfter(StrEnum):
    """Which session is open after the return."""

    SAME = "same"
    ANOTHER = "another"
    NONE = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Variant(DataClassDictMixin):
    """What the owner has chosen."""

    minutes: int = USUAL
    """For which the charger is alone."""
    reboot: bool = False
    """It starts again meanwhile."""
    replug: bool = False
    """The car is unplugged and plugged in again meanwhile."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts(DataClassDictMixin):
    """What was seen of a charger in a test, in the order in which it is seen."""

    began: datetime
    firmware: str | None = None
    model: str | None = None
    paused_at: datetime | None = None
    """When nothing flowed any more."""
    register_before: float | None = None
    """Wh."""
    reset_accepted: bool | None = None
    """None if it was not asked to reboot."""
    alone_at: datetime | None = None
    let_in_at: datetime | None = None
    back_at: datetime | None = None
    booted: bool = False
    """It said that it had started since it was alone."""
    status: ChargePointStatus | None = None
    """The first after its return."""
    drawn: float | None = None
    """Amps in one phase at the end, if the meter tells."""
    register_after: float | None = None
    """Wh."""
    session: SessionAfter | None = None
    plugged_in: bool | None = None
    """At the end."""
    settings_changed: tuple[str, ...] | None = None
    """The settings of the offline protection that are not as written; None if it did not tell."""

    @property
    def energy(self) -> float | None:
        """The Wh that flowed from the pause to the end."""
        if self.register_before is None or self.register_after is None:
            return None
        return round(self.register_after - self.register_before, 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Report(DataClassDictMixin):
    """A test that is over."""

    result: Result
    causes: tuple[Cause, ...] = ()
    variant: Variant
    facts: Facts
    ended: datetime | None = None
    """None if Home Assistant was restarted meanwhile."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ongoing(DataClassDictMixin):
    """A test under way, with all that it takes to end it properly, whatever happens."""

    variant: Variant
    wish: Wish
    """The owner's, which comes back with the end of the test."""
    facts: Facts
    phase: Phase = Phase.PAUSING
    since: datetime
    """Since when it is in this phase."""
    profile: ProfileName = ProfileName.CHARGE_HQ
    keys: tuple[str, ...] = ()
    """The settings that were as its profile wants them."""
    transaction_id: int | None = None
    read: Read | None = field(default=None, metadata=NOT_STORED)
    """The settings, as they are compared."""
    settle_at: datetime | None = field(default=None, metadata=NOT_STORED)
    """When a charger that is back has told all that it has to tell by itself."""

    @property
    def alone_until(self) -> datetime | None:
        """When the charger is let in again."""
        if self.facts.alone_at is None:
            return None
        return self.facts.alone_at + timedelta(minutes=self.variant.minutes)

    def entered(self, phase: Phase, now: datetime, facts: Facts) -> Self:
        """Return it in another phase."""
        return replace(self, phase=phase, since=now, facts=facts)


@dataclass(frozen=True, kw_only=True, slots=True)
class OfflineTest(DataClassDictMixin):
    """The test of a charger, if one is under way, and what came of earlier ones."""

    ongoing: Ongoing | None = None
    latest: Report | None = None
    proof: Report | None = None
    """The latest that says whether the protection holds."""
    expected_until: datetime | None = field(default=None, metadata=NOT_STORED)
    """Until when a charger is not missed that was refused in a test that has ended."""

    @property
    def shuts_out(self) -> bool:
        """Whether the charger is refused."""
        return self.ongoing is not None and self.ongoing.phase is Phase.ALONE

    def over(
        self, result: Result, causes: tuple[Cause, ...], now: datetime | None
    ) -> Self:
        """Return it with the end of what was under way."""
        if self.ongoing is None:
            return self
        report = Report(
            result=result,
            causes=causes,
            variant=self.ongoing.variant,
            facts=self.ongoing.facts,
            ended=now,
        )
        tells = result in (Result.PROVEN, Result.FAILED)
        return replace(
            self, ongoing=None, latest=report, proof=report if tells else self.proof
        )

    def interrupted(self, wish: Wish) -> tuple[Self, Wish]:
        """Return it after a restart of Home Assistant, and the wish that its owner really has.

        Args:
            wish: The one that was stored, with Charging off if a test was under way.
        """
        if self.ongoing is None:
            return self, wish
        return self.over(Result.BROKEN_OFF, (Cause.RESTARTED,), None), self.ongoing.wish

    def of(self, firmware: str | None) -> Report | None:
        """Return what is known of a firmware: whether it holds, or at least what came of trying."""
        reports = (self.proof, self.latest)
        return next(
            (report for report in reports if report and _is_of(report, firmware)), None
        )

    def outdated(self, firmware: str | None) -> Report | None:
        """Return a test that tells of another firmware only, if nothing tells of this one."""
        proof = self.proof
        return proof if proof and firmware and not _is_of(proof, firmware) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What is thought of a test that went on to its end."""

    result: Result
    causes: tuple[Cause, ...] = field(default=())


def judged(facts: Facts, variant: Variant) -> Judgement:
    """Judge a test by what was seen; what has failed counts more than what is not clear."""
    if failures := tuple(_failures(facts, variant)):
        return Judgement(result=Result.FAILED, causes=failures)
    if doubts := tuple(_doubts(facts, variant)):
        return Judgement(result=Result.INCONCLUSIVE, causes=doubts)
    return Judgement(result=Result.PROVEN)


def _failures(facts: Facts, variant: Variant) -> list[Cause]:
    # Unplugged, or started anew, a charger may well begin another session.
    must_go_on = not (variant.reboot or variant.replug or facts.booted)
    still_there = facts.plugged_in is not False
    found = {
        Cause.ENERGY: facts.energy is not None and facts.energy > NOTHING,
        Cause.LIMIT: facts.drawn is not None and facts.drawn > TOLERANCE,
        Cause.TRANSACTION: must_go_on
        and still_there
        and facts.session in (SessionAfter.ANOTHER, SessionAfter.NONE),
        Cause.SETTINGS: bool(facts.settings_changed),
    }
    return [cause for cause, is_so in found.items() if is_so]


def _doubts(facts: Facts, variant: Variant) -> list[Cause]:
    found = {
        Cause.NO_READING: facts.energy is None,
        Cause.SETTINGS_UNKNOWN: facts.settings_changed is None,
        Cause.NO_REBOOT: variant.reboot and not (facts.reset_accepted or facts.booted),
        Cause.NO_REPLUG: variant.replug and facts.session is SessionAfter.SAME,
        Cause.CAR_GONE: facts.plugged_in is False,
    }
    return [cause for cause, is_so in found.items() if is_so]


def _is_of(report: Report, firmware: str | None) -> bool:
    return report.facts.firmware == firmware
