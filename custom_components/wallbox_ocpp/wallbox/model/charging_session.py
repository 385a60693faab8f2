"""One charging session: its energy, cost and times, and the charges within it."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, override

from mashumaro import DataClassDictMixin
from mashumaro.config import BaseConfig
from mashumaro.types import SerializationStrategy

from .charging_profiles import REMOTE_ID_TAG
from .steady_power import NOT_SEEN, SteadyPower
from .tariff import Tariff

FREE_ID_TAGS: Final = frozenset({"", "NoAuthorization"})
"""The idTag of a transaction that nobody authorised, ``AuthDisabledIdTag``
(docs/chargers.md §1.1)."""

SAME_MOMENT: Final = timedelta(minutes=1)
"""By how much the time of one event may differ when the charger's clock is corrected."""

FADED: Final = 100.0
"""Wh that a meter may add after charging has stopped; they are not a charge of their own."""

FADING: Final = 500.0
"""W at which no car charges: what flows more slowly after charging has stopped fades."""

MOST_CHARGES: Final = 100
"""The most charges in a session; later ones are added to the last."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Circumstances:
    """The circumstances of a reading, by which its energy is priced and assigned to charges."""

    tariff: Tariff = field(default_factory=Tariff)
    """Prices, by our clock."""
    behind: timedelta = timedelta()
    """By how much the charger's clock lags behind ours."""
    unseen: bool = False
    """Since the last reading, the charger was offline for some time."""
    since: datetime | None = None
    """When that time began, by the charger's clock; None if at the last reading."""

    def cost(self, begin: datetime, end: datetime, energy: float) -> float | None:
        """Return the cost of energy in Wh between two times of the charger's clock."""
        return self.tariff.cost(begin + self.behind, end + self.behind, energy)

    def unseen_since(self, read: datetime) -> datetime:
        """Return since when the charger was offline after the last reading."""
        return max(read, self.since or read)


NOTHING_SPECIAL: Final = Circumstances()
"""Those of a live reading without a price."""


class StartedBy(StrEnum):
    """How a session was started."""

    CARD = "card"
    HOME_ASSISTANT = "home_assistant"
    PLUG_IN = "plug_in"


class Charge(NamedTuple):
    """A period within a session in which energy flowed, in Wh."""

    began: datetime
    ended: datetime | None
    """None while it goes on."""
    energy: float


class _Seconds(SerializationStrategy):
    """Writes a time as seconds since 1970, which keeps a file of thousands of sessions small."""

    @override
    def serialize(self, value: datetime) -> float:
        return value.timestamp()

    @override
    def deserialize(self, value: float | str) -> datetime:
        # Version 0.1.0 wrote ISO 8601.
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        return datetime.fromtimestamp(value, UTC)


class ShownEnd(NamedTuple):
    """The end of a session as the status of its charger showed it."""

    moment: datetime
    most: float | None
    """The register that it can have had at most by then, in Wh; None if that is not known."""

    def allows(self, register: float | None) -> bool:
        """Return whether all that a register shows, in Wh, can have flowed by then."""
        return register is None or self.most is None or register <= self.most


@dataclass(frozen=True, kw_only=True, slots=True)
class ChargingSession(DataClassDictMixin):
    """A charging session: one transaction, which in free mode lasts from plug-in to unplug.

    Times are the charger's own where it gave them. Registers are in Wh of the lifetime meter.
    """

    transaction_id: int
    connector_id: int = 1
    id_tag: str = ""
    who: str | None = None
    """The name of the card."""
    refused: bool = False
    """The charger began it although the card may not charge."""
    plugged_in: datetime | None = None
    """When the car was plugged in, if that was seen before the transaction began."""
    started: datetime | None = None
    meter_start: float | None = None
    shown_end: ShownEnd | None = None
    """What the status showed while the charger has not told the end; see `ended_by_status`."""
    ended: datetime | None = None
    unplugged: datetime | None = None
    meter_last: float | None = None
    """The latest register reading; once the session has ended, the final one."""
    read: datetime | None = None
    """When `meter_last` was read."""
    charges: tuple[Charge, ...] = ()
    peak_power: float | None = None
    """W."""
    steady_power: SteadyPower = NOT_SEEN
    cost: float | None = None
    """In the currency of the home; None if no price is known."""
    reason: str | None = None
    start_delayed: bool = False
    end_delayed: bool = False
    stamp: datetime | None = None
    """The timestamp in StartTransaction, by which a repetition is recognised."""
    told_start: float | None = None
    """The meterStart in StartTransaction, by which a repetition is recognised."""
    began_offline: bool = False
    """It began while the charger was offline."""
    unattended: float = 0.0
    """Wh of it that count as unattended energy."""
    start_announced: bool = False
    end_announced: bool = False

    class Config(BaseConfig):
        """The options of mashumaro."""

        serialization_strategy = {datetime: _Seconds()}

    @property
    def key(self) -> tuple[object, ...]:
        """What tells the session from every other one, in the archive and in the ledger."""
        return self.transaction_id, self.started, self.ended

    @property
    def energy(self) -> float | None:
        """Wh so far; None if the first or the last reading is unknown."""
        if self.meter_start is None or self.meter_last is None:
            return None
        return max(round(self.meter_last - self.meter_start, 1), 0.0)

    @property
    def ended_by_status(self) -> datetime | None:
        """When it ended by the status; None if that has not shown an end, or energy flowed afterwards."""
        end = self.shown_end
        return end.moment if end and end.allows(self.meter_last) else None

    @property
    def duration(self) -> timedelta | None:
        """From start to end; None while the session is open, or if either time is unknown."""
        return _between(self.started, self.ended)

    @property
    def plugged_time(self) -> timedelta | None:
        """From plug-in to unplug, as far as they were seen; None while the session is open."""
        if self.ended is None:
            return None
        return _between(self.plugged_in or self.started, self.unplugged or self.ended)

    @property
    def charging_time(self) -> timedelta:
        """How long energy flowed, without pauses; a charge that goes on counts until `read`."""
        return sum(
            (
                _between(charge.began, charge.ended or self.read) or timedelta()
                for charge in self.charges
            ),
            timedelta(),
        )

    def charged_since_read(
        self, now: datetime, since: datetime | None = None
    ) -> timedelta:
        """Return how long energy has flowed since the latest reading, and since a moment.

        Both times are by the charger's clock.
        """
        since = max(filter(None, (self.read, since)), default=None)
        flowed = timedelta()
        for charge in self.charges:
            began = max(charge.began, since or charge.began)
            flowed += max(min(charge.ended or now, now) - began, timedelta())
        return flowed

    @property
    def started_by(self) -> StartedBy:
        """How it was started."""
        if self.id_tag == REMOTE_ID_TAG:
            return StartedBy.HOME_ASSISTANT
        return StartedBy.PLUG_IN if self.id_tag in FREE_ID_TAGS else StartedBy.CARD


def drawing(session: ChargingSession, moment: datetime) -> ChargingSession:
    """Begin a charge: energy flows from now on."""
    charges = session.charges
    moment = max(moment, session.started or moment)
    if not charges:
        return replace(session, charges=(Charge(moment, None, 0.0),))
    *earlier, last = charges
    if last.ended is None:
        return session
    if len(charges) >= MOST_CHARGES:
        return replace(session, charges=(*earlier, last._replace(ended=None)))
    charge = Charge(max(moment, last.ended), None, 0.0)
    return replace(session, charges=(*charges, charge))


def resting(session: ChargingSession, moment: datetime) -> ChargingSession:
    """End the charge: energy no longer flows."""
    if not session.charges or session.charges[-1].ended is not None:
        return session
    *earlier, last = session.charges
    ended = max(moment, last.began)
    return replace(session, charges=(*earlier, last._replace(ended=ended)))


def over(session: ChargingSession, ended: datetime) -> ChargingSession:
    """End a session, and the charge in it."""
    cut: list[Charge] = []
    for charge in session.charges:
        began, until = min(charge.began, ended), min(charge.ended or ended, ended)
        if began < until or not cut:
            cut.append(Charge(began, until, charge.energy))
        else:
            cut[-1] = cut[-1]._replace(energy=round(cut[-1].energy + charge.energy, 3))
    if len(cut) > 1 and cut[0].began == cut[0].ended:
        first, second, *others = cut
        energy = round(first.energy + second.energy, 3)
        cut = [second._replace(energy=energy), *others]
    return replace(session, charges=tuple(cut), ended=ended, shown_end=None)


def given_up(session: ChargingSession, now: datetime) -> ChargingSession:
    """End a session whose StopTransaction is missing, with the energy of its last reading.

    It ended when the charger's status showed it, and now at the latest.
    """
    shown, unplugged = session.ended_by_status, session.unplugged
    seen = shown is not None and unplugged is not None and unplugged <= now
    rested = resting(session, session.read or now)
    ended = min(shown or now, now)
    closed = over(rested, max(ended, session.started or ended))
    return replace(closed, unplugged=unplugged if seen else None, end_delayed=True)


def metered(
    session: ChargingSession,
    moment: datetime,
    register: float,
    how: Circumstances = NOTHING_SPECIAL,
) -> ChargingSession:
    """Add a reading of the lifetime register, in Wh, that was read at a moment of the charger's clock.

    It is not below the last one, except for a final one that corrects it.
    """
    begin = session.read or moment
    # A reading that arrives out of order does not turn back time.
    moment = max(moment, begin)
    first = register if session.meter_start is None else session.meter_start
    flowed = register - (first if session.meter_last is None else session.meter_last)
    # What flowed before the first price was known is charged at that price.
    costed = register - first if session.cost is None else flowed
    cost = _cost(session, begin, moment, costed, how)
    charges, end, until = session.charges, session.shown_end, moment
    if end and end.allows(register):
        # It was on its way when the session ended.
        until = min(moment, end.moment)
    since = how.unseen_since(begin)
    if how.unseen and flowed > 0 and (since < until or not charges):
        charges = _unseen(charges, begin, since, until, flowed)
    elif charges and flowed:
        # Some of it is only read after charging has stopped, and a final reading that is rounded
        # to whole Wh may be a bit lower.
        charges = _added(charges, flowed)
    goes_on = bool(charges) and charges[-1].ended is None
    charging_since = charges[-1].began if goes_on else None
    return replace(
        session,
        meter_start=first,
        meter_last=register,
        read=moment,
        charges=charges,
        steady_power=session.steady_power.after(moment, register, charging_since),
        cost=session.cost if cost is None else (session.cost or 0.0) + cost,
    )


def _cost(
    session: ChargingSession,
    begin: datetime,
    end: datetime,
    energy: float,
    how: Circumstances,
) -> float | None:
    """Return the cost of energy in Wh between two readings: it flowed evenly while a charge was seen."""
    flows: list[tuple[datetime, datetime]] = []
    for charge in () if how.unseen else reversed(session.charges):
        ended = charge.ended or end
        if ended <= begin:
            break
        if charge.began < end:
            flows.append((max(begin, charge.began), min(end, ended)))
    lasted = sum((until - since for since, until in flows), timedelta())
    if not lasted:
        return how.cost(begin, end, energy)
    cost = 0.0
    for since, until in flows:
        part = how.cost(since, until, energy * ((until - since) / lasted))
        if part is None:
            return None
        cost += part
    return cost


def _unseen(
    charges: tuple[Charge, ...],
    read: datetime,
    since: datetime,
    end: datetime,
    flowed: float,
) -> tuple[Charge, ...]:
    """Add energy to the charges, of which part may have flowed while the charger was offline."""
    if not charges:
        return (Charge(min(since, end), end, round(flowed, 3)),)
    *earlier, last = charges
    if last.ended is None and last.began > since:
        # The charger said that it charges when it was back, and not when charging began.
        began = max(since, earlier[-1].ended or since) if earlier else since
        return _added((*earlier, last._replace(began=began)), flowed)
    if last.ended is None:
        return _added(charges, flowed)
    begin = max(since, last.ended)
    hours = max(end - begin, timedelta()) / timedelta(hours=1)
    fades = not hours or flowed < FADING * hours or read < last.ended
    if flowed < FADED and fades:
        return _added(charges, flowed)
    if last.ended == read or len(charges) >= MOST_CHARGES:
        # The last charge went on, or was never seen to stop.
        return _added((*earlier, last._replace(ended=max(end, last.ended))), flowed)
    return (*charges, Charge(begin, max(end, begin), round(flowed, 3)))


def _added(charges: tuple[Charge, ...], flowed: float) -> tuple[Charge, ...]:
    *earlier, last = charges
    return (*earlier, Charge(last.began, last.ended, round(last.energy + flowed, 3)))


def _between(begin: datetime | None, end: datetime | None) -> timedelta | None:
    if begin is None or end is None:
        return None
    return max(end - begin, timedelta())
