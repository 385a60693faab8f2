"""Programs in processes of their own that do as they are told, in lines of JSON."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
import json
import sys
from tempfile import TemporaryFile
from typing import Any, Final, Self

type Commands = Mapping[str, Callable[..., Awaitable[Any]]]

_LONGEST: Final = 2**24
"""Bytes of the longest line."""


class Worker:
    """Another process, as its parent sees it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        """Use `started` instead."""
        self._process = process

    @classmethod
    @asynccontextmanager
    async def started(cls, module: str, *arguments: str) -> AsyncGenerator[Self]:
        """Run a module of this package that serves commands, and end it in good order."""
        with TemporaryFile() as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", f"{__package__}.{module}", *arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                limit=_LONGEST,
            )
            try:
                yield cls(process)
            finally:
                if process.stdin:
                    process.stdin.close()
                if await process.wait():
                    log.seek(0)
                    sys.stderr.write(log.read().decode(errors="replace"))

    async def ask(self, command: str, **arguments: Any) -> Any:
        """Have something done, and return what came of it.

        Raises:
            RuntimeError: The process has ended instead, and has said why on stderr.
        """
        streams = self._process.stdin, self._process.stdout
        if streams[0] is None or streams[1] is None:
            raise RuntimeError("no pipes")
        streams[0].write(json.dumps([command, arguments]).encode() + b"\n")
        if not (line := await streams[1].readline()):
            raise RuntimeError(f"{command}: the process has ended")
        return json.loads(line)


async def serve(commands: Commands) -> None:
    """Do what comes in on stdin, until that ends."""
    loop, lines = asyncio.get_running_loop(), asyncio.StreamReader(_LONGEST)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        command, arguments = json.loads(line)
        result = await commands[command](**arguments)
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()
