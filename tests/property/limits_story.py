"""A charger that is sent limits, and keeps them as the virtual Wallbox does: no sockets, and no waiting."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any, Final

from ocpp.v16.enums import ChargePointStatus as Status

from custom_components.wallbox_ocpp.csms.messages import (
    Message,
    MeterValues,
    StartTransaction,
    StatusNotification,
    StopTransaction,
)
from custom_components.wallbox_ocpp.wallbox import consequences
from custom_components.wallbox_ocpp.wallbox.model.charging_plan import (
    ChargingPlan,
    Mode,
    PlannedSlot,
)
from custom_components.wallbox_ocpp.wallbox.model.electricity import USUAL_VOLTAGE
from custom_components.wallbox_ocpp.wallbox.model.failsafe import FailSafe
from custom_components.wallbox_ocpp.wallbox.plan import limits
from custom_components.wallbox_ocpp.wallbox.plan.step import Answer, Result, Step
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from simulator.virtual_wallbox import Personality
from simulator.virtual_wallbox.charging_profile import ChargingProfile
from simulator.virtual_wallbox.clock import Clock, wire_text
from simulator.virtual_wallbox.configuration import Configuration
from simulator.virtual_wallbox.errors import CallError, NoAnswerError
from simulator.virtual_wallbox.limits import limit_at
from simulator.virtual_wallbox.profiles import ProfileStore
from simulator.virtual_wallbox.transaction import Transaction
from tests.wallbox.plan.drive import ERROR, NOW, SILENT, Drive, a_charger, settings

HOUR: Final = 3600.0
EVERY: Final = timedelta(seconds=10)
"""From reading to reading."""
CAR: Final = 16.0
"""A that the car takes."""
KEYS: Final = ("ChargeProfileMaxStackLevel", "MaxChargingProfilesInstalled")
"""Which of its settings tell what it takes."""


@dataclass
class Charger:
    """What keeps the limits; there is always a car that takes what it may."""

    personality: Personality
    clock: Clock = field(
        default_factory=lambda: Clock(NOW, error=0.0, follows_server=True)
    )
    now: float = 0.0
    transaction: Transaction | None = None
    blocked: bool = False
    """Something else keeps the car from charging, and nothing tells of it."""
    mute: int = 0
    """How many requests to come are not answered."""

    def __post_init__(self) -> None:
        """Have room for profiles."""
        self.configuration = Configuration(self.personality)
        self.profiles = ProfileStore(self.personality, self.configuration)

    def amps(self, later: float = 0.0) -> float:
        """Return the amps that flow in so many seconds, if nothing is sent until then."""
        if self.transaction is None or self.blocked:
            return 0.0
        limit = limit_at(
            self.profiles.counting,
            self.transaction,
            self.clock,
            self.now + later,
            self.personality,
        )
        return CAR if limit is None else min(limit, CAR)

    def answer(self, action: str, payload: Mapping[str, Any]) -> Answer | None:
        """Take in a request about limits; None for all others."""
        if self.mute:
            self.mute -= 1
            return SILENT
        try:
            match action:
                case "SetChargingProfile":
                    status = self._install(payload)
                case "ClearChargingProfile":
                    status = self.profiles.clear(
                        profile_id=payload.get("id"),
                        connector=payload.get("connectorId"),
                        purpose=payload.get("chargingProfilePurpose"),
                        stack_level=payload.get("stackLevel"),
                    )
                case _:
                    return None
        except CallError:
            return ERROR
        except NoAnswerError:
            return SILENT
        return Answer(Result.ANSWERED, {"status": status})

    def _install(self, payload: Mapping[str, Any]) -> str:
        data = payload["csChargingProfiles"]
        return self.profiles.install(
            ChargingProfile.read(payload["connectorId"], data, self.now),
            open_transaction=self.transaction.id if self.transaction else None,
            any_transaction=self.transaction is not None,
        )


class Story:
    """What happens to a charger, and what is sent to it.

    Attributes:
        charger: The charger.
        run: The plan of requests, and the state that it is made of.
    """

    def __init__(self, personality: Personality, failsafe: FailSafe) -> None:
        """Begin with a car that is plugged in."""
        self.charger = Charger(personality)
        listed = self.charger.configuration.listed()
        told = {
            str(entry["key"]): str(entry["value"])
            for entry in listed
            if entry["key"] in KEYS
        }
        state = a_charger(configuration=settings(**told), failsafe=failsafe)
        identity = replace(state.identity, firmware=personality.firmware)
        self.run = Drive(replace(state, identity=identity))
        self._wh = 0.0
        self._status: Status | None = None
        self._number = 0
        self.change_cars()

    def want(self, **wish: Any) -> None:
        """Want something else."""
        state = self.run.state
        wanted = limits.wished(
            state, replace(state.charging.wish, **wish), self.run.now
        )
        self._set(limits.unasked(wanted))

    def choose(self, mode: Mode) -> None:
        """Choose a mode."""
        on = mode is not Mode.OFF
        kept = self.run.state.charging.wish.mode
        self.want(charging=on, mode=mode if on else kept)

    def plan(self, minutes: list[int]) -> None:
        """Set a plan from now on, of times that allow something and nothing in turns, the last without an end."""
        edges = [
            self.run.now + timedelta(minutes=passed)
            for passed in accumulate(minutes, initial=0)
        ]
        ends: list[datetime | None] = [*edges[1::2], None]
        plan = ChargingPlan(
            slots=tuple(
                PlannedSlot(start=start, end=end)
                for start, end in zip(edges[::2], ends, strict=False)
            )
        )
        state = self.run.state
        self._set(replace(state, policy=replace(state.policy, own=plan)))

    def fail_safe(self, failsafe: FailSafe) -> None:
        """Choose what a car gets while nobody is there."""
        state = self.run.state
        self._set(replace(state, charging=state.charging.guarded_by(failsafe)))

    def change_cars(self, *, in_between: bool = False) -> None:
        """Have another car; a request may be on its way when the one before is unplugged."""
        step = self.run.next() if in_between else None
        if self.charger.transaction:
            self.unplug(step)
        self.plug()

    def unplug(self, step: Step | None = None) -> None:
        """Have the car go; a request may be on its way."""
        self._end(step)
        self._tell_status(Status.finishing)
        self._tell_status(Status.available)

    def plug(self) -> None:
        """Have a car come."""
        self._tell_status(Status.preparing)
        self._begin()

    def wait(self, minutes: float) -> None:
        """Let time pass, with readings."""
        until = self.run.now + timedelta(minutes=minutes)
        while self.run.now < until:
            self._measure()
            self._ask()
            self._pass(min(self.run.now + EVERY, until))

    def _end(self, step: Step | None) -> None:
        charger = self.charger
        assert charger.transaction
        number = charger.transaction.id
        charger.transaction = None
        charger.profiles.end_transaction()
        stop = {
            "transactionId": number,
            "meterStop": int(self._wh),
            "timestamp": wire_text(self.run.now),
        }
        self._tell(StopTransaction.read(stop))
        if step:
            self.run.take(step, charger.answer)

    def _begin(self) -> None:
        charger = self.charger
        self._number += 1
        charger.profiles.begin_transaction(offline=False)
        start = {
            "connectorId": 1,
            "idTag": "A",
            "meterStart": int(self._wh),
            "timestamp": wire_text(self.run.now),
        }
        self._tell(StartTransaction.read(start))
        assert self.run.state.transaction
        charger.transaction = Transaction(
            id_tag="A",
            started=charger.now,
            started_at=self.run.now,
            meter_start=int(self._wh),
            id=self.run.state.transaction.transaction_id,
        )
        self._status = None

    def _ask(self) -> None:
        self._set(self.run.state)
        while self.run.run(self.charger.answer):
            self._set(self.run.state)

    def _set(self, state: ChargerState) -> None:
        self.run.state = consequences.of_change(state, self.run.now)

    def _tell(self, message: Message) -> None:
        self.run.state = consequences.of_message(
            self.run.state, message, self.run.now
        ).state

    def _tell_status(self, status: Status) -> None:
        self._status = status
        message = {
            "connectorId": 1,
            "errorCode": "NoError",
            "status": status.value,
            "timestamp": wire_text(self.run.now),
        }
        self._tell(StatusNotification.read(message))

    def _measure(self) -> None:
        amps, charger = self.charger.amps(), self.charger
        if charger.transaction is None:
            return
        status = Status.charging if amps else Status.suspended_evse
        if status is not self._status:
            self._tell_status(status)
        values = [
            {"value": f"{self._wh:.1f}", "unit": "Wh"},
            {"value": f"{amps}", "measurand": "Current.Import", "phase": "L1"},
        ]
        reading = {
            "connectorId": 1,
            "transactionId": charger.transaction.id,
            "meterValue": [
                {"timestamp": wire_text(self.run.now), "sampledValue": values}
            ],
        }
        self._tell(MeterValues.read(reading))

    def _pass(self, until: datetime) -> None:
        """Let time pass, and ask for what becomes due on the way."""
        while self.run.now < until:
            rests, state = self.run.rests, self.run.state
            due = (rests.until if rests else None, consequences.next_moment(state))
            moment = min([until, *filter(None, due)])
            assert moment > self.run.now, f"no end at {moment}"
            seconds = (moment - self.run.now).total_seconds()
            self._wh += self.charger.amps() * USUAL_VOLTAGE * seconds / HOUR
            self.charger.now += seconds
            self.run.now = moment
            self._ask()
