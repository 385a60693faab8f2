"""The machine: what may happen to a charger and its home, in any order."""

from asyncio import AbstractEventLoop
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime
import sys
from typing import Any, ClassVar, Final, override

from hypothesis import note, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from custom_components.wallbox_ocpp.wallbox.model.offline_fix import (
    PROFILES,
    REPORTING,
    ProfileName,
)
from simulator.virtual_wallbox import FIRMWARES, AfterPowerCycle, Car, Personality

from .home import End, Home
from .link import Accident
from .world import World

FIXED: Final = {
    setting.key: setting.value
    for setting in (*PROFILES[ProfileName.CHARGE_HQ], *REPORTING)
}
"""The configuration of a charger that has been here before."""
HOURS_AHEAD: Final = 2 * 3600.0
MINUTES_BEHIND: Final = -50 * 60.0
CARD: Final = "04A1B2C3"

ACTIONS: Final = st.sampled_from(
    ["StartTransaction", "StopTransaction", "MeterValues", "StatusNotification"]
)
MOMENTS: Final = st.sampled_from(
    [
        datetime(2026, 7, 1, 8, tzinfo=UTC),
        # Five minutes before the clocks go back.
        datetime(2026, 11, 1, 8, 55, tzinfo=UTC),
    ]
)
MAYBE: Final = st.one_of(st.none(), st.sampled_from(Accident))
A_WHILE: Final = st.sampled_from([0.0, 2.0, 15.0])
"""Seconds that pass after something has happened."""


def a_charger(firmware: str, *, fixed: bool, **switches: Any) -> Personality:
    """Return a charger that pings nobody and waits for nobody's pings."""
    row = FIRMWARES[firmware]
    keys = {"WebSocketPingInterval": "0", **(FIXED if fixed else {})}
    return replace(
        row, key_values={**row.key_values, **keys}, quiet_limit=None, **switches
    )


CHARGERS: Final = st.builds(
    a_charger,
    firmware=st.sampled_from(["6.7.38", "5.17.87", "6.11.16"]),
    # Most have their configuration already, which saves time for sessions.
    fixed=st.sampled_from([True, True, True, False]),
    after_power_cycle=st.sampled_from(AfterPowerCycle),
    replays_status_history=st.booleans(),
    free_start_at_boot=st.booleans(),
    waits_for_start_conf=st.booleans(),
    clock_error=st.sampled_from([0.0, HOURS_AHEAD, MINUTES_BEHIND]),
)
CARS: Final = st.builds(
    Car,
    max_amps=st.sampled_from([16.0, 32.0]),
    wants_wh=st.sampled_from([None, 50.0]),
    paused=st.sampled_from([False, False, True]),
)


class SessionMachine(RuleBasedStateMachine):
    """Lets things happen, and asks in the end whether people were told what was."""

    home: ClassVar[Home]
    loop: ClassVar[AbstractEventLoop]
    runs: ClassVar[int] = 0
    world: World

    @initialize(
        charger=CHARGERS, car=st.one_of(CARS, CARS, CARS, st.none()), now=MOMENTS
    )
    def begin(self, charger: Personality, car: Car | None, now: datetime) -> None:
        self.world = World(self.home, charger, now)
        self._do(self.world.come())
        if car:
            self.world.plug(car)
            self._go_on(15.0)

    @rule(seconds=st.sampled_from([5.0, 70.0, 200.0, 650.0]))
    def time_passes(self, seconds: float) -> None:
        self._go_on(seconds)

    # The car.

    @precondition(lambda self: not self.world.charger.car)
    @rule(car=CARS, accident=MAYBE, then=A_WHILE)
    def car_comes(self, car: Car, accident: Accident | None, then: float) -> None:
        self.world.expect("StartTransaction", accident)
        self.world.plug(car)
        self._go_on(then)

    @precondition(lambda self: self.world.charger.car)
    @rule(accident=MAYBE, then=A_WHILE)
    def car_leaves(self, accident: Accident | None, then: float) -> None:
        self.world.expect("StopTransaction", accident)
        self.world.unplug()
        self._go_on(then)

    @precondition(lambda self: self.world.charger.car)
    @rule(car=CARS, between=A_WHILE, then=A_WHILE)
    def another_car_comes(self, car: Car, between: float, then: float) -> None:
        self.world.unplug()
        self._go_on(between)
        self.world.plug(car)
        self._go_on(then)

    @precondition(lambda self: self.world.charger.car)
    @rule(then=A_WHILE)
    def car_pauses_or_goes_on(self, then: float) -> None:
        charger = self.world.charger
        if charger.car and charger.car.paused:
            charger.car_resume()
        else:
            charger.car_pause()
        self._go_on(then)

    # Its owner.

    @precondition(lambda self: self.home.up)
    @rule(charging=st.booleans(), then=A_WHILE)
    def owner_wishes(self, charging: bool, then: float) -> None:
        self._do(self._tell_home(charging=charging))
        self._go_on(then)

    @precondition(lambda self: self.home.up)
    @rule(then=A_WHILE)
    def owner_reboots_charger(self, then: float) -> None:
        self._do(self._tell_home())
        self._go_on(then)

    @rule(then=A_WHILE)
    def owner_holds_card(self, then: float) -> None:
        self.world.charger.tap(CARD)
        self._go_on(then)

    # Messages.

    @rule(action=ACTIONS, accident=st.sampled_from(Accident))
    def next_message_has_accident(self, action: str, accident: Accident) -> None:
        self.world.expect(action, accident)

    @precondition(lambda self: self.world.charger.running)
    @rule()
    def meter_is_read(self) -> None:
        self.world.read_meter()
        self._go_on()

    @precondition(lambda self: self.world.charger.link_up)
    @rule(action=ACTIONS, back=st.integers(1, 3))
    def earlier_message_is_repeated(self, action: str, back: int) -> None:
        sent = [message for message in self.world.link.sent if message.action == action]
        if len(sent) >= back:
            self.world.link.repeat(sent[-back])
        self._go_on()

    @precondition(lambda self: self.world.charger.link_up)
    @rule(reverse=st.booleans())
    def held_messages_arrive(self, reverse: bool) -> None:
        self.world.link.release(reverse=reverse)
        self._go_on()

    # The network.

    @precondition(lambda self: self.world.charger.link_up)
    @rule(half=st.booleans(), then=A_WHILE)
    def socket_breaks(self, half: bool, then: float) -> None:
        self.world.link.drop(half=half)
        self._go_on(then)

    @precondition(lambda self: self.world.network)
    @rule(half=st.booleans(), then=A_WHILE)
    def network_goes(self, half: bool, then: float) -> None:
        self.world.cut_network(half=half)
        self._go_on(then)

    @precondition(lambda self: not self.world.network)
    @rule(then=A_WHILE)
    def network_comes(self, then: float) -> None:
        self.world.network = True
        self._go_on(then)

    # Home Assistant.

    @precondition(lambda self: self.home.up)
    @rule(end=st.sampled_from(End), then=A_WHILE)
    def home_goes(self, end: End, then: float) -> None:
        self._do(self.world.go(end))
        self._go_on(then)

    @precondition(lambda self: self.home.up)
    @rule(write=st.integers(1, 3), before=st.booleans())
    def home_will_be_killed(self, write: int, before: bool) -> None:
        self.home.disk.kill_at(write, before=before)

    @precondition(lambda self: not self.home.up)
    @rule(starting=st.sampled_from([0.0, 20.0]), then=A_WHILE)
    def home_comes(self, starting: float, then: float) -> None:
        self._do(self.world.come(starting=starting))
        self._go_on(then)

    @rule(writes=st.sampled_from([1, 3, 100]))
    def disk_is_full(self, writes: int) -> None:
        self.home.disk.be_full(writes)

    # Power.

    @precondition(lambda self: self.world.charger.powered)
    @rule(then=A_WHILE)
    def power_goes(self, then: float) -> None:
        self.world.power_off()
        self._go_on(then)

    @precondition(lambda self: not self.world.charger.powered)
    @rule(then=st.sampled_from([0.0, 100.0]))
    def power_comes(self, then: float) -> None:
        self.world.charger.power_on()
        self._go_on(then)

    @override
    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            # A run that has failed already is not judged.
            if sys.exception() is None:
                self._do(self.world.mend())
                self._judge()
                type(self).runs += 1
        finally:
            self._do(self.world.end())

    def _judge(self) -> None:
        for frame in self.world.link.record:
            note(frame)
        for event in self.home.told:
            note(f"told: {event}")
        contradictions = self.world.contradictions()
        assert not contradictions, "\n".join(contradictions)

    async def _tell_home(self, *, charging: bool | None = None) -> None:
        if charging is None:
            self.home.press("reboot")
        else:
            self.home.switch("charging", on=charging)

    def _go_on(self, seconds: float = 0.0) -> None:
        self._do(self.world.settle())
        self._do(self.world.wait(seconds))

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        self.loop.run_until_complete(work)
