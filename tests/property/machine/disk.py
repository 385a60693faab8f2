"""The disk under Home Assistant, and the moment at which its process is killed."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
import errno
from pathlib import Path
from typing import Any, Final, Self
from unittest.mock import patch

from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import storage
from homeassistant.util.file import WriteError, write_utf8_file_atomic

_TURNS_OF_A_JOB: Final = 3
"""Turns of the loop that a job of the executor takes."""


class Disk:
    """Takes what a process writes, until that process dies.

    A dead process goes on in this one, but leaves no trace: nothing more is written here, and
    whoever else could notice it asks `alive` first.

    Attributes:
        alive: The process has not come to its end.
        busy: Jobs that it waits for.
        in_vain: Its last write never landed.
    """

    def __init__(self) -> None:
        """Be under a process that lives."""
        self.alive = True
        self.busy = 0
        self.in_vain = False
        self._on_landed: Callable[[], None] = lambda: None
        self._writes_to_death: int | None = None
        self._dies_before = False
        self._full_for = 0
        self._write = write_utf8_file_atomic

    @classmethod
    @contextmanager
    def under(cls, hass: HomeAssistant) -> Generator[Self]:
        """Take the place of the disk and of the executor of Home Assistant."""
        disk = cls()
        with (
            patch.object(storage, "write_utf8_file_atomic", disk.write),
            patch.object(hass.loop, "run_in_executor", disk.job),
            # A process that dies leaves its files to the system, which lives on.
            patch("os.fsync"),
            patch("atomicwrites._proper_fsync"),
        ):
            yield disk

    def on_landed(self, call: Callable[[], None]) -> None:
        """Have a function called whenever something has been written."""
        self._on_landed = call

    def kill_at(self, write: int, *, before: bool) -> None:
        """Kill the process at the n-th write from now, just before or just after it lands."""
        self._writes_to_death, self._dies_before = write, before

    def be_full(self, writes: int) -> None:
        """Refuse the next writes."""
        self._full_for = writes

    def behave(self) -> None:
        """Let nothing happen that was going to."""
        self._writes_to_death = None
        self._full_for = 0

    def kill(self) -> None:
        """Kill the process now."""
        self.alive = False
        self.in_vain = True

    def bury(self) -> None:
        """Let nothing more come of a process that has ended."""
        self.alive = False

    def revive(self) -> None:
        """Be under a new process."""
        self.behave()
        self.alive = True
        self.in_vain = False

    def write(self, path: str, data: bytes, private: bool, *, mode: str) -> None:
        """Write a file of ours whole, or not at all; nobody reads the others.

        Raises:
            WriteError: The disk is full.
        """
        if not self.alive or not Path(path).name.startswith(DOMAIN):
            return
        if self._writes_to_death is not None:
            self._writes_to_death -= 1
        dying = self._writes_to_death == 0
        if dying and self._dies_before:
            self.kill()
            return
        if self._full_for:
            self._full_for -= 1
            self.in_vain = True
            raise WriteError(OSError(errno.ENOSPC, "full"))
        self._write(path, data, private, mode=mode)
        self.in_vain = False
        self._on_landed()
        if dying:
            self.kill()

    def job(
        self, _: object, target: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Do a job of the executor in the loop, some turns later."""
        return asyncio.ensure_future(self._job(target, *args))

    async def _job(self, target: Callable[..., Any], *args: Any) -> Any:
        self.busy += 1
        try:
            for _ in range(_TURNS_OF_A_JOB):
                await asyncio.sleep(0)
            return target(*args)
        finally:
            self.busy -= 1
