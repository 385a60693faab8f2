"""Surplus: the power that there is for the car, by the meters of grid, car and home battery."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import fmean
from typing import Final

from ..model.electricity import MOST_PHASES, USUAL_VOLTAGE
from ..model.power_samples import Samples, usual_gap
from ..model.solar import SETTLE, SolarReason, SolarSettings, SolarState

AVERAGED: Final = timedelta(seconds=30)
CAR_KNOWN_FOR: Final = timedelta(seconds=90)
"""How long a reading of what the car draws counts as present."""
STALE_AFTER: Final = timedelta(seconds=60)
"""Without a sample for this, or three times the usual gap, a sensor is silent."""
STALE_GAPS: Final = 3
BATTERY_RESTS: Final = 50.0
"""W up to which a home battery rests; its sensor may then have nothing to say for hours."""

LOWEST_VOLTAGE: Final = 90.0
HIGHEST_VOLTAGE: Final = 300.0
"""Beyond these, a meter is wrong about the voltage of a phase."""
RESERVE: Final = 50.0
"""W that are kept for the home."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """What the sensors say."""

    grid: Samples
    """Import is positive."""
    car: Samples = ()
    battery: Samples | None = None
    """Discharge is positive; empty while its sensor shows nothing, None without one."""
    battery_charge: float | None = None
    """%."""
    phases: int | None = 1
    """That the car uses, or was last seen to; None if that is not known."""
    phases_if_unknown: int = 1
    """What they are taken to be then."""
    voltage: float = USUAL_VOLTAGE

    @property
    def watts_per_amp(self) -> float:
        """The power of the car for each ampere."""
        possible = LOWEST_VOLTAGE <= self.voltage <= HIGHEST_VOLTAGE
        voltage = self.voltage if possible else USUAL_VOLTAGE
        return min(max(self.phases or self.phases_if_unknown, 1), MOST_PHASES) * voltage

    @property
    def complete(self) -> bool:
        """Whether each sensor has said something."""
        return bool(self.grid) and self.battery != ()

    def until(self, now: datetime) -> Measured:
        """Return it without samples from the future, if the clock was set back."""
        return replace(
            self,
            grid=_until(self.grid, now),
            car=_until(self.car, now),
            battery=None if self.battery is None else _until(self.battery, now),
        )


@dataclass(frozen=True, slots=True)
class Known:
    """A power in W, and until when it is taken for that without a new sample."""

    watts: float | None
    """None while a meter has not yet said anything since the last change."""
    until: datetime | None = None


def available(
    measured: Measured, state: SolarState, settings: SolarSettings, now: datetime
) -> Known:
    """Return the power that there is for the car.

    That is what it draws, less what the home takes from the grid; more, if it exports.
    """
    since = state.changed_at + SETTLE if state.changed_at is not None else None
    grid = _mean(measured.grid, since)
    car = _drawn(measured, state, since, now)
    battery = _counted(measured, settings, since, now)
    until = min((at for at in (car.until, battery.until) if at), default=None)
    if grid is None or car.watts is None or battery.watts is None:
        return Known(None, until)
    return Known(car.watts - grid - battery.watts - RESERVE, until)


def silent_at(measured: Measured, otherwise: datetime) -> tuple[datetime, SolarReason]:
    """Return when it cannot be known any more what there is, and whose sensor is silent then.

    A sensor that has said nothing yet is waited for since `otherwise`.
    """
    grid, battery = measured.grid, measured.battery
    silent = [(stale_at(grid, otherwise), SolarReason.METER_STALE)]
    if battery is not None and not _rests(battery):
        silent.append((stale_at(battery, otherwise), SolarReason.BATTERY_STALE))
    return min(silent, key=lambda one: one[0])


def stale_at(samples: Samples, otherwise: datetime) -> datetime:
    """Return when a sensor is silent, if it says nothing until then; see `silent_at`."""
    last = samples[-1].at if samples else otherwise
    return last + max(STALE_AFTER, STALE_GAPS * usual_gap(samples))


def woke_at(samples: Samples) -> datetime | None:
    """Return when a sensor sent its latest sample, if it had been silent before; None if that is not known."""
    earlier = samples[:-1]
    if not usual_gap(earlier):
        return None
    latest = samples[-1].at
    return latest if latest >= stale_at(earlier, latest) else None


def _drawn(
    measured: Measured, state: SolarState, since: datetime | None, now: datetime
) -> Known:
    """Return what the car draws; what it may draw at most, if its meter has been silent since that changed."""
    allowed = state.amps * measured.watts_per_amp
    if not measured.car:
        return Known(allowed)
    last = measured.car[-1]
    known_until = last.at + CAR_KNOWN_FOR
    if now < known_until:
        return Known(_mean(measured.car, since), known_until)
    if since is not None and last.at < since:
        return Known(allowed)
    return Known(min(last.watts, allowed))


def _counted(
    measured: Measured, settings: SolarSettings, since: datetime | None, now: datetime
) -> Known:
    """Return which of the battery's power counts.

    What charges it is available only if the car comes first, or the battery is full enough. What
    it gives is missing.
    """
    if measured.battery is None:
        return Known(0.0)
    reports_until = stale_at(measured.battery, now)
    if now >= reports_until:
        # It rests.
        return Known(max(measured.battery[-1].watts, 0.0))
    power = _mean(measured.battery, since)
    if power is None:
        return Known(None, reports_until)
    charge, first_below = measured.battery_charge, settings.battery_first_below
    full_enough = first_below <= (charge or 0.0)
    if power < 0 and not full_enough:
        power = 0.0
    return Known(power, reports_until)


def _rests(battery: Samples) -> bool:
    return bool(battery) and abs(battery[-1].watts) <= BATTERY_RESTS


def _mean(samples: Samples, since: datetime | None) -> float | None:
    """Return the average of the latest samples: of `AVERAGED`, or two; None without any.

    Counted back from the last sample and not from now, so that only a sample changes it.
    """
    settled = [one for one in samples if since is None or one.at >= since]
    if not settled:
        return None
    begin = settled[-1].at - AVERAGED
    latest = [one.watts for one in settled if one.at >= begin]
    return fmean(latest if len(latest) > 1 else [one.watts for one in settled[-2:]])


def _until(samples: Samples, now: datetime) -> Samples:
    if not samples or samples[-1].at <= now:
        return samples
    return tuple(one for one in samples if one.at <= now)
