"""Events in a charger, which the plan or the owner has to be informed about."""

from dataclasses import dataclass, field

from ocpp.v16.enums import AuthorizationStatus, ChargePointStatus

from .cards import Card
from .charging_session import ChargingSession


@dataclass(frozen=True, slots=True)
class Booted:
    """The charger has booted, so it may have lost its profiles."""

    another: bool = False
    """It is another unit than before."""


@dataclass(frozen=True, slots=True)
class SessionChanged:
    """A session began or ended."""

    session: ChargingSession


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """The connector went from one status to another."""

    before: ChargePointStatus | None
    after: ChargePointStatus | None


@dataclass(frozen=True, slots=True)
class LimitJudged:
    """The current of the car has shown whether the limit is followed."""


@dataclass(frozen=True, slots=True)
class CardPresented:
    """A card was presented, and accepted or not."""

    id_tag: str = field(repr=False)
    card: Card | None
    """None if it is not in the settings."""
    status: AuthorizationStatus


type Event = Booted | SessionChanged | StatusChanged | LimitJudged | CardPresented
