"""The demo's script: a car charges, is paused, loses the network, charges on, and is unplugged."""

import asyncio
from datetime import datetime
from typing import Any, Final

from simulator.virtual_wallbox import Car

from .stage import Stage

_CHARGING: Final = 25
"""Seconds of charging, enough for two readings."""
_ALONE: Final = 15
"""Seconds without a network."""


def say(*lines: str) -> None:
    """Print to the terminal."""
    for line in lines:
        print(line, flush=True)  # noqa: T201


def tell(line: str) -> None:
    """Print a step of the script with its time."""
    say(f"{datetime.now():%H:%M:%S}  {line}")


async def tell_story(stage: Stage) -> None:
    """Run the script; each step waits for what Home Assistant shows."""
    api, box, entities = stage.api, stage.box, stage.charger.entities

    async def switch(action: str) -> None:
        await api.call_service(f"switch.{action}", entity_id=entities["charging"])

    async with api.subscribe("persistent_notification/subscribe") as notifications:
        await box.start()
        await api.wait_for(entities["halo"], "locked")
        tell("The Wallbox connects with its factory settings.")
        tell("Its halo is YELLOW: locked. Offline, it would start charging by itself.")

        await api.wait_for(entities["offline_protection"], "protected")
        await api.wait_for(entities["halo"], "ready")
        tell("Home Assistant has applied the offline fix.")
        tell("The halo is GREEN: ready for any car, and offline changes nothing.")
        await asyncio.sleep(4)

        box.plug(Car(max_amps=16))
        await api.wait_for(entities["status"], "charging")
        tell("A car is plugged in and charges: a session starts. The halo is BLUE.")
        await asyncio.sleep(_CHARGING)

        await switch("turn_off")
        await box.wait_until(lambda: box.charger.current_drawn == 0)
        tell("You turn Charging off: the car draws 0 A, the session stays open.")
        await asyncio.sleep(3)

        session, cut_at = box.charger.transaction, box.charger.now
        box.cut_network()
        tell("The network is cut. This is when a Wallbox used to start charging …")
        await asyncio.sleep(_ALONE)
        box.look()
        drawn = box.charger.drew_current_since(cut_at)
        seconds = box.charger.now - cut_at
        tell(f"… {seconds:.0f} seconds later the car has drawn {drawn:.0f} A.")
        box.restore_network()
        await api.wait_for(
            entities["why_not_charging"],
            lambda state: state["state"] != "no_connection",
        )
        await box.wait_until(lambda: box.charger.transaction is session)
        tell(
            "The network is back, and so is the Wallbox. It is still the same session."
        )
        await asyncio.sleep(2)

        await switch("turn_on")
        await api.wait_for(entities["status"], "charging")
        tell("You turn Charging on: the car charges again.")
        await asyncio.sleep(_CHARGING)

        # There are notifications of earlier sessions, too, which the Wallbox has reported late.
        while not notifications.empty():
            notifications.get_nowait()
        box.unplug()
        tell("The car leaves: the session ends, and your automation tells you:")
        tell(f"“{await _report(notifications)}”")


async def _report(notifications: asyncio.Queue[Any]) -> str:
    while True:
        event = await notifications.get()
        for notification in event["notifications"].values():
            if event["type"] == "added":
                return f"{notification['title']}: {notification['message']}"
