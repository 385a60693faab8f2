"""Watches that a charger never gives more than its owner has asked for, from one moment to the next."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
import math
import time
from typing import Any, Final

from custom_components.wallbox_ocpp.const import (
    CONF_ALLOWED_HOURS,
    CONF_FAILSAFE,
    CONF_FAILSAFE_CURRENT,
    CONF_LEASE,
    CONF_PRICE_ENTITY,
    CONF_READY_BY,
)
from simulator.virtual_wallbox import Transaction

from .home import Home
from .settings import is_allowed
from .wallbox import FAITHFUL, FOLLOWERS, FORGETFUL, Wallbox

SETTLED: Final = 150.0
"""Seconds after which a charger has what its owner asked for: it may have been forgotten, be noticed
by the current within a minute, and take a request that is not answered."""
TOLERATED: Final = 45.0
"""Seconds for which more may flow: a change that a charger does not make by itself is told within 20,
and a car needs some to follow."""
SUN_KEPT: Final = 20 * 60.0
"""Seconds for which a car may charge after the last sun: too little for five minutes, ten minutes at
least, or until what the charger holds ends by itself."""
BEYOND_TARGET: Final = 300.0
"""Wh: 22 kW until the next reading, and until the pause is followed."""
LOOK_EVERY: Final = 5.0
"""Seconds until it looks again, if nothing has changed."""
LOST_UNSEEN: Final = "profiles-lost-offline"
"""Loses its limits without a boot, so that only a car shows it that takes more than it may."""
AMPS: Final = 0.5
"""A that a current may be above the limit."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an owner sees to have asked for."""

    mode: str
    limit: float
    target: float
    """kWh."""
    protected: bool
    settings: Mapping[str, Any]

    @property
    def lease(self) -> float:
        """Seconds for which a car goes on as before while nobody is there."""
        return float(self.settings[CONF_LEASE]) * 60

    @property
    def in_the_end(self) -> float:
        """The most amps that it gets then."""
        return self._by_fail_safe({"limit": self._current, "lease": 0.0})

    @property
    def for_newcomers(self) -> float:
        """The most amps of one that comes while nobody is there."""
        if self.mode in ("planned", "solar"):
            return 0.0
        return self._by_fail_safe(
            {"limit": self._current, "lease": 0.0, "no_start": 0.0}
        )

    def _by_fail_safe(self, most: Mapping[str, float]) -> float:
        return most.get(self.settings[CONF_FAILSAFE], math.inf)

    @property
    def _current(self) -> float:
        return float(self.settings[CONF_FAILSAFE_CURRENT])


@dataclass(frozen=True, slots=True)
class Left:
    """How things were when a connection was lost."""

    at: float
    transaction: Transaction | None


class Watch:
    """Watches one charger.

    Attributes:
        found: Where it gave more than was asked for.
    """

    def __init__(self, home: Home, box: Wallbox) -> None:
        """Begin; nothing has been asked for yet."""
        self._home = home
        self._box = box
        self._asked: Asked | None = None
        self._since = 0.0
        self._mode: str | None = None
        self._mode_since = 0.0
        self._wrong_since: float | None = None
        self._seen: tuple[bool, float, bool] | None = None
        self._looked = 0.0
        self._left: Left | None = None
        self.found: list[str] = []

    def look(self) -> None:
        """Look at how things stand now."""
        box, charger = self._box, self._box.charger
        # Nothing reaches one behind a network that swallows everything, although it knows of nothing.
        now, up = charger.now, charger.link_up and box.network_cut is None
        moment = (up, charger.current_drawn, box.disturbed)
        if moment == self._seen and now - self._looked < LOOK_EVERY:
            return
        came = up and self._seen and not self._seen[0]
        self._seen, self._looked = moment, now
        if up:
            self._left = None
            asked = self._asked_now()
            if asked and asked.mode != self._mode:
                # A car that has begun in another mode goes on for as long as after the last sun.
                self._mode, self._mode_since = asked.mode, time.time()
            if came or box.disturbed or asked != self._asked:
                self._asked, self._since = asked, now
        elif self._left is None:
            # While it is away, it has what was asked for last, if there was time to tell it so.
            knew = self._asked is not None and now - self._since > SETTLED
            self._left = Left(now, charger.transaction)
            self._asked = self._asked if knew else None
        if box.disturbed and not up:
            self._asked = None
        box.disturbed = False
        self._judge(now)

    def _judge(self, now: float) -> None:
        asked, wrong = self._asked, None
        if asked and now - self._since > SETTLED:
            wrong = next(self._wrongs(asked), None)
        if wrong is None:
            self._wrong_since = None
        elif self._wrong_since is None:
            self._wrong_since = now
        elif now - self._wrong_since > TOLERATED:
            self.found.append(
                f"at {now:.0f}, for {now - self._wrong_since:.0f} s: {wrong}; {asked}"
            )
            self._wrong_since = None

    def _asked_now(self) -> Asked | None:
        """Return what is shown to be asked for; None as long as that is unknown, or the charger is away."""
        box, home = self._box, self._home
        if home.hass is None or not box.charger.running:
            return None
        screen = home.screen(box.identity)
        if screen.entity("binary_sensor", "connection").state != "on":
            return None
        protection = screen.sensor("offline_protection")
        try:
            limit = float(screen.entity("number", "current_limit").state)
            target = float(screen.entity("number", "energy_target").state)
        except ValueError:
            return None
        mode = screen.entity("select", "mode").state
        settings = home.settings(box.identity)
        return Asked(mode, limit, target, protection == "protected", settings)

    def _wrongs(self, asked: Asked) -> Iterator[str]:
        """Yield what is wrong, if it lasts."""
        box = self._box
        charger, drawn = box.charger, box.charger.current_drawn
        alone = self._left is not None
        faithful = FAITHFUL if alone else {*FAITHFUL, *FORGETFUL}
        if not asked.protected or box.name not in faithful:
            return
        known = not alone and box.name != LOST_UNSEEN
        if charger.transaction and known and charger.allowed_amps is None:
            yield "no profile limits the car"
        if asked.target and (not alone or box.name in FOLLOWERS):
            if box.got > asked.target * 1000 + BEYOND_TARGET and drawn:
                yield f"{box.got:.0f} Wh, and {drawn} A flow beyond the target"
        most = min(self._most(asked), self._most_alone(asked))
        if drawn > most + AMPS:
            yield f"{drawn} A flow, and {most} A were asked for"

    def _most(self, asked: Asked) -> float:
        """Return the most amps that the owner can have asked for at this moment."""
        box, home, now = self._box, self._home, time.time()
        alone = self._left is not None
        if alone and asked.mode not in ("off", "now") and box.name not in FOLLOWERS:
            return asked.limit
        match asked.mode:
            case "off":
                return 0.0
            case "planned":
                return self._most_planned(asked, now)
            case "solar" if min(home.dark_for, now - self._mode_since) > SUN_KEPT:
                return 0.0
            case _:
                return asked.limit

    def _most_planned(self, asked: Asked, now: float) -> float:
        """Return the most amps by the plan that was set last, which may have been cleared, or by itself."""
        open_now = [at for at in self._box.plan if at.begin <= now < at.end]
        own = min(open_now[0].amps or asked.limit, asked.limit) if open_now else 0.0
        if CONF_ALLOWED_HOURS in asked.settings:
            by_itself = is_allowed(now)
        else:
            by_itself = bool({CONF_PRICE_ENTITY, CONF_READY_BY} & {*asked.settings})
        return asked.limit if by_itself else own

    def _most_alone(self, asked: Asked) -> float:
        """Return the most amps that the fail-safe allows while nobody is there."""
        charger, left = self._box.charger, self._left
        if left is None or not self._box.keeps_leases:
            return math.inf
        if charger.transaction is not left.transaction:
            return asked.for_newcomers
        if charger.now - left.at > asked.lease:
            return asked.in_the_end
        return math.inf
