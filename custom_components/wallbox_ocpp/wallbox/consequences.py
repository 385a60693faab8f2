"""What follows from a message, or from any other change of a charger's state: all of it, in order.

A message makes a new state, and events. Each event is told to the plan of requests, and to what
counts the present car. Then it is decided anew when the car may charge, and whether the car shows that
the charger keeps a lease.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from ..csms.messages import Message
from .model.events import Event
from .plan import lease_trial, notice
from .policy import decide, present_car, solar_mode
from .receive import messages
from .receive.outcome import Outcome
from .state import ChargerState


def of_message(state: ChargerState, message: Message, now: datetime) -> Outcome:
    """Return the outcome of a message, with all that follows from it. ``now`` is in UTC."""
    outcome = messages.apply(state, message, now)
    if outcome.state is state and not outcome.events:
        # Time alone has passed, and `next_moment` says when something follows from that.
        return outcome
    after = of_change(outcome.state, now, outcome.events)
    decided = has_decided(state, after)
    if after is outcome.state and not decided:
        return outcome
    return replace(outcome, state=after, urgent=outcome.urgent or decided)


def of_change(
    state: ChargerState, now: datetime, events: Iterable[Event] = ()
) -> ChargerState:
    """Return a new state with all that follows from it; itself if nothing does."""
    for event in events:
        state = notice.noticed(state, event, now)
        state = present_car.counted(state, event, now)
    state = present_car.elapsed(state, now)
    state = decide.decided(solar_mode.followed(state, now), now)
    return lease_trial.advanced(state, now)


def has_decided(before: ChargerState, after: ChargerState) -> bool:
    """Return whether something was decided that the charger and the owner have to learn at once."""
    return (
        after.policy is not before.policy
        or after.solar.state is not before.solar.state
        or after.charging.held.leases.trial is not before.charging.held.leases.trial
    )


def next_moment(state: ChargerState) -> datetime | None:
    """Return when something next follows from the time alone; None if nothing does."""
    moments = (
        notice.next_moment(state),
        state.policy.look_at,
        state.policy.gone_at,
        state.solar.look_at,
    )
    return min(filter(None, moments), default=None)
