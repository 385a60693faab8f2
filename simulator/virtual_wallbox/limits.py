"""The limit that charging profiles set at an instant, and when it changes next: functions of what is given to them."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from math import floor, inf
from typing import NamedTuple

from .charging_profile import ChargingProfile, Kind, Period, Purpose
from .clock import Clock
from .personality import Periods, Personality
from .transaction import Transaction


class Span(NamedTuple):
    """A limit in A from one charger second to another; the end does not belong to it."""

    start: float
    end: float
    amps: float


class Outlook(NamedTuple):
    """A limit in A, `None` for no limit; nothing has to be worked out anew before charger second `until`."""

    amps: float | None
    edge: float | None
    until: float


def outlook(
    profiles: Sequence[ChargingProfile],
    transaction: Transaction | None,
    clock: Clock,
    now: float,
    personality: Personality,
) -> Outlook:
    """Return the limit of now and its next edge; the arguments are those of `limit_at`."""
    amps = limit_at(profiles, transaction, clock, now, personality)
    edge = next_edge(profiles, transaction, clock, now, personality)
    if edge is not None:
        return Outlook(amps, edge, edge)
    # Of a recurring one, only the present round and the next have been looked at.
    recurs = any(profile.recurrence is not None for profile in profiles)
    return Outlook(amps, None, now if recurs else inf)


def limit_at(
    profiles: Iterable[ChargingProfile],
    transaction: Transaction | None,
    clock: Clock,
    now: float,
    personality: Personality,
) -> float | None:
    """Return the limit of all profiles together, A; `None` for no limit.

    TxProfile overrules TxDefaultProfile; ChargePointMaxProfile caps both; a profile for connector 1 goes before one
    for connector 0; the highest stack level that has something to say wins.

    Args:
        profiles: Those that count.
        transaction: The open one, from whose start Relative schedules count.
        clock: The charger's, for Absolute schedules.
        now: Charger second.
        personality: What this charger does in its own way.
    """

    def rank(profile: ChargingProfile) -> tuple[int, int]:
        place = (profile.connector, profile.stack_level)
        return place[::-1] if personality.stack_before_connector else place

    said: dict[Purpose, float] = {}
    for profile in sorted(profiles, key=rank):
        for span in spans(profile, transaction, clock, now, personality):
            if span.start <= now < span.end:
                said[profile.purpose] = span.amps
    session = said.get(Purpose.TRANSACTION, said.get(Purpose.DEFAULT))
    limits = [limit for limit in (session, said.get(Purpose.MAX)) if limit is not None]
    return min(limits, default=None)


def next_edge(
    profiles: Iterable[ChargingProfile],
    transaction: Transaction | None,
    clock: Clock,
    now: float,
    personality: Personality,
) -> float | None:
    """Return the charger second at which the limit may next be another one; `None` for never."""
    edges = {
        edge
        for profile in profiles
        for span in spans(profile, transaction, clock, now, personality)
        for edge in (span.start, span.end)
    }
    return min((edge for edge in edges if now < edge < inf), default=None)


def spans(
    profile: ChargingProfile,
    transaction: Transaction | None,
    clock: Clock,
    now: float,
    personality: Personality,
) -> Iterator[Span]:
    """Yield what one profile says and when, in order; of a recurring one the present round and the next."""
    begin = _begin(profile, transaction, clock, personality)
    if begin is None or _ignores(personality, profile):
        return
    first, last = _validity(profile, begin, clock, personality)
    for round_begin, round_end in _rounds(profile, begin, now):
        for span in _periods(profile, round_begin, round_end, personality):
            start, end = max(span.start, first), min(span.end, last)
            if start < end:
                yield Span(start, end, _amps(profile, span.amps, personality))


def _begin(
    profile: ChargingProfile,
    transaction: Transaction | None,
    clock: Clock,
    personality: Personality,
) -> float | None:
    """Return the charger second from which its schedule counts; `None` while there is none."""
    if profile.kind is not Kind.RELATIVE and profile.start is not None:
        return clock.second_of(profile.start)
    if transaction is None:
        return None
    if personality.relative_from_reception:
        return max(transaction.started, profile.received)
    return transaction.started


def _rounds(
    profile: ChargingProfile, begin: float, now: float
) -> Iterator[tuple[float, float]]:
    if profile.recurrence is None:
        yield begin, inf
        return
    number = max(0, floor((now - begin) / profile.recurrence))
    yield from pairwise(begin + (number + n) * profile.recurrence for n in range(3))


def _periods(
    profile: ChargingProfile, begin: float, end: float, personality: Personality
) -> Iterator[Span]:
    """Yield the periods of one round, without those that last no time."""
    periods = _followed(profile.periods, personality)
    lag = personality.edge_lag
    # A period that stands too late in the list counts only once those before it have begun.
    starts = [
        begin + start + (lag if start else 0.0)
        for start in accumulate((period.start for period in periods), max)
    ]
    if profile.duration is not None and personality.ends_schedules:
        end = min(end, begin + profile.duration + lag)
    for period, (start, following) in zip(
        periods, pairwise([*starts, inf]), strict=True
    ):
        if start < min(following, end):
            yield Span(start, min(following, end), period.limit)


def _followed(
    periods: tuple[Period, ...], personality: Personality
) -> tuple[Period, ...]:
    match personality.periods_followed:
        case Periods.FIRST:
            periods = periods[:1]
        case Periods.LAST:
            periods = (periods[-1]._replace(start=0.0),)
        case Periods.ALL | Periods.NONE:
            pass
    if personality.first_period_at_once:
        periods = (periods[0]._replace(start=0.0), *periods[1:])
    return periods


def _validity(
    profile: ChargingProfile, begin: float, clock: Clock, personality: Personality
) -> tuple[float, float]:
    first, last = -inf, inf
    if profile.valid_from is not None:
        first = clock.second_of(profile.valid_from)
    if profile.valid_to is not None:
        last = clock.second_of(profile.valid_to)
        if personality.valid_to_needs_edge:
            edges = (span.start for span in _periods(profile, begin, inf, personality))
            last = min((edge for edge in edges if edge >= last), default=inf)
    return first, last


def _amps(profile: ChargingProfile, amps: float, personality: Personality) -> float:
    if personality.applies_min_charging_rate:
        amps = max(amps, profile.min_charging_rate)
    if personality.fractions_jump_to_max and not amps.is_integer():
        return personality.max_amps
    return amps


def _ignores(personality: Personality, profile: ChargingProfile) -> bool:
    several = len(profile.periods) > 1
    maximum = profile.purpose is Purpose.MAX
    relative = profile.kind is Kind.RELATIVE
    return (
        (personality.ignores_absolute and profile.kind is Kind.ABSOLUTE)
        or (personality.ignores_stack_zero and not profile.stack_level)
        or (personality.periods_followed is Periods.NONE and several)
        or (maximum and not personality.max_profile_has_effect)
        or (maximum and relative and personality.ignores_relative_max)
    )
