"""The test of the offline protection: its phases, what is observed, and how it is judged.

Whether the charger follows limits one after the other is tried at the charging car. Then charging is
paused, the meter is read, and the charger's connections are refused for some minutes, as
if Home Assistant were down. Then they are accepted again, and meter, session and settings are
compared with those before.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from ocpp.v16.enums import ChargePointStatus

from .charging_profiles import Wish
from .limits import TOLERANCE
from .offline_fix import ProfileName
from .plan_trial import Following, PlanTrial
from .reading import Read
from .stored import NOT_STORED

SHORTEST: Final = 2
LONGEST: Final = 60
USUAL: Final = 5
"""Minutes alone. Some chargers take themselves for offline only after half a minute
(docs/chargers.md §8.3)."""

STOPPED: Final = timedelta(seconds=15)
"""Until nothing flows after a pause, and readings show it: some are 8 s old when they arrive, and a car
takes some seconds to stop. At 22 kW, `NOTHING` flows in 2 s."""

NOTHING: Final = 10.0
"""Wh at most between two readings where nothing flowed: some meters count in steps of that, and
a car that draws the least it can, 6 A on one phase, draws ten times as much in 5 minutes."""


class Phase(StrEnum):
    """The phases of a test, in their order."""

    FOLLOWING = "following"
    """The car charges; whether the charger follows limits one after the other is tried."""
    PAUSING = "pausing"
    """Charging is turned off; waits until no current flows."""
    READING = "reading"
    """Waits until the car has stopped, and for a reading of the meter after that."""
    REBOOTING = "rebooting"
    """The charger is asked to reboot, so that it starts without a connection."""
    ALONE = "alone"
    """Its connections are refused."""
    RETURNING = "returning"
    """Its connections are accepted again; waits for it to connect."""
    CHECKING = "checking"
    """It is connected; waits for readings and settings, to compare them."""


class Result(StrEnum):
    """The result of a test."""

    PROVEN = "proven"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    """It went on to its end, and what was observed does not suffice for a judgement."""
    BROKEN_OFF = "broken_off"


class Missing(StrEnum):
    """Preconditions of a test that can be missing."""

    CONNECTION = "connection"
    FIRMWARE = "firmware"
    """It is unknown, or too old for the offline fix."""
    PROTECTION = "protection"
    CAR = "car"
    SESSION = "session"


class Cause(StrEnum):
    """Why a test has failed, is inconclusive, or was broken off."""

    # Failed
    NOT_PAUSED = "not_paused"
    """It draws current in spite of the pause, even while it is connected."""
    ENERGY = "energy"
    """Energy flowed while it was alone."""
    LIMIT = "limit"
    """Current flows after its return, although Charging is off."""
    TRANSACTION = "transaction"
    """The session that was open has ended."""
    SETTINGS = "settings"
    """Settings of the offline protection are not as written."""

    # Inconclusive
    PAUSE_UNCLEAR = "pause_unclear"
    """It has not accepted the pause, or has not shown whether it follows it."""
    NO_READING = "no_reading"
    SETTINGS_UNKNOWN = "settings_unknown"
    NO_REBOOT = "no_reboot"
    """A reboot was wanted, and none was seen."""
    NO_REPLUG = "no_replug"
    """The car was to be plugged in again, and the session is the same."""
    CAR_FULL = "car_full"
    """The car wanted nothing before it was paused, so nothing shows that it was."""
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
class Variant:
    """The variant of a test that the owner has chosen."""

    minutes: int = USUAL
    """Without a connection."""
    reboot: bool = False
    """The charger restarts meanwhile."""
    replug: bool = False
    """The car is unplugged and plugged in again meanwhile."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What was observed in a test, in order."""

    began: datetime
    firmware: str | None = None
    model: str | None = None
    following: Following | None = None
    """Whether it follows limits one after the other."""
    wanting: bool | None = None
    """Whether the car wanted to charge before it was paused; None if that was not seen."""
    paused_at: datetime | None = None
    """When no current flowed any more."""
    register_before: float | None = None
    """Wh."""
    reset_accepted: bool | None = None
    """None if it was not asked to reboot."""
    alone_at: datetime | None = None
    let_in_at: datetime | None = None
    back_at: datetime | None = None
    booted: bool = False
    """A BootNotification came since the connection was closed."""
    status: ChargePointStatus | None = None
    """The first on the new connection."""
    drawn: float | None = None
    """Amps in one phase at the end; None if the meter does not report it."""
    register_after: float | None = None
    """Wh."""
    session: SessionAfter | None = None
    plugged_in: bool | None = None
    """At the end."""
    settings_changed: tuple[str, ...] | None = None
    """Settings of the offline protection that differ from what was written; None if unknown."""

    @property
    def energy(self) -> float | None:
        """The Wh that flowed from the pause to the end."""
        if self.register_before is None or self.register_after is None:
            return None
        return round(self.register_after - self.register_before, 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """A test that has ended."""

    result: Result
    causes: tuple[Cause, ...] = ()
    variant: Variant
    facts: Facts
    ended: datetime | None = None
    """None if Home Assistant was restarted meanwhile."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ongoing:
    """An ongoing test, with all that is needed to end it, also after a restart."""

    variant: Variant
    wish: Wish
    """The owner's when it began."""
    facts: Facts
    phase: Phase = Phase.PAUSING
    since: datetime
    """Since when it is in this phase."""
    profile: ProfileName = ProfileName.CHARGE_HQ
    keys: tuple[str, ...] = ()
    """Settings that had the values of the profile when the test began."""
    transaction_id: int | None = None
    read: Read | None = field(default=None, metadata=NOT_STORED)
    """The request that reads them, while they are compared."""
    trial: PlanTrial | None = field(default=None, metadata=NOT_STORED)
    """The present trial of limits one after the other."""
    look_at: datetime | None = field(default=None, metadata=NOT_STORED)
    """When to look again at the current of the car."""
    settle_at: datetime | None = field(default=None, metadata=NOT_STORED)
    """Until when a paused car may take to stop, or messages from the queue of a reconnected charger
    may come; only readings after that count."""

    @property
    def alone_until(self) -> datetime | None:
        """When the charger's connections are accepted again."""
        if self.facts.alone_at is None:
            return None
        return self.facts.alone_at + timedelta(minutes=self.variant.minutes)

    def given_back(self, wish: Wish) -> Wish:
        """Return a wish with charging turned on again, if it was on; all else may have changed since."""
        return replace(wish, charging=self.wish.charging)

    def entered(self, phase: Phase, now: datetime, facts: Facts) -> Self:
        """Return it in another phase."""
        return replace(self, phase=phase, since=now, facts=facts)


@dataclass(frozen=True, kw_only=True, slots=True)
class OfflineTest:
    """The ongoing test of a charger, and the results of earlier ones."""

    ongoing: Ongoing | None = None
    latest: Report | None = None
    proof: Report | None = None
    """The latest that has failed or proven the protection."""
    expected_until: datetime | None = field(default=None, metadata=NOT_STORED)
    """Until when the reconnection is awaited after a test that ended early."""

    @property
    def shuts_out(self) -> bool:
        """Whether the charger's connections are refused."""
        return self.ongoing is not None and self.ongoing.phase is Phase.ALONE

    def over(
        self, result: Result, causes: tuple[Cause, ...], now: datetime | None
    ) -> Self:
        """Return it with the ongoing test ended."""
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
        """Return it after a restart of Home Assistant, and the owner's wish.

        In the wish that was stored, charging is off if a test was ongoing.
        """
        if self.ongoing is None:
            return self, wish
        over = self.over(Result.BROKEN_OFF, (Cause.RESTARTED,), None)
        return over, self.ongoing.given_back(wish)

    def of(self, firmware: str | None) -> Report | None:
        """Return the report for a firmware; one that proves or refutes comes first."""
        reports = (self.proof, self.latest)
        return next(
            (report for report in reports if report and _is_of(report, firmware)), None
        )

    def outdated(self, firmware: str | None) -> Report | None:
        """Return the report of another firmware, if that is the latest proof."""
        proof = self.proof
        return proof if proof and firmware and not _is_of(proof, firmware) else None


def judged(facts: Facts, variant: Variant) -> tuple[Result, tuple[Cause, ...]]:
    """Judge a test that went on to its end; failures take precedence over doubts."""
    if failures := tuple(_failures(facts, variant)):
        return Result.FAILED, failures
    if doubts := tuple(_doubts(facts, variant)):
        return Result.INCONCLUSIVE, doubts
    return Result.PROVEN, ()


def _failures(facts: Facts, variant: Variant) -> list[Cause]:
    # After a restart or a new plug-in, another session is expected.
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
        Cause.CAR_FULL: facts.wanting is False,
        Cause.CAR_GONE: facts.plugged_in is False,
    }
    return [cause for cause, is_so in found.items() if is_so]


def _is_of(report: Report, firmware: str | None) -> bool:
    return report.facts.firmware == firmware
