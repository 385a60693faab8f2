"""The rules of docs/architecture.md that can be seen on the wire, over one life of each firmware."""

from itertools import pairwise
from typing import Final

import pytest

from simulator.virtual_wallbox import (
    FIRMWARES,
    Car,
    Direction,
    VirtualWallbox,
    WireFrame,
)
from tests.conftest import StartCharger
from tests.helpers.screen import Screen

CALL: Final = 2
ERROR: Final = 4
OUTAGE: Final = 60
"""Seconds without a connection."""
GAP: Final = 0.5
"""Seconds that lie between two of our requests at least."""
FREE: Final = {"key": "AuthEnabled", "value": "false"}


async def live(box: VirtualWallbox, screen: Screen) -> None:
    """Let a charger be fixed, charge, be limited and paused, lose its network, and be rebooted."""
    pending = {"unknown", "applying"}
    await box.wait_until(lambda: screen.sensor("offline_protection") not in pending)
    box.plug(Car())
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    await screen.set("current_limit", 10)
    await screen.switch("charging", on=False)
    await screen.switch("charging", on=True)
    box.cut_network()
    await box.sleep(OUTAGE)
    box.restore_network()
    await box.wait_connected()
    await box.sleep(OUTAGE)
    box.unplug()
    await box.wait_until(lambda: screen.sensor("status") == "available")
    await screen.press("reboot")
    await box.wait_until(lambda: not box.connected)
    await box.wait_connected()
    await box.sleep(OUTAGE)


def ours(box: VirtualWallbox) -> list[WireFrame]:
    """Return our requests, in order."""
    return [
        frame
        for frame in box.wire
        if frame.direction is Direction.RECEIVED and frame.kind == CALL
    ]


def named(frames: list[WireFrame], action: str) -> list[WireFrame]:
    """Return those of an action."""
    return [frame for frame in frames if frame.action == action]


@pytest.mark.parametrize("firmware", FIRMWARES)
async def test_the_rules_hold_on_the_wire(
    start_charger: StartCharger, screen: Screen, firmware: str
) -> None:
    personality = FIRMWARES[firmware]
    box = await start_charger(personality, boot_seconds=10)
    await live(box, screen)
    requests, frames = ours(box), list(box.wire)
    assert {"SetChargingProfile", "GetConfiguration", "Reset"} <= {
        frame.action for frame in requests
    }

    # The answer to a boot that was not asked for comes before any request.
    for boot in box.sent("BootNotification") if personality.sends_boot else ():
        answer = box.reply_to(boot)
        assert answer is not None
        between = frames[frames.index(boot) : frames.index(answer)]
        assert not [frame for frame in between if frame in requests]

    # One request at a time, and half a second between two.
    for one, next_one in pairwise(requests):
        assert next_one.time - one.time >= GAP
        answer = box.reply_to(one)
        assert answer is None or answer.time <= next_one.time

    # No message of a transaction is refused.
    said = [*box.sent("StartTransaction"), *box.sent("StopTransaction")]
    assert said
    for message in said:
        answer = box.reply_to(message)
        assert answer is not None
        assert answer.kind != ERROR

    # Nothing is paused by an end, and the operator's address is never written.
    assert not named(requests, "RemoteStopTransaction")
    written = named(requests, "ChangeConfiguration")
    keys = {frame.payload["key"] for frame in written}
    assert not any(key.startswith("WebSocket") for key in keys)

    # The limit goes in before free mode, which is not touched within a transaction.
    free = [frame for frame in written if frame.payload == FREE]
    assert len(free) == ("AuthEnabled" not in personality.absent_keys)
    limits = named(requests, "SetChargingProfile")
    for frame in free:
        assert limits[0].time < frame.time
        assert frame.time < box.sent("StartTransaction")[0].time

    # The limit goes in again after a boot, if that is told.
    boots = box.sent("BootNotification")
    assert limits[-1].time > boots[-1].time
    assert len(boots) == (2 if personality.sends_boot else 1)
