"""Let a year pass, and print what came of it."""

from argparse import ArgumentParser
import asyncio
from pathlib import Path
from secrets import randbits
import sys
from tempfile import TemporaryDirectory
import time
from unittest.mock import patch

from simulator.home_assistant.in_process import all_entities_enabled
from simulator.home_assistant.ports import free_port
from simulator.virtual_time import VirtualTimeLoop, WallClock
from tests.property.machine.complaints import complaints_to

from .report import Report, SoakError, begin_and_end
from .wallbox import PERSONALITIES
from .year import Year


async def soak(seed: int, chargers: int, days: int, tell: bool = False) -> Report:
    """Let days pass, in a folder of their own."""
    loop = asyncio.get_running_loop()
    with (
        TemporaryDirectory() as folder,
        WallClock(loop).on_the_wall(),
        all_entities_enabled(),
        # A process that dies leaves its files to the system, which lives on.
        patch("os.fsync", new=_leave_it),
        patch("atomicwrites._proper_fsync", new=_leave_it),
    ):
        year = Year(Path(folder), free_port(), seed, chargers)
        with complaints_to(year.home.complained):
            return await year.live(days, print if tell else lambda _: None)


def _leave_it(_: int) -> None:
    """Leave a file to the system."""


def told(report: Report, seconds: float) -> str:
    """Return what a run came to, in one line."""
    return (
        f"{report.chargers} chargers, {report.days} days, {report.sessions} sessions, "
        f"{report.energy / 1000:.0f} kWh ({report.unattended / 1000:.1f} kWh unattended), "
        f"{report.restarts} restarts, {report.kills} kills in {seconds / 60:.1f} minutes; "
        f"memory {span(report.memory)} MB, tasks {span(report.tasks)}, "
        f"at most {report.stored:.0f} kB stored of a charger"
    )


def span(values: list[float] | list[int]) -> str:
    """Return where values began and where they ended."""
    first, last = begin_and_end(values)
    return f"{first:.0f} to {last:.0f}"


def main() -> None:
    """Read the arguments, and let the days pass."""
    parser = ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument(
        "--chargers", type=int, default=len(PERSONALITIES), help="(%(default)s)"
    )
    parser.add_argument("--days", type=int, default=365, help="(%(default)s)")
    parser.add_argument("--seed", type=int, default=randbits(32), help="any by default")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    began = time.monotonic()
    run = soak(options.seed, options.chargers, options.days, tell=True)
    try:
        report = asyncio.run(run, loop_factory=VirtualTimeLoop)
    except SoakError as error:
        sys.exit(f"{error}")
    print(told(report, time.monotonic() - began))


if __name__ == "__main__":
    main()
