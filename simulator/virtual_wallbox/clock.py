"""The charger's clock."""

from datetime import UTC, datetime, timedelta

_UNSET = datetime(1970, 1, 1, tzinfo=UTC)


def wire_text(moment: datetime) -> str:
    """Write a moment as a Wallbox does: UTC, whole seconds, Z (docs/chargers.md §3.0)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_wire(text: str) -> datetime:
    """Read an OCPP timestamp.

    Raises:
        ValueError: It is not a timestamp.
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Clock:
    """Converts the charger's seconds to UTC, with its error."""

    def __init__(
        self,
        epoch: datetime,
        *,
        error: float,
        follows_server: bool,
        knows_time: bool = True,
    ) -> None:
        """Start with the true time, or at 1970.

        Args:
            epoch: True UTC at second 0.
            error: Seconds this clock is always ahead.
            follows_server: Set by `currentTime` of the server.
            knows_time: False: it stays at 1970.
        """
        self._zero = epoch if knows_time else _UNSET
        self._error = timedelta(seconds=error)
        self._follows_server = follows_server
        self._knows_time = knows_time
        self.is_set = knows_time

    @property
    def zero(self) -> datetime:
        """The time that it showed at second 0, or would have."""
        return self._zero + self._error if self.is_set else self._zero

    def utc(self, now: float) -> datetime:
        """Return the time at this second of the charger."""
        return self.zero + timedelta(seconds=now)

    def second_of(self, utc: datetime) -> float:
        """Return the charger second at which this clock shows a time."""
        return (utc - self.zero).total_seconds()

    def forget(self, now: float) -> None:
        """Start again at 1970, as a clock without a battery does."""
        self._zero = _UNSET - timedelta(seconds=now)
        self.is_set = False

    def learn(self, current_time: str, now: float) -> None:
        """Take the time from a server; an unreadable one is ignored."""
        if not self._knows_time or (self.is_set and not self._follows_server):
            return
        try:
            self._zero = from_wire(current_time) - timedelta(seconds=now)
        except ValueError:
            return
        self.is_set = True
