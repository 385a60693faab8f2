"""The modes *Solar* and *Solar + minimum*: what the sensors say becomes a plan for the charger.

What the car may draw now ends by itself in the charger, and is renewed while Home Assistant is
there: when the sun has gone, nobody may be there to say so.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ..model.charging_plan import ChargingPlan, Mode, PlannedSlot
from ..model.electricity import LOWEST_CURRENT
from ..model.failsafe import renewed_after
from ..model.solar import SolarDecision, SolarMode, SolarReason, SolarState
from ..model.solar_charging import SolarCharging
from ..state import ChargerState
from .solar import decide
from .surplus import Measured

MODES: Final = {Mode.SOLAR: SolarMode.SOLAR, Mode.MIN_SOLAR: SolarMode.MIN_SOLAR}


def followed(state: ChargerState, now: datetime) -> ChargerState:
    """Return the state with solar charging after all that is known by now."""
    solar = _followed(state, now)
    return state if solar is state.solar else replace(state, solar=solar)


def plan(state: ChargerState) -> ChargingPlan:
    """Return what the charger may give, now and if it hears nothing more."""
    solar = state.solar
    if (offered := solar.offered) is None:
        return ChargingPlan()
    if offered.end is None or state.charging.wish.mode is Mode.SOLAR:
        return ChargingPlan(slots=(offered,))
    least = solar.settings.least if solar.settings else LOWEST_CURRENT
    return ChargingPlan(slots=(offered, PlannedSlot(start=offered.end, amps=least)))


def _followed(state: ChargerState, now: datetime) -> SolarCharging:
    solar = state.solar
    if solar.settings:
        solar = solar.measured(state.metering, now)
    wish = state.charging.wish
    mode = MODES.get(wish.mode_shown)
    if mode is None or state.policy.target_reached:
        return _over(solar)
    if state.connector.plugged_in is False:
        return _waiting(solar, state, mode, now)
    if not state.link.connected:
        return _out_of_reach(solar, state, mode, now)
    most = state.wished_amps
    if solar.offered and solar.offered.end and solar.offered.end <= now:
        # Nobody was there to renew it, so the charger has ended it.
        solar = replace(solar, state=solar.state.over(), offered=None)
    if solar.settings is None:
        decision = _without_sensor(solar.state, mode, most, now)
    else:
        settings = replace(solar.settings, mode=mode, most=most)
        decision = decide(_measured(solar), solar.state, settings, now)
    lasting = _lasting(state, decision, mode)
    known = decision.measured
    offered = _offered(solar.offered, decision.amps, lasting, now, put_off=known)
    looks = (decision.look_again, _look_at(offered, put_off=known))
    look_at = min(filter(None, looks), default=None)
    return _with(solar, decision.state, offered, look_at)


def _measured(solar: SolarCharging) -> Measured:
    return Measured(
        grid=solar.meters.grid,
        car=solar.car,
        battery=solar.meters.battery,
        battery_charge=solar.meters.battery_charge,
        phases=solar.phases,
        voltage=solar.voltage,
    )


def _over(solar: SolarCharging) -> SolarCharging:
    """Return it while another mode is chosen."""
    return _with(solar, solar.state.over(), None, None)


def _waiting(
    solar: SolarCharging, state: ChargerState, mode: SolarMode, now: datetime
) -> SolarCharging:
    """Return it before a car comes; one may come while nobody is there to decide."""
    least = solar.settings.least if solar.settings else LOWEST_CURRENT
    gets = least if mode is SolarMode.MIN_SOLAR and state.wished_amps >= least else 0
    offered = _offered(solar.offered, gets, None, now, put_off=False)
    return _with(solar, solar.state.over(), offered, None)


def _out_of_reach(
    solar: SolarCharging, state: ChargerState, mode: SolarMode, now: datetime
) -> SolarCharging:
    """Return it while the charger is offline: what it may give ends by itself.

    Nothing is decided meanwhile, for nobody knows what the car draws.
    """
    offered = solar.offered
    if offered and offered.end and offered.end <= now:
        return _waiting(solar, state, mode, now)
    law = replace(solar.state, more_since=None, less_since=None, lack_since=None)
    return _with(solar, law, offered, offered.end if offered else None)


def _without_sensor(
    law: SolarState, mode: SolarMode, most: int, now: datetime
) -> SolarDecision:
    """Pause, or give the least: nobody knows how much sun there is."""
    pauses = mode is SolarMode.SOLAR or most < LOWEST_CURRENT
    law = law.as_of(now).offering(0 if pauses else LOWEST_CURRENT, now)
    return SolarDecision(state=replace(law, reason=SolarReason.NO_SENSOR, until=None))


def _lasting(
    state: ChargerState, decision: SolarDecision, mode: SolarMode
) -> timedelta | None:
    """Return for how long the charger may give this by itself; None for ever."""
    settings = state.solar.settings
    least = settings.least if settings else LOWEST_CURRENT
    if mode is SolarMode.MIN_SOLAR and decision.amps <= least:
        return None
    return state.charging.failsafe.lease


def _offered(
    before: PlannedSlot | None,
    amps: int,
    lasting: timedelta | None,
    now: datetime,
    *,
    put_off: bool,
) -> PlannedSlot | None:
    """Return what the charger may give, renewed if need be: with the lease of the limit itself.

    Args:
        before: What it may give so far.
        amps: What it may give from now on.
        lasting: For how long; None for ever.
        put_off: Its end may be later than before: the sun of now is known.
    """
    if not amps:
        return None
    offered = PlannedSlot(start=now, end=now + lasting if lasting else None, amps=amps)
    if before is None or before.end is None or offered.end is None:
        same = before and (before.amps, before.end) == (amps, offered.end)
        return before if same else offered
    if before.end > offered.end:
        return offered
    if not put_off:
        return replace(before, amps=amps)
    in_time = before.amps == amps and before.start <= now < _renewed_at(before)
    return before if in_time else offered


def _look_at(offered: PlannedSlot | None, *, put_off: bool) -> datetime | None:
    """Return when what is offered is due: to be put off, or to end."""
    if offered is None or offered.end is None:
        return None
    return _renewed_at(offered) if put_off else offered.end


def _renewed_at(offered: PlannedSlot) -> datetime:
    end = offered.end or offered.start
    return offered.start + renewed_after(end - offered.start)


def _with(
    solar: SolarCharging,
    law: SolarState,
    offered: PlannedSlot | None,
    look_at: datetime | None,
) -> SolarCharging:
    """Return it with other values; of what is the same, the same objects."""
    if law == solar.state:
        law = solar.state
        if (offered, look_at) == (solar.offered, solar.look_at):
            return solar
    return replace(solar, state=law, offered=offered, look_at=look_at)
