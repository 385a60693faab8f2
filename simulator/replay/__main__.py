"""Plays a diagnostics file to the integration, and prints what its owner would have seen."""

from argparse import ArgumentParser
import asyncio
from collections.abc import Iterator
import json
import logging
from pathlib import Path
import sys
from tempfile import TemporaryDirectory
from typing import Any

from simulator.home_assistant.in_process import home_assistant
from simulator.home_assistant.ports import free_port
from simulator.virtual_time import VirtualTimeLoop

from .player import Outcome, replay
from .recording import Recording


async def play(recording: Recording) -> Outcome:
    """Play it in a Home Assistant of its own."""
    with TemporaryDirectory() as folder:
        async with home_assistant(Path(folder)) as hass:
            return await replay(hass, recording, free_port())


def told(outcome: Outcome) -> Iterator[str]:
    """Return the outcome, line by line."""
    for sight in outcome.seen:
        yield f"{sight.at:%Y-%m-%d %H:%M:%S}  {sight.what}: {plain(sight.how)}"
    yield ""
    yield f"Offline protection in the end: {outcome.verdict}"
    yield f"Repairs in the end: {', '.join(outcome.repairs) or 'none'}"
    for at, action in outcome.not_asked:
        yield f"Not asked this time: {action} of {at:%H:%M:%S}"
    if outcome.guessed:
        yield f"Asked this time, and answered by guess: {', '.join(outcome.guessed)}"


def plain(how: Any) -> str:
    """Return a value as one line."""
    return how if isinstance(how, str) else json.dumps(how)


def main() -> None:
    """Read the file and play it."""
    parser = ArgumentParser(prog="scripts/replay", description=__doc__)
    parser.add_argument("file", type=Path, help="as downloaded from Home Assistant")
    parser.add_argument(
        "--charger", type=int, default=1, help="which of its chargers (%(default)s)"
    )
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    try:
        file = json.loads(options.file.read_text())
        recording = Recording.read(file, options.charger - 1)
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"{options.file} cannot be played: {error}")
    for line in told(asyncio.run(play(recording), loop_factory=VirtualTimeLoop)):
        print(line)


if __name__ == "__main__":
    main()
