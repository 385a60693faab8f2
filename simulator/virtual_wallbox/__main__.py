"""Run one virtual Wallbox against any central system, with a page to control it."""

from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
import asyncio
from dataclasses import fields, replace
from enum import StrEnum
import signal
import sys
from typing import Any

from ..schemas import ViolationError
from .car import Car
from .control import ACTIONS, Control
from .driver import VirtualWallbox
from .personality import COPPER_SB, FIRMWARES, Personality
from .quirks import QUIRKS, with_quirks
from .schedule_quirks import SCHEDULE_QUIRKS

_EPILOG = f"""\
firmwares: {", ".join(FIRMWARES)}, copper-sb
actions of the control page: {", ".join(ACTIONS)}
quirks: {", ".join([*QUIRKS, *SCHEDULE_QUIRKS])}
switches for --set: {", ".join(field.name for field in fields(Personality))}
"""


def with_switch(personality: Personality, text: str) -> Personality:
    """Change one switch, given as `name=value`.

    Raises:
        ValueError: There is no such switch, or the value does not fit.
    """
    name, _, value = text.partition("=")
    if name not in {field.name for field in fields(Personality)}:
        raise ValueError(f"no switch is called {name!r}")
    changes: dict[str, Any] = {name: _converted(value, getattr(personality, name))}
    return replace(personality, **changes)


def _converted(value: str, like: object) -> object:
    match like:
        case bool():
            return {"true": True, "false": False}[value]
        case int():
            return int(value)
        case StrEnum():
            return type(like)(value)
        case str():
            return value
        case frozenset():
            return frozenset(value.split(","))
        case tuple():
            return tuple(type(like[0])(part) for part in value.split(","))
        case float() | None:
            return None if value == "none" else float(value)
        case _:
            raise ValueError("this switch cannot be set here")


def _arguments() -> Namespace:
    parser = ArgumentParser(
        prog="python -m simulator.virtual_wallbox",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--url",
        required=True,
        help="of the central system, such as ws://127.0.0.1:9000",
    )
    parser.add_argument(
        "--identity", default="100001", help="charge point identity (%(default)s)"
    )
    parser.add_argument("--password", help="for HTTP Basic authentication")
    parser.add_argument(
        "--firmware",
        default="6.7.38",
        choices=[*FIRMWARES, "copper-sb"],
        help="(%(default)s)",
    )
    parser.add_argument(
        "--quirk",
        action="append",
        default=[],
        choices=[*QUIRKS, *SCHEDULE_QUIRKS],
        metavar="QUIRK",
        help="have a quirk as well; repeatable",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="SWITCH=VALUE",
        help="change a switch; repeatable",
    )
    parser.add_argument(
        "--speed",
        type=float,
        default=1.0,
        help="charger seconds per second (%(default)s)",
    )
    parser.add_argument(
        "--boot-seconds", type=float, help="length of a reboot in charger seconds"
    )
    parser.add_argument(
        "--already-running",
        action="store_true",
        help="connect without BootNotification",
    )
    parser.add_argument(
        "--plugged", action="store_true", help="begin with a car plugged in"
    )
    parser.add_argument(
        "--control-port",
        type=int,
        default=8090,
        help="on 127.0.0.1, 0 for any (%(default)s)",
    )
    arguments = parser.parse_args()
    personality = (
        COPPER_SB
        if arguments.firmware == "copper-sb"
        else FIRMWARES[arguments.firmware]
    )
    personality = with_quirks(personality, *arguments.quirk)
    try:
        for switch in arguments.set:
            personality = with_switch(personality, switch)
    except (KeyError, ValueError) as error:
        parser.error(f"--set {switch}: {error}")
    arguments.personality = personality
    return arguments


async def _run(arguments: Namespace) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    box = VirtualWallbox(
        arguments.url,
        arguments.identity,
        arguments.personality,
        speed=arguments.speed,
        password=arguments.password,
        already_running=arguments.already_running,
        boot_seconds=arguments.boot_seconds,
        car=Car() if arguments.plugged else None,
    )
    async with Control(box, arguments.control_port) as control, box:
        print(f"Virtual Wallbox {box.identity} is ready: {control.url}", flush=True)
        await stopped.wait()


if __name__ == "__main__":
    try:
        asyncio.run(_run(_arguments()))
    except ViolationError as error:
        sys.exit(f"Not valid by the schemas of OCPP:\n{error}")
