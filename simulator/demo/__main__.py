"""Run the demo until Ctrl-C."""

from argparse import ArgumentParser
import asyncio
from collections.abc import Coroutine
from os import environ
from pathlib import Path
import signal
from typing import Any, Final

from simulator.home_assistant import Owner

from .dashboard import AUTOMATION
from .stage import Ports, PortTakenError, Stage, check_ports, set_stage
from .story import say, tell_story

_PROLOGUE: Final = 10
"""Seconds to open the page before the story begins."""


def _ports() -> Ports:
    parser = ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=8123, help="of Home Assistant (%(default)s)"
    )
    parser.add_argument(
        "--ocpp-port", type=int, default=9000, help="chargers connect to (%(default)s)"
    )
    parser.add_argument(
        "--control-port",
        type=int,
        default=8090,
        help="of the page to play the Wallbox with (%(default)s)",
    )
    options = parser.parse_args()
    return Ports(
        home_assistant=options.port,
        ocpp=options.ocpp_port,
        control=options.control_port,
    )


def _folder(ports: Ports) -> Path:
    cache = environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "wallbox-ocpp" / f"demo-{ports.home_assistant}"


async def _demo(ports: Ports) -> None:
    folder, owner = _folder(ports), Owner()
    say("Starting Home Assistant: about 10 seconds, longer the first time …")
    async with set_stage(folder, ports, owner) as stage:
        _introduce(stage, owner, folder)
        await asyncio.sleep(_PROLOGUE)
        try:
            await tell_story(stage)
        except (TimeoutError, ValueError) as error:
            # Whoever plays with the Wallbox meanwhile makes a story of their own.
            say(f"Something else happened than the story tells: {error}")
        _hand_over(stage)
        await asyncio.Event().wait()


def _introduce(stage: Stage, owner: Owner, folder: Path) -> None:
    say(
        "",
        f"  Home Assistant       {stage.dashboard_url}",
        f"  Login, if asked      {owner.username} / {owner.password}",
        f"  The charger          {stage.api.url}/config/devices/device/{stage.charger.device_id}",
        f"  The virtual Wallbox  {stage.control_url}",
        f"  Home Assistant's log {folder / 'home-assistant.log'}",
        "",
        f"Open the first one. A story of two minutes begins in {_PROLOGUE} seconds. Ctrl-C stops",
        "everything.",
        "",
    )


def _hand_over(stage: Stage) -> None:
    say(
        "",
        "The end. See the notification, the history on the dashboard, and the automation:",
        f"  {stage.api.url}/config/automation/edit/{AUTOMATION}",
        "Now it is yours: plug in, cut the network or the power on the Wallbox's own page:",
        f"  {stage.control_url}",
        "Ctrl-C stops everything.",
    )


async def _until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Do the work until a signal says stop; further signals do not disturb the stopping."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    working, stopping = loop.create_task(work), loop.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if stopping.done():
        say("", "Stopping …")
    stopping.cancel()
    working.cancel()
    await asyncio.gather(working, return_exceptions=stop.is_set())


def main() -> None:
    """Run it."""
    ports = _ports()
    try:
        check_ports(ports)
        asyncio.run(_until_stopped(_demo(ports)))
    except PortTakenError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
