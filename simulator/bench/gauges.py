"""What a process has used: processor time, memory, and how long its event loop was blocked."""

from asyncio import Handle
from collections.abc import Generator
from contextlib import contextmanager
import ctypes
from dataclasses import dataclass
import gc
from pathlib import Path
import re
from threading import get_ident
from time import perf_counter, thread_time
from typing import Any
from unittest.mock import patch


@dataclass(slots=True)
class Longest:
    """What has kept the event loop from everything else for longest, in seconds."""

    wall: float = 0.0
    """A callback by the clock on the wall, which also counts what other processes did meanwhile."""
    cpu: float = 0.0
    """A callback in processor time, but for Python's own tidying up."""
    collection: float = 0.0
    """Python's tidying up of all that Home Assistant has in memory: its garbage collection."""


@contextmanager
def watched_loop() -> Generator[Longest]:
    """Time all callbacks of the event loop."""
    longest, run, loop_thread = Longest(), Handle._run, get_ident()
    began = collecting = 0.0

    def timed(handle: Handle) -> None:
        nonlocal collecting
        collecting = 0.0
        wall, cpu = perf_counter(), thread_time()
        run(handle)
        longest.wall = max(longest.wall, perf_counter() - wall)
        longest.cpu = max(longest.cpu, thread_time() - cpu - collecting)

    def collected(phase: str, _: dict[str, Any]) -> None:
        nonlocal began, collecting
        if get_ident() != loop_thread:
            return
        if phase == "start":
            began = thread_time()
        else:
            took = thread_time() - began
            collecting += took
            longest.collection = max(longest.collection, took)

    gc.callbacks.append(collected)
    with patch.object(Handle, "_run", timed):
        yield longest
    gc.callbacks.remove(collected)


def memory() -> int:
    """Return the bytes that this process needs and that no other has."""
    gc.collect()
    # What has been freed is not needed.
    ctypes.CDLL(None).malloc_trim(0)
    status = Path("/proc/self/status").read_text()
    found = re.search(r"^RssAnon:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0
