"""What a process has used: processor time, memory, and how long its event loop was blocked."""

from asyncio import Handle
from collections.abc import Generator
from contextlib import contextmanager
import ctypes
from dataclasses import dataclass
import gc
from pathlib import Path
import re
from time import perf_counter, thread_time
from unittest.mock import patch


@dataclass(slots=True)
class LongestCallback:
    """The callback that has kept the event loop from everything else for longest, in seconds."""

    wall: float = 0.0
    """By the clock on the wall, which also counts what other processes did meanwhile."""
    cpu: float = 0.0
    """In processor time."""


@contextmanager
def watched_loop() -> Generator[LongestCallback]:
    """Time all callbacks of the event loop."""
    longest, run = LongestCallback(), Handle._run

    def timed(handle: Handle) -> None:
        wall, cpu = perf_counter(), thread_time()
        run(handle)
        longest.wall = max(longest.wall, perf_counter() - wall)
        longest.cpu = max(longest.cpu, thread_time() - cpu)

    with patch.object(Handle, "_run", timed):
        yield longest


def memory() -> int:
    """Return the bytes that this process needs and that no other has."""
    gc.collect()
    # What has been freed is not needed.
    ctypes.CDLL(None).malloc_trim(0)
    status = Path("/proc/self/status").read_text()
    found = re.search(r"^RssAnon:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0
