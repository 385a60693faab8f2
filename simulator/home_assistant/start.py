"""How the process of a Home Assistant is started: anew, or from one that has loaded everything already."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
import json
import os
from pathlib import Path
import signal
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory
from typing import Final, Protocol

_REPOSITORY: Final = Path(__file__).parents[2]

CURRENT: Final = _REPOSITORY / ".venv-current" / "bin" / "python"
"""The Python of the environment that has the current release of Home Assistant."""


class Process(Protocol):
    """A process, as asyncio has it."""

    @property
    def returncode(self) -> int | None:
        """The exit code once it has ended: below 0, the signal that killed it."""

    async def wait(self) -> int:
        """Wait until it has ended, and return its exit code."""

    def terminate(self) -> None:
        """Ask it to end."""

    def kill(self) -> None:
        """End it as a power cut would."""


type Start = Callable[[str, list[str], dict[str, str], Path], Awaitable[Process]]
"""Starts a Python module with arguments, more variables of the environment, and a file for what it prints."""


async def start_anew(
    program: str, arguments: list[str], environment: dict[str, str], output: Path
) -> Process:
    """Start a process of its own."""
    with output.open("ab") as file:
        return await asyncio.create_subprocess_exec(
            CURRENT,
            *("-m", program, *arguments),
            env={**os.environ, **environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            # Ctrl-C is for whoever started us to hear, who then stops it in good order.
            start_new_session=True,
        )


@contextmanager
def preloaded() -> Generator[Start]:
    """Load Home Assistant once, and fork each process from it: three times as fast.

    Raises:
        RuntimeError: It cannot be loaded; why is on stderr.
    """
    with TemporaryDirectory() as folder:
        socket = Path(folder) / "socket"
        module = "simulator.home_assistant.preloaded"
        with Popen(
            [CURRENT, "-m", module, socket],
            cwd=_REPOSITORY,
            stdout=PIPE,
            start_new_session=True,
        ) as loaded:
            assert loaded.stdout
            if not loaded.stdout.readline():
                raise RuntimeError("Home Assistant cannot be loaded")

            async def fork(
                program: str,
                arguments: list[str],
                environment: dict[str, str],
                output: Path,
            ) -> Process:
                reader, writer = await asyncio.open_unix_connection(socket)
                order = {
                    "program": program,
                    "arguments": arguments,
                    "environment": environment,
                    "output": str(output),
                }
                writer.write(json.dumps(order).encode() + b"\n")
                return _Forked(int(await reader.readline()), reader, writer)

            try:
                yield fork
            finally:
                loaded.kill()


class _Forked:
    """A process that was forked from another one, which tells when it has ended."""

    def __init__(
        self, process_id: int, reader: StreamReader, writer: StreamWriter
    ) -> None:
        """Listen until it has ended."""
        self._process_id = process_id
        self._ended = asyncio.create_task(_exit_code(reader, writer))

    @property
    def returncode(self) -> int | None:
        return self._ended.result() if self._ended.done() else None

    async def wait(self) -> int:
        return await asyncio.shield(self._ended)

    def terminate(self) -> None:
        os.kill(self._process_id, signal.SIGTERM)

    def kill(self) -> None:
        os.kill(self._process_id, signal.SIGKILL)


async def _exit_code(reader: StreamReader, writer: StreamWriter) -> int:
    code = int(await reader.readline())
    writer.close()
    return code
