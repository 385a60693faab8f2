"""The charger: power, boot and time around one connector. Pure and synchronous; time is an argument."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from .car import Car
from .clock import Clock
from .configuration import Configuration
from .connector import Connector
from .line import Line
from .link import Link
from .local_list import LocalList
from .observations import Observations
from .personality import AfterPowerCycle, Personality
from .reports import Reports
from .reservations import Reservations
from .sessions import Sessions
from .timers import Timer, Timers

DEFAULT_EPOCH: Final = datetime(2026, 9, 1, 10, 0, tzinfo=UTC)


class Charger(Observations):
    """A Wallbox without a socket: it gets events and the time, and returns the frames to send.

    Attributes:
        now: Charger seconds.
        powered: It has power.
        booting: It is still starting up.
    """

    def __init__(
        self,
        personality: Personality,
        *,
        epoch: datetime = DEFAULT_EPOCH,
        peer_speed: float = 1.0,
        reply_delay: tuple[float, float] = (0.0, 0.0),
        already_running: bool = False,
        boot_seconds: float | None = None,
        follows_server_clock: bool = True,
    ) -> None:
        """Create one that has just booted, without a network.

        Args:
            personality: What kind of Wallbox.
            epoch: True UTC at charger second 0.
            peer_speed: Charger seconds in a second of the server's.
            reply_delay: Shortest and longest time to answer a CALL, s.
            already_running: The boot was long ago and its BootNotification was accepted.
            boot_seconds: Overrides the personality's.
            follows_server_clock: Set the clock by `currentTime`.
        """
        self.personality = personality
        self.now = 0.0
        self.powered = True
        self.booting = False
        self.configuration = Configuration(personality)
        self.clock = Clock(
            epoch,
            error=personality.clock_error,
            follows_server=follows_server_clock,
            knows_time=personality.knows_time,
        )
        self.timers = Timers()
        self.line = Line(extra_fields=personality.extra_fields)
        self.local_list = LocalList()
        self.connector = Connector(personality, self.configuration, self.clock)
        self.sessions = Sessions(self)
        self.reservations = Reservations(self)
        self.reports = Reports(self)
        self.link = Link(
            self,
            peer_speed=peer_speed,
            reply_delay=reply_delay,
            already_running=already_running,
        )
        self._boot_seconds = (
            personality.boot_seconds if boot_seconds is None else boot_seconds
        )
        self._handlers: dict[Timer, Callable[[], None]] = {
            Timer.BOOTED: self._booted,
            Timer.OFFLINE: self.link.went_offline,
            Timer.QUIET: self.link.drop,
            Timer.PING: self.link.ping,
            Timer.PONG: self.link.drop,
            Timer.HEARTBEAT: self.reports.heartbeat,
            Timer.UPDATED: self.reports.updated,
            Timer.BOOT_RETRY: self.reports.boot,
            Timer.REPLY: self.link.unanswered,
            Timer.START: self.sessions.start,
            Timer.PLUG_IN: self.sessions.nobody_plugged_in,
            Timer.SAMPLE: self.reports.sampled_values,
            Timer.ALIGNED: self.reports.aligned_values,
            Timer.RESET: self._reset,
            Timer.WOUND_DOWN: self.sessions.wound_down,
            Timer.RESERVATION: self.reservations.end,
        }
        self.timers.set(Timer.OFFLINE, personality.offline_after_boot)
        self.reports.schedule_aligned()

    # Time

    def advance(self, to: float) -> None:
        """Let time pass until charger second `to`; everything due on the way happens at its own second."""
        while (due := self.timers.next_due) is not None and due <= to:
            self._move_to(due)
            if handler := self._handlers.get(self.timers.pop()):
                handler()
            self.settle()
        self._move_to(to)
        self.settle()

    # What people and cars do

    def plug(self, car: Car | None = None) -> None:
        """Put the cable into a car (a common one if none is given)."""
        self.connector.car = car or Car()
        if self.running:
            self.sessions.plugged()
        self.settle()

    def unplug(self) -> None:
        """Pull the cable out."""
        self.connector.car = None
        if self.running:
            self.sessions.unplugged()
        self.settle()

    def tap(self, id_tag: str) -> None:
        """Present an RFID card."""
        if self.running:
            self.sessions.tap(id_tag)
        self.settle()

    def car_full(self) -> None:
        """Let the car be full."""
        if self.car is not None:
            self.car.fill()
        self.settle()

    def car_pause(self) -> None:
        """Let the car stop drawing by itself."""
        if self.car is not None:
            self.car.paused = True
        self.settle()

    def car_resume(self) -> None:
        """Let the car draw again."""
        if self.car is not None:
            self.car.paused = False
        self.settle()

    def fault(self, *, present: bool = True) -> None:
        """Set or clear an internal error."""
        self.connector.faulted = present
        self.settle()

    def eco_smart(self, *, on: bool = True) -> None:
        """Turn Eco-Smart of the Wallbox app on, which overrules OCPP, or off."""
        self.connector.eco_smart = on
        self.settle()

    def power_off(self) -> None:
        """Cut its power."""
        if not self.powered:
            return
        if self.running:
            match self.personality.after_power_cycle:
                case AfterPowerCycle.STOPS:
                    self.sessions.end("PowerLoss")
                case AfterPowerCycle.FORGETS:
                    self.sessions.forget()
                case AfterPowerCycle.RESUMES:
                    pass
        self._go_dark()
        self.powered = False
        self.booting = False
        self.settle()

    def power_on(self) -> None:
        """Give it power; it boots."""
        if self.powered:
            return
        self.powered = True
        if self.personality.loses_clock:
            self.clock.forget(self.now)
        self._boot()
        self.settle()

    # What the socket does

    def connected(self) -> None:
        """Handle an open socket."""
        self.link.opened()
        self.settle()

    def connect_failed(self) -> None:
        """Handle a failed attempt to connect."""
        self.link.retry_later()
        self.settle()

    def disconnected(self) -> None:
        """Handle a closed socket."""
        self.link.closed()
        self.settle()

    def heard(self) -> None:
        """Handle a WebSocket ping or pong of the server."""
        if self.link.up:
            self.link.heard()

    def received(self, text: str) -> None:
        """Handle a text frame of the server."""
        if self.link.up:
            self.link.received(text)
            self.settle()

    def take_frames(self) -> list[str]:
        """Return the text frames to send, once."""
        return self.line.take_frames()

    def take_ping(self) -> bool:
        """Return once whether a WebSocket ping is to be sent."""
        return self.link.take_ping()

    def take_drop(self) -> bool:
        """Return once whether the socket is to be torn down without a close handshake."""
        return self.link.take_drop()

    # Inside

    def settle(self) -> None:
        """Update all that depends on a change: current, status, messages, next waits."""
        self.connector.refresh()
        self.reports.status_changed()
        self.link.pump()
        self.timers.set(
            Timer.PHYSICS, self.connector.next_change if self.running else None
        )

    def key_changed(self, name: str) -> None:
        """Apply a key that has just taken effect."""
        match name:
            case "AuthEnabled" if self.sessions.free:
                self.sessions.became_free()
            case "WebSocketUrl":
                self.link.move_away()
            case _:
                self.reports.reschedule()

    def restart(self) -> None:
        """Restart at once, on the open socket."""
        self.configuration.reboot()
        self.link.boot_due = self.personality.sends_boot
        self.sessions.restore()
        self.reports.boot()

    def _move_to(self, now: float) -> None:
        self.connector.move_to(now)
        self.now = now

    def _reset(self) -> None:
        self._go_dark()
        self._boot()

    def _go_dark(self) -> None:
        self.link.drop()
        self.timers.clear()
        self.connector.contactor_closed = False
        self.connector.authorised_tag = None
        self.connector.winding_down = False
        self.connector.profiles.reboot()

    def _boot(self) -> None:
        self.booting = True
        self.timers.set(Timer.BOOTED, self.now + self._boot_seconds)

    def _booted(self) -> None:
        self.booting = False
        self.configuration.reboot()
        self.link.rebooted()
        self.reservations.restore()
        self.sessions.restore()
        self.reports.reschedule()
