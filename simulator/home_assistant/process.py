"""The process."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from aiohttp import ClientConnectionError, ClientSession

from .api import POLL
from .kill_point import KillPoint
from .later import LATER_BY
from .start import Process, Start, start_anew

_LATER: Final = "simulator.home_assistant.later"
_LOG_TAIL: Final = 30
"""Lines of the log to show when it does not start."""


class HomeAssistantProcess:
    """The current release of Home Assistant on a folder; it can be started again after a stop.

    As a context manager it is started, and killed at the end unless it has stopped.

    Attributes:
        program: The Python module to run when it is started.
        later: How far its clock is ahead when it is started; it then runs in a module of its own.
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        *,
        program: str = "homeassistant",
        start: Start = start_anew,
    ) -> None:
        """Remember where; nothing runs yet.

        Args:
            folder: Its configuration folder.
            port: Of its web server.
            program: The Python module to run.
            start: How its process is started.
        """
        self.folder = folder
        self.program = program
        self.later = timedelta()
        self.url = f"http://127.0.0.1:{port}"
        self._start = start
        self._process: Process | None = None

    async def __aenter__(self) -> Self:
        """Start it."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave no process behind."""
        await self.kill()

    @property
    def log(self) -> Path:
        """Where it logs."""
        return self.folder / "home-assistant.log"

    async def start(self, timeout: float = 60) -> None:
        """Start it and wait until its web server answers.

        A kill point is cleared first.

        Raises:
            RuntimeError: It has ended instead, or did not answer in time; with the end of its log.
        """
        KillPoint.clear(self.folder)
        self._process = await self._start(
            _LATER if self.later else self.program,
            ["--config", str(self.folder), "--skip-pip"],
            {LATER_BY: str(self.later.total_seconds())},
            self.folder / "output.log",
        )
        async with AsyncExitStack() as undo:
            undo.push_async_callback(self.kill)
            await self._wait_for_answer(timeout)
            undo.pop_all()

    async def stop(self, timeout: float = 20) -> float:
        """Ask it to stop, and return how many seconds it took.

        Raises:
            TimeoutError: It took longer than `timeout` seconds, and has been killed.
        """
        clock = asyncio.get_running_loop().time
        asked_at = clock()
        if self._process is None:
            return 0.0
        self._process.terminate()
        try:
            async with asyncio.timeout(timeout):
                await self._process.wait()
        finally:
            await self.kill()
        return clock() - asked_at

    async def ended(self, timeout: float = 20) -> int:
        """Wait until it has ended, and return its exit code: below 0, the signal that killed it.

        Raises:
            TimeoutError: It lives on after `timeout` seconds.
        """
        if self._process is None:
            return 0
        async with asyncio.timeout(timeout):
            return await self._process.wait()

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is None:
            return
        process, self._process = self._process, None
        if process.returncode is None:
            process.kill()
        await process.wait()

    async def _wait_for_answer(self, timeout: float) -> None:
        try:
            async with asyncio.timeout(timeout), ClientSession() as client:
                while not await self._answers(client):
                    await asyncio.sleep(POLL)
        except TimeoutError:
            raise RuntimeError(
                f"Home Assistant does not answer:\n{self._tail()}"
            ) from None

    async def _answers(self, client: ClientSession) -> bool:
        if self._process is None or self._process.returncode is not None:
            raise RuntimeError(f"Home Assistant did not start:\n{self._tail()}")
        try:
            async with client.get(f"{self.url}/manifest.json") as response:
                return response.ok
        except ClientConnectionError:
            return False

    def _tail(self) -> str:
        lines = [
            line
            for log in (self.folder / "output.log", self.log)
            if log.exists()
            for line in log.read_text(errors="replace").splitlines()
        ]
        return "\n".join(lines[-_LOG_TAIL:])
