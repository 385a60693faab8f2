"""The one loop that sends requests to a charger: next step, send, learn, wait.

Which requests, and what an answer means, is decided by `wallbox.plan`. A command of the owner
changes what is wanted, and waits until the state shows the result.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime
import logging
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util

from ..coordinator import ChargerCoordinator
from ..csms.calls import (
    DroppedError,
    NoAnswerError,
    NotConnectedError,
    RefusedError,
    WithdrawnError,
)
from ..csms.session import Session, label
from ..wallbox import consequences, plan
from ..wallbox.plan import notice
from ..wallbox.plan.step import Answer, Result, Step, Wait
from ..wallbox.state import ChargerState

_LOGGER = logging.getLogger(__name__)

OWNER_WAITS: Final = 35.0
"""Seconds that a command waits for a busy or silent charger: a little more than one time-out."""
SEVERAL_WAIT: Final = 180.0
"""Seconds that a command with many requests waits."""


class Reconciler:
    """Brings one charger to what its owner wants; nothing else sends requests to it."""

    def __init__(
        self,
        coordinator: ChargerCoordinator,
        session_changed: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        """Create it, without a connection.

        A session that is closed because its StopTransaction is missing has `session_changed` called.
        """
        self._coordinator = coordinator
        self._session_changed = session_changed
        coordinator.async_on_change(self._async_state_changed)
        self._worker: asyncio.Task[None] | None = None
        self._in_flight: Step | None = None
        self._changed = asyncio.Event()
        self._cancel_timer: CALLBACK_TYPE | None = None

    @callback
    def async_connected(self, session: Session) -> None:
        """Start the loop for a new connection."""
        self._apply(notice.connected(self._state))
        self._work_for(session)

    @callback
    def async_booting(self) -> None:
        """Send nothing until `async_booted`; the request in flight has failed.

        Must be called before the BootNotification is applied to the state.
        """
        if self._worker:
            self._worker.cancel()
        self._in_flight = None

    @callback
    def async_connecting(self) -> None:
        """Let the request in flight on an earlier connection fail.

        Must be called before the new connection is applied to the state.
        """
        if step := self._in_flight:
            self._learn(step, Answer(Result.DROPPED))

    @callback
    def async_disconnected(self) -> None:
        """Stop the loop, and drop what was pending on the connection."""
        self._apply(notice.disconnected(self._state))

    @callback
    def async_shutdown(self) -> None:
        """Stop everything."""
        if self._worker:
            self._worker.cancel()
        self._set_timer(None)

    @callback
    def async_booted(self, session: Session) -> None:
        """Start the loop again after a boot."""
        self._work_for(session)

    @callback
    def async_reconsider(self) -> None:
        """Plan again, because the owner has changed what is wanted."""
        self._apply(notice.reconsidered(self._state, dt_util.utcnow()))

    async def async_until[T](
        self,
        outcome: Callable[[ChargerState], T | None],
        within: float = OWNER_WAITS,
    ) -> T:
        """Wait until the state shows the result of a command.

        Args:
            outcome: Returns the result; None as long as it is unknown.
            within: Seconds.

        Raises:
            NotConnectedError: The charger has disconnected.
            NoAnswerError: The charger did not answer in time. What is wanted stays wanted.
        """
        changed = asyncio.Event()
        stop_listening = self._coordinator.async_on_change(changed.set)
        try:
            async with asyncio.timeout(within):
                while (result := outcome(self._state)) is None:
                    if not self._state.link.connected:
                        # The last request has failed, which must be learned first.
                        await self._async_worker_ended()
                        if (result := outcome(self._state)) is None:
                            raise NotConnectedError
                        break
                    if self._state.pending.silent_until:
                        raise NoAnswerError
                    await changed.wait()
                    changed.clear()
        except TimeoutError:
            raise NoAnswerError from None
        finally:
            stop_listening()
        return result

    @callback
    def _async_state_changed(self) -> None:
        self._changed.set()
        # A running worker needs no timer.
        connected = self._state.link.connected
        self._set_timer(None if connected else consequences.next_moment(self._state))

    @property
    def _state(self) -> ChargerState:
        return self._coordinator.data

    def _apply(self, state: ChargerState) -> None:
        ended = state.ledger is not self._state.ledger
        self._coordinator.async_set(state)
        if ended:
            self._coordinator.async_run(self._session_changed())

    async def _async_worker_ended(self) -> None:
        if self._worker:
            await asyncio.wait({self._worker})

    def _work_for(self, session: Session) -> None:
        if self._worker:
            self._worker.cancel()
        self._worker = self._coordinator.async_run(self._async_work(session))
        self._worker.add_done_callback(self._worker_ended)

    def _worker_ended(self, worker: asyncio.Task[None]) -> None:
        """Log what has ended the loop: as long as the task is kept, nobody else does."""
        if not worker.cancelled() and (fault := worker.exception()):
            _LOGGER.error(
                "Charger %s gets no more requests until it connects again; please report this",
                label(self._coordinator.identity),
                exc_info=fault,
            )

    async def _async_work(self, session: Session) -> None:
        """Send requests until none is left, and again whenever the state has changed."""
        with suppress(NotConnectedError):
            while True:
                # The step is chosen late, because what is wanted may change until it can be sent.
                await session.ready()
                self._changed.clear()
                now = dt_util.utcnow()
                self._apply(plan.advanced(notice.elapsed(self._state, now), now))
                step = plan.next_step(self._state, now)
                if isinstance(step, Step):
                    await self._async_take(session, step)
                else:
                    await self._async_change(step)

    async def _async_take(self, session: Session, step: Step) -> None:
        """Send the request of a step, and learn from its answer.

        Raises:
            NotConnectedError: The charger has disconnected.
        """
        if step.save_first:
            await self._coordinator.async_save_originals()
        if step.sending:
            self._apply(step.sending(self._state))
        self._in_flight = step
        answer = await self._async_ask(session, step)
        self._learn(step, answer)
        if answer.result in (Result.DROPPED, Result.NOT_SENT):
            raise NotConnectedError

    def _learn(self, step: Step, answer: Answer) -> None:
        self._in_flight = None
        self._apply(step.learn(self._state, answer, dt_util.utcnow()))

    async def _async_ask(self, session: Session, step: Step) -> Answer:
        allowed = step.only_if
        try:
            payload = await session.call(
                step.request,
                only_if=(lambda: allowed(self._state)) if allowed else None,
            )
        except RefusedError as refusal:
            return Answer(Result.ERROR, error=refusal.code)
        except NoAnswerError:
            return Answer(Result.SILENT)
        except WithdrawnError:
            return Answer(Result.WITHDRAWN)
        except DroppedError:
            return Answer(Result.DROPPED)
        except NotConnectedError:
            return Answer(Result.NOT_SENT)
        return Answer(Result.ANSWERED, payload)

    async def _async_change(self, wait: Wait | None) -> None:
        """Wait until the state has changed, or something is due."""
        moment = consequences.next_moment(self._state)
        if wait:
            moment = min(wait.until, moment or wait.until)
        left = (moment - dt_util.utcnow()).total_seconds() if moment else None
        with suppress(TimeoutError):
            async with asyncio.timeout(left):
                await self._changed.wait()

    @callback
    def _set_timer(self, moment: datetime | None) -> None:
        """Plan again at a moment, also while the charger is offline."""
        if self._cancel_timer:
            self._cancel_timer()
            self._cancel_timer = None
        if moment is None:
            return

        @callback
        def due(_: datetime) -> None:
            self._cancel_timer = None
            self._apply(notice.elapsed(self._state, dt_util.utcnow()))

        self._cancel_timer = async_track_point_in_utc_time(
            self._coordinator.hass, due, moment
        )
