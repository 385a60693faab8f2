"""A charger whose offline protection is tested, moved on by what it says and by the clock."""

from dataclasses import dataclass, field
from typing import Any

from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import Wish
from custom_components.wallbox_ocpp.wallbox.model.offline_fix import (
    ProfileName,
    Protection,
    Verdict,
)
from custom_components.wallbox_ocpp.wallbox.model.offline_test import (
    Phase,
    Report,
    Variant,
)
from custom_components.wallbox_ocpp.wallbox.plan import notice, offline_test
from custom_components.wallbox_ocpp.wallbox.receive import messages
from tests.wallbox.said import energy, metered, power, status

from .drive import ACCEPTED, Drive, Policy, accepts_all, to, within_transaction

FREE = {"AuthEnabled": "false", "AuthEnabledOffline": "false"}
PROTECTION = Protection(
    verdict=Verdict.PROTECTED, profile=ProfileName.CHARGE_HQ, found=FREE
)
WISH = Wish(current_limit=16)


@dataclass
class Trial(Drive):
    """A charger that is tested, with a car that draws what it is allowed."""

    policy: Policy = field(default=accepts_all, kw_only=True)

    def begin(self, **variant: Any) -> None:
        """Begin a test of a charger that charges at 16 A, and run it to rest."""
        self.box.settings |= FREE
        self.run()
        self.reads(1000.0, watts=3680)
        self.state = offline_test.begun(self.state, Variant(**variant), self.now)
        self.run(self.policy)

    def hears(self, *said: Any) -> None:
        """Take in messages, and go on."""
        for message in said:
            outcome = messages.apply(self.state, message, self.now)
            self.state = outcome.state
            for event in outcome.events:
                self.state = notice.noticed(self.state, event, self.now)
        self.run(self.policy)

    def reads(self, register: float, watts: float = 0.0) -> None:
        """Take in a reading."""
        running = self.state.ledger.open
        number = running.transaction_id if running else None
        samples = energy(register), power(watts)
        self.hears(metered(*samples, at=self.now, transaction_id=number))

    def pauses(self) -> None:
        """Let the charger follow the pause, and tell its meter."""
        self.wait(2)
        self.hears(status("SuspendedEVSE"))
        self.wait(15)
        self.run(self.policy)
        self.wait(1)
        self.reads(1001.0)

    def leaves(self) -> None:
        """Lose the connection."""
        self.state = notice.disconnected(messages.disconnected(self.state, self.now))
        self.elapse(0)

    def returns(self, *said: Any) -> None:
        """Connect again, and say something."""
        self.state = notice.connected(messages.connected(self.state, self.now))
        self.hears(*said)

    def elapse(self, number: float) -> None:
        """Let some seconds pass, as they do for a charger that is away."""
        self.wait(number)
        self.state = notice.elapsed(self.state, self.now)

    def ends(self, register: float = 1001.0) -> Report:
        """Let a charger that is back tell the rest."""
        self.wait(31)
        self.run(self.policy)
        self.wait(1)
        self.reads(register)
        return self.report

    def phase(self) -> Phase | None:
        """How far it is."""
        ongoing = self.state.offline_test.ongoing
        return ongoing.phase if ongoing else None

    @property
    def report(self) -> Report:
        """What came of it."""
        assert self.state.offline_test.ongoing is None
        assert self.state.offline_test.latest
        return self.state.offline_test.latest

    @property
    def outcome(self) -> tuple[str, ...]:
        """The result, and why."""
        return (self.report.result, *self.report.causes)


def on_trial(**variant: Any) -> Trial:
    """Return a charger whose test has begun."""
    run = Trial(
        within_transaction(protection=PROTECTION, wish=WISH, originals={"kept": "x"})
    )
    run.begin(**variant)
    return run


def left_alone(**variant: Any) -> Trial:
    """Return a charger that is alone."""
    run = on_trial(**variant)
    run.pauses()
    if variant.get("reboot"):
        run.run(to("Reset", ACCEPTED))
    assert run.phase() is Phase.ALONE
    assert run.state.offline_test.shuts_out
    run.leaves()
    return run


def waited_for(**variant: Any) -> Trial:
    """Return a charger that is let in again."""
    run = left_alone(**variant)
    run.elapse(299)
    assert run.phase() is Phase.ALONE
    run.elapse(1)
    assert run.phase() is Phase.RETURNING
    assert not run.state.offline_test.shuts_out
    return run
