"""What a process has used: processor time, memory, and how long its event loop was blocked."""

from asyncio import Handle
from collections.abc import Generator
from contextlib import contextmanager
import ctypes
from dataclasses import dataclass
import gc
import os
from pathlib import Path
import re
import sys
from tempfile import TemporaryFile
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


class _MallocInfo(ctypes.Structure):
    """What the C library tells of its memory (mallinfo2(3))."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]
    hblkhd: int
    uordblks: int


def memory() -> dict[str, int]:
    """Return the bytes that this process uses, and those that it holds and no other does.

    What it holds and does not use are gaps, which Python and the C library keep for what comes next.
    """
    gc.collect()
    library = ctypes.CDLL(None)
    # What is free at the end is given back.
    library.malloc_trim(0)
    library.mallinfo2.restype = _MallocInfo
    info: _MallocInfo = library.mallinfo2()
    used = r"# bytes in allocated blocks\s+=\s+([\d,]+)"
    blocks = int(_found(used, _python_memory()).replace(",", ""))
    status = Path("/proc/self/status").read_text()
    return {
        "used": blocks + info.uordblks + info.hblkhd,
        "held": int(_found(r"RssAnon:\s+(\d+) kB", status)) * 1024,
    }


def _python_memory() -> str:
    """Return what Python tells of its memory, on stderr only."""
    with TemporaryFile() as file:
        stderr = os.dup(2)
        os.dup2(file.fileno(), 2)
        try:
            sys._debugmallocstats()
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
        file.seek(0)
        return file.read().decode()


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise RuntimeError(f"not told: {pattern}")
    return found[1]
