"""Whatever is chosen for when Home Assistant is away: what a charger holds allows nothing that its owner has not asked for."""

from datetime import datetime, timedelta
from typing import Any, Final

from hypothesis import given, settings, strategies as st

from custom_components.wallbox_ocpp.csms.requests import payload_of
from custom_components.wallbox_ocpp.wallbox.model.charging_plan import (
    ChargingPlan,
    Mode,
    PlannedSlot,
)
from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import Wish
from custom_components.wallbox_ocpp.wallbox.model.failsafe import (
    FailSafe,
    FailSafeMode,
    LeaseProof,
)
from custom_components.wallbox_ocpp.wallbox.model.held_profiles import ProfileSpec
from custom_components.wallbox_ocpp.wallbox.model.identity import Identity
from custom_components.wallbox_ocpp.wallbox.model.policy import Policy
from custom_components.wallbox_ocpp.wallbox.plan.wanted_profiles import (
    as_request,
    later_in_request,
    wanted_profiles,
)
from custom_components.wallbox_ocpp.wallbox.state import ChargerState

from .drive import NOW, within_transaction

MINUTE: Final = timedelta(minutes=1)
LEASE: Final = 15 * MINUTE
A_DAY: Final = 24 * 60
"""Minutes."""
FIRMWARES: Final = st.sampled_from(["6.7.38", "5.17.87"])
"""Plans are by the time since the transaction began with the one, and by the clock with the other."""

EDGES: Final = st.lists(
    st.integers(-300, A_DAY // 2), min_size=0, max_size=9, unique=True
)
"""When slots begin and end, in minutes from now on."""


def slots_of(edges: list[int], amps: list[int | None]) -> tuple[PlannedSlot, ...]:
    """Return slots from pairs of edges; the last one goes on if it has no partner."""
    times = [NOW + minutes * MINUTE for minutes in sorted(edges)]
    pairs = zip(times[::2], [*times[1::2], None], strict=False)
    return tuple(
        PlannedSlot(start=start, end=end, amps=limit)
        for (start, end), limit in zip(pairs, amps, strict=False)
    )


AMPS: Final = st.lists(st.one_of(st.none(), st.integers(6, 32)), min_size=5, max_size=5)
PLANS: Final = st.one_of(
    st.none(),
    st.builds(ChargingPlan, slots=st.builds(slots_of, EDGES, AMPS)),
)
WISHES: Final = st.builds(
    Wish,
    charging=st.sampled_from([True, True, True, False]),
    current_limit=st.one_of(st.none(), st.integers(6, 32)),
    mode=st.sampled_from([Mode.NOW, Mode.PLANNED]),
)
FAILSAFES: Final = st.builds(
    FailSafe,
    mode=st.sampled_from(FailSafeMode),
    lease=st.just(LEASE),
    current=st.integers(6, 32),
)
PROOFS: Final = st.one_of(
    st.none(),
    st.builds(
        LeaseProof,
        firmware=FIRMWARES,
        kept=st.booleans(),
        by_limits=st.booleans(),
    ),
)


def schedule_of(state: ChargerState, spec: ProfileSpec | None) -> dict[str, Any]:
    """Return the schedule of a profile, as it is sent; an empty one for none."""
    if spec is None:
        return {}
    leased = spec.lease is not None
    later = later_in_request(state, spec, NOW, leased=leased)
    request = as_request(state, spec, later, NOW, leased=leased)
    schedule: dict[str, Any] = payload_of(request)["csChargingProfiles"][
        "chargingSchedule"
    ]
    return schedule


def said_by(schedule: dict[str, Any], moment: datetime) -> float | None:
    """Return the amps that a schedule says at a moment, as OCPP demands; None if it says nothing."""
    start = schedule.get("startSchedule")
    # The transaction has just begun.
    begun = datetime.fromisoformat(start) if start else NOW
    seconds = (moment - begun).total_seconds()
    if not schedule or not 0 <= seconds < schedule.get("duration", seconds + 1):
        return None
    periods: list[dict[str, float]] = schedule["chargingSchedulePeriod"]
    return [p["limit"] for p in periods if p["startPeriod"] <= seconds][-1]


@settings(deadline=None)
@given(wish=WISHES, plan=PLANS, failsafe=FAILSAFES, proof=PROOFS, firmware=FIRMWARES)
def test_nothing_is_allowed_that_was_not_asked_for(
    wish: Wish,
    plan: ChargingPlan | None,
    failsafe: FailSafe,
    proof: LeaseProof | None,
    firmware: str,
) -> None:
    state = within_transaction(
        wish=wish,
        policy=Policy(plan=plan),
        failsafe=failsafe,
        lease_proof=proof,
        identity=Identity(vendor="Wall Box Chargers", firmware=firmware),
    )
    wanted = wanted_profiles(state, NOW)
    lasting = schedule_of(state, wanted.default)
    present = schedule_of(state, wanted.transaction)
    for minutes in range(0, A_DAY + 60, 7):
        moment = NOW + minutes * MINUTE + timedelta(seconds=30)
        alone, own = said_by(lasting, moment), said_by(present, moment)
        assert alone is not None
        allowed = alone if own is None else own
        assert allowed <= state.amps_at(moment)
        if moment > NOW + LEASE + MINUTE and failsafe.later is not None:
            assert allowed <= failsafe.later
        # Another car begins with no more either, and under a plan with nothing.
        assert alone <= failsafe.lasting(state.amps_at(moment))
        if failsafe.mode is FailSafeMode.OFF and plan is None:
            assert allowed == state.wished_amps
