"""The limits in a charger: which it holds, in which words, and when they may change.

Only the steward uses this.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ocpp.v16 import call
from ocpp.v16.enums import ChargePointStatus, ChargingProfileKindType

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from . import configuration
from .csms.session import Session
from .wallbox.charging import (
    DEFAULT,
    IN_TRANSACTION,
    Style,
    clearing,
    default_profile,
    ladder,
    transaction_profile,
)
from .wallbox.charging_session import ChargingSession
from .wallbox.firmware import RATED_CURRENT
from .wallbox.guard import Lease
from .wallbox.limits import Limit
from .wallbox.pace import Pace
from .wallbox.state import SUSPENDED, WITHIN_TRANSACTION

if TYPE_CHECKING:
    from .coordinator import ChargerCoordinator


@dataclass(frozen=True, slots=True)
class Worded:
    """A limit in amps, in one style, at one stack level."""

    amps: int
    style: Style
    level: int
    lease: timedelta | None = None
    """After what time it ends, unless it is given again."""


@dataclass(frozen=True, slots=True)
class Held:
    """The limits the charger has confirmed. Replaced whenever one of them may be lost."""

    default: Worded | None = None
    in_transaction: tuple[int, Worded | None] | None = None
    """The transaction and its own limit; without one, the default counts for it, too."""
    leased_until: float | None = None
    """When that has to be given again, by the loop's clock; None if it lasts."""


class Holding:
    """Makes one charger hold what its owner wishes."""

    def __init__(self, coordinator: ChargerCoordinator) -> None:
        """Begin with nothing known of what the charger holds."""
        self._coordinator = coordinator
        self._held = Held()
        self._style = coordinator.data.style
        self._refused: set[Style] = set()
        """Styles that the charger has refused since it last accepted one."""
        self._ignored: set[Style] = set()
        """Styles that it has accepted and not obeyed since it last started."""
        self._wish = coordinator.data.wish
        self._pace = Pace()
        self._lock = asyncio.Lock()
        self._lease_ignored = False
        """It allows nothing if a limit ends by itself."""
        self.default_refused = False
        """It has not taken the limit that outlives a transaction."""
        self._met: tuple[int, datetime] | None = None
        """The transaction, and when it was first held to a limit, by our clock."""
        self._spared: int | None = None
        """The transaction that came late, and for which no style was given up at once."""
        self._most: int | None = None
        """The amps to ask for where its owner has set no limit, if it has refused more."""

    @callback
    def async_forget(self) -> None:
        """Take it that the charger holds nothing any more."""
        self._held = Held()
        self._refused.clear()
        self._ignored.clear()
        self._lease_ignored = False
        self._most = None
        self._coordinator.async_change(limit=Limit())

    @callback
    def async_forget_default(self) -> None:
        """Take it that the charger has thrown the default profile away."""
        self._held = replace(self._held, default=None)

    @callback
    def async_judged(self) -> None:
        """Learn from what the car draws which style this charger obeys."""
        state = self._coordinator.data
        if state.limit.obeyed:
            if state.style != self._style:
                self._coordinator.async_change(style=self._style)
            return
        self._ignored.add(self._current_style)
        self._move_on()

    def wait(self) -> float:
        """Return the seconds until the wish may be written.

        A pause never waits, nor does a lease, which would end.
        """
        now = self._now
        wish = self._coordinator.data.wish
        if wish != self._wish:
            at_once = wish.charging != self._wish.charging
            self._pace = self._pace.wished(now, at_once=at_once)
            self._wish = wish
        if not self._coordinator.data.wished_amps or self.renewal_in() == 0:
            return 0.0
        return self._pace.wait(now)

    @callback
    def async_doubt_lease(self) -> None:
        """Do without a lease where the charger allows nothing because of it."""
        state = self._coordinator.data
        if (
            self._held.leased_until is not None
            and state.transaction
            and state.status is ChargePointStatus.suspended_evse
        ):
            self._lease_ignored = True
            self._held = replace(self._held, in_transaction=None, leased_until=None)

    def renewal_in(self) -> float | None:
        """Return the seconds until a lease has to be renewed; None if there is none."""
        if self._held.leased_until is None:
            return None
        return max(self._held.leased_until - self._now, 0.0)

    async def async_hold(self, session: Session) -> bool:
        """Make the charger hold the wish; False if it refuses.

        Raises:
            CallFailedError: It left or fell silent.
        """
        async with self._lock:
            while not await self._async_put(session, style := self._current_style):
                if self._may_be_over():
                    return False
                self._refused.add(style)
                if not (self._move_on() or self._ask_for_less()):
                    return False
            self._refused.clear()
            return True

    @property
    def _now(self) -> float:
        return self._coordinator.hass.loop.time()

    @property
    def _styles(self) -> tuple[Style, ...]:
        return ladder(self._coordinator.data.identification.firmware)

    @property
    def _current_style(self) -> Style:
        # Another firmware may have another ladder.
        styles = self._styles
        return self._style if self._style in styles else styles[0]

    @property
    def _amps(self) -> int:
        state = self._coordinator.data
        if state.wish.current_limit is None and self._most is not None:
            return min(state.wished_amps, self._most)
        return state.wished_amps

    @callback
    def _move_on(self) -> bool:
        """Go on to a style that has not failed yet; False if there is none."""
        state = self._coordinator.data
        failed = self._refused | self._ignored
        for style in self._styles:
            if style not in failed:
                self._style = style
                return True
        self._style = state.style
        if state.limit.obeyed is False:
            self._coordinator.async_change(limit=replace(state.limit, defied=True))
        return False

    def _may_be_over(self) -> bool:
        """Say, once for each, whether the end of a transaction may still be to come.

        One that was told late may be followed by its end, and by the one that runs now.
        """
        transaction = self._coordinator.data.transaction
        if transaction is None or not transaction.start_delayed:
            return False
        spared, self._spared = self._spared, transaction.transaction_id
        return self._spared != spared

    def _ask_for_less(self) -> bool:
        """Ask only for what the charger surely can, where its owner has set no limit."""
        state = self._coordinator.data
        modest = min(RATED_CURRENT, state.maximum)
        if state.wish.current_limit is not None or self._amps <= modest:
            return False
        self._most = modest
        self._refused.clear()
        return True

    async def _async_put(self, session: Session, style: Style) -> bool:
        """Put the wish into the charger in one style; False if it refuses."""
        state, held = self._coordinator.data, self._held
        abilities = state.abilities
        level = abilities.highest_level if abilities and style.highest_level else 0
        wished = Worded(self._amps, style, level)
        refuses = state.refuses(dt_util.utcnow())
        worded = replace(wished, amps=0) if refuses else wished
        room_for_two = abilities is not None and abilities.two_profiles
        accepted = True
        guard = self._coordinator.guard
        limits_transactions = room_for_two and style.in_transaction
        lifted = state.transaction is not None and not limits_transactions
        # A charger without room for a limit of the transaction is lifted by the default one.
        unlifted = replace(wished, amps=0) if guard.holds else wished
        default = worded if lifted else unlifted
        if guard.renewal and worded.amps and not self._lease_ignored:
            worded = replace(worded, lease=guard.lease)
        # Once its original configuration is back, nothing may stay in the charger that
        # outlives the transaction.
        if state.fix_enabled or (abilities and lifted):
            accepted = await self._async_put_default(session, default)
        elif self._held.default:
            held = self._held = replace(self._held, default=None)
            await configuration.async_accepts(session, clearing(DEFAULT))
        if guard.renewal is None or (abilities and not limits_transactions):
            # A default limit that ends by itself leaves nothing that holds the car back.
            self._show_lease(refused=guard.renewal is not None)
        if room_for_two and (transaction := state.transaction):
            if self._met is None or self._met[0] != transaction.transaction_id:
                self._met = transaction.transaction_id, dt_util.utcnow()
            taken = await self._async_put_into(
                session, transaction.transaction_id, worded
            )
            # A charger that has lost the transaction refuses, and is right; it may have
            # ended while its limit was on its way, or go by another number once refused.
            within = state.status in WITHIN_TRANSACTION and self._runs(transaction)
            accepted &= taken or refuses or not within
        if accepted and self._held is not held:
            amps = worded.amps if state.transaction else default.amps
            self._confirm(amps, guarded=amps < worded.amps)
        return accepted

    def _runs(self, transaction: ChargingSession) -> bool:
        """Say whether a transaction is still the one that is open."""
        now = self._coordinator.data.transaction
        return now is not None and now.transaction_id == transaction.transaction_id

    async def _async_put_default(self, session: Session, worded: Worded) -> bool:
        if self._held.default == worded:
            return True
        self._held = unsure = replace(self._held, default=None)
        if worded.style.clear_first:
            await configuration.async_accepts(session, clearing(DEFAULT))
        accepted = await self._async_send(
            session, default_profile(worded.amps, worded.style, worded.level)
        )
        self.default_refused = not accepted
        if accepted and self._held is unsure:
            self._held = replace(unsure, default=worded)
        return accepted

    async def _async_put_into(
        self, session: Session, transaction_id: int, worded: Worded
    ) -> bool:
        style, accepted = worded.style, True
        held = (transaction_id, worded if style.in_transaction else None)
        if self._held.in_transaction == held and self.renewal_in() != 0:
            return True
        self._held = unsure = replace(
            self._held, in_transaction=None, leased_until=None
        )
        if style.clear_first or not style.in_transaction:
            # One of another style would overrule the default. There may be none to clear.
            await configuration.async_accepts(session, clearing(IN_TRANSACTION))
        renewal = None
        if style.in_transaction:
            renewal = await self._async_lease(session, transaction_id, worded)
            if renewal is None:
                profile = transaction_profile(
                    worded.amps, transaction_id, style, worded.level
                )
                accepted = await self._async_send(session, profile)
        if accepted and self._held is unsure:
            self._held = replace(unsure, in_transaction=held, leased_until=renewal)
        return accepted

    async def _async_lease(
        self, session: Session, transaction_id: int, worded: Worded
    ) -> float | None:
        """Allow a transaction for some time; return when to do so again, if it took that."""
        guard, accepted = self._coordinator.guard, None
        if worded.lease:
            profile = transaction_profile(
                worded.amps,
                transaction_id,
                worded.style,
                worded.level,
                self._lease(worded),
            )
            accepted = await self._async_send(session, profile)
        self._show_lease(
            refused=accepted is False
            or (guard.renewal is not None and self._lease_ignored)
        )
        if not accepted or guard.renewal is None:
            return None
        return self._now + guard.renewal.total_seconds()

    @callback
    def _show_lease(self, *, refused: bool) -> None:
        if self._coordinator.data.lease_refused is not refused:
            self._coordinator.async_change(lease_refused=refused)

    def _lease(self, worded: Worded) -> Lease:
        state, lasting = self._coordinator.data, self._coordinator.guard.lease
        now = dt_util.utcnow() - state.clock.behind
        if worded.style.kind is ChargingProfileKindType.absolute:
            return Lease.absolute(now, lasting)
        started = state.transaction and state.transaction.started
        # By a clock that is ahead, and not known to be, it may not even have begun.
        met = self._met[1] - state.clock.behind if self._met else now
        return Lease.relative(now, min(started or met, met), lasting)

    async def _async_send(
        self, session: Session, profile: call.SetChargingProfile
    ) -> bool:
        self._pace = self._pace.written(self._now)
        return await configuration.async_accepts(session, profile)

    @callback
    def _confirm(self, amps: int, *, guarded: bool) -> None:
        state = self._coordinator.data
        limit = state.limit.confirmed(amps, guarded=guarded)
        if state.status in SUSPENDED:
            limit = limit.observed(0.0, dt_util.utcnow())
        self._coordinator.async_change(limit=limit)
        if limit.obeyed:
            self.async_judged()
