"""Starts all parts of the demo: Home Assistant with automation and dashboard, and a Wallbox."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
import shutil
import socket

from simulator.home_assistant import (
    Charger,
    HomeAssistantApi,
    HomeAssistantProcess,
    Owner,
    add_charger,
    add_wallbox_ocpp,
    make_folder,
)
from simulator.virtual_wallbox import FIRMWARES, Car, VirtualWallbox
from simulator.virtual_wallbox.control import Control

from .dashboard import DASHBOARD, add_automation, add_dashboard, settle

IDENTITY = "100001"
THINKING = 1.0
"""Seconds the Wallbox takes to answer, slow enough to see the requests."""
AGE = timedelta(hours=60)
"""For how long the Wallbox has been in use."""
EVENINGS = ((6.0, 3.5), (42.0, 2.0))
"""When a car was plugged in, in hours after that, and for how many hours."""
STOP_TIMEOUT = 4.0
"""Seconds Home Assistant gets to stop before it is killed."""


class PortTakenError(Exception):
    """Something else listens on a port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The TCP ports of the demo."""

    home_assistant: int = 8123
    ocpp: int = 9000
    control: int = 8090


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The running parts of the demo."""

    api: HomeAssistantApi
    entry_id: str
    """The id of the integration's config entry."""
    charger: Charger
    box: VirtualWallbox
    """Powered, with factory settings; it connects with `box.start()`."""
    ocpp_url: str
    dashboard_url: str
    control_url: str


def check_ports(ports: Ports) -> None:
    """Check that all ports are free.

    Raises:
        PortTakenError: One is not; says which and what to do.
    """
    for option, port in (
        ("--port", ports.home_assistant),
        ("--ocpp-port", ports.ocpp),
        ("--control-port", ports.control),
    ):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise PortTakenError(
                    f"Port {port} is taken: choose another one with {option}."
                ) from None


def live(box: VirtualWallbox) -> None:
    """Let a Wallbox run until now: it has charged a car on some evenings, without a connection."""
    charger, hour = box.charger, timedelta(hours=1).total_seconds()
    for began, lasted in EVENINGS:
        charger.advance(began * hour)
        charger.plug(Car(max_amps=16))
        charger.advance((began + lasted) * hour)
        charger.unplug()
    charger.advance(AGE.total_seconds())


@asynccontextmanager
async def set_stage(folder: Path, ports: Ports, owner: Owner) -> AsyncGenerator[Stage]:
    """Start Home Assistant in a new folder, set up the integration, and stop all in the end."""
    ocpp_url = f"ws://127.0.0.1:{ports.ocpp}"
    shutil.rmtree(folder, ignore_errors=True)
    make_folder(folder, ports.home_assistant)
    async with HomeAssistantProcess(folder, ports.home_assistant) as home:
        token = await HomeAssistantApi.create_owner(home.url, owner)
        try:
            async with HomeAssistantApi.connect(home.url, token) as api:
                entry_id = await add_wallbox_ocpp(api, ports.ocpp)
                charger = await add_charger(api, entry_id, IDENTITY)
                await settle(api, entry_id, IDENTITY)
                await add_automation(api, charger)
                await add_dashboard(api)
                box = VirtualWallbox(
                    ocpp_url,
                    IDENTITY,
                    FIRMWARES["6.7.38"],
                    reply_delay=(THINKING, THINKING),
                    age=AGE,
                )
                live(box)
                async with Control(box, ports.control) as control:
                    try:
                        yield Stage(
                            api=api,
                            entry_id=entry_id,
                            charger=charger,
                            box=box,
                            ocpp_url=ocpp_url,
                            dashboard_url=f"{home.url}/{DASHBOARD}/chargers",
                            control_url=control.url,
                        )
                    finally:
                        await box.stop()
        finally:
            await home.stop(STOP_TIMEOUT)
