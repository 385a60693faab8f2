"""Compares what people were told with what really happened in a charger."""

from collections.abc import Iterator
from typing import Any, Final

from custom_components.wallbox_ocpp.wallbox.model.offline_energy import NOTICEABLE
from simulator.virtual_wallbox.connector import SECONDS_PER_HOUR
from tests.property.machine.history import WITHIN

from .home import Home
from .wallbox import Alone, Wallbox

UNSEEN: Final = 150.0
"""Seconds around a time without a connection in which nobody reads the meter: up to a minute until
what was read is on disk, and until the first reading of after is there. What flows in them may be told, too."""

UNNOTICED: Final = 2 * NOTICEABLE
"""Wh of such a time that need not be told: a reading may have arrived whose answer was lost, so that what
flowed before and after was too little by itself."""

MOST_WRITTEN: Final = 200
"""Limits in an eventful day, which is an hour or two, with up to ten reboots."""


def contradictions(home: Home, box: Wallbox) -> list[str]:
    """Return where people were told otherwise than it was today."""
    return [
        *box.history.contradictions(home.told[box.identity]),
        *_of_the_meter(home, box),
        *home.dips[box.identity],
        *box.charger.violations,
        *home.complaints,
    ]


def _of_the_meter(home: Home, box: Wallbox) -> Iterator[str]:
    if not box.tells_meter:
        return
    shown, register = home.shown.get(box.identity), box.charger.energy_wh
    if shown is not None and abs(shown * 1000 - register) > WITHIN:
        yield f"the meter stands at {register} Wh, and {shown} kWh are shown"


def of_unattended(box: Wallbox, told: float) -> Iterator[str]:
    """Compare the unattended energy that was told today, in Wh, with the meter."""
    surely = sum(
        alone.energy - UNNOTICED
        for alone in box.times_alone
        if alone.paused and alone.energy - UNNOTICED >= NOTICEABLE
    )
    at_most = sum(
        alone.energy + _unseen(alone) for alone in box.times_alone if alone.maybe_paused
    )
    if not box.tells_meter and at_most:
        # What flowed after such a time is known with the end of the session only.
        at_most += sum(charge.energy for charge in box.history.charges)
    if not surely - WITHIN <= told <= at_most + WITHIN:
        yield (
            f"{told} Wh were told to be unattended, and it were {surely:.1f} to {at_most:.1f} Wh: "
            f"{box.times_alone}"
        )


def of_the_next_car(home: Home, box: Wallbox) -> Iterator[str]:
    """Yield what is left of the car before, once that has gone."""
    target = home.screen(box.identity).entity("number", "energy_target").state
    if box.left and float(target):
        yield f"the next car has the target of the one before, {target} kWh"


def of_the_wear(box: Wallbox) -> Iterator[str]:
    """Yield what wears a charger out: each limit that it gets is written into its memory."""
    written = len(box.received("SetChargingProfile"))
    if written > MOST_WRITTEN:
        yield f"{written} limits were sent today"


def _unseen(alone: Alone) -> float:
    """Return what may have flowed while nobody read the meter, in Wh."""
    return alone.most * UNSEEN / SECONDS_PER_HOUR


async def of_the_year(home: Home, box: Wallbox, begun: float) -> list[str]:
    """Return where what is kept of all days is otherwise than it was."""
    kept = await home.sessions(box.identity)
    return [
        *_of_the_archive(kept, box),
        *_of_the_energy(kept, box, box.charger.energy_wh - begun),
    ]


def _of_the_archive(kept: list[dict[str, Any]], box: Wallbox) -> Iterator[str]:
    ids = [session["transaction_id"] for session in kept]
    were = [charge.transaction.id for charge in box.past]
    if sorted(ids) != sorted(number or 0 for number in were):
        twice = {number for number in ids if ids.count(number) > 1}
        yield (
            f"kept twice: {twice}, never: {set(were) - set(ids)}, "
            f"but never were: {set(ids) - set(were)}"
        )


def _of_the_energy(
    kept: list[dict[str, Any]], box: Wallbox, flowed: float
) -> Iterator[str]:
    truth = sum(charge.energy for charge in box.past)
    if abs(truth - flowed) > 1:
        yield f"{flowed} Wh flowed, and {truth} Wh of it in sessions"
    forgotten = sum(charge.energy for charge in box.past if charge.forgotten)
    told = sum((session["energy"] or 0.0) * 1000 for session in kept)
    slack = WITHIN * len(box.past)
    if not flowed - forgotten - slack <= told <= flowed + slack:
        yield f"{flowed} Wh flowed, and {told} Wh are in the sessions that are kept"
