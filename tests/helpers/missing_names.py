"""Print which of the named things Home Assistant does not have.

Usage: python -m tests.helpers.missing_names NAME …
"""

from contextlib import suppress
from importlib import import_module
from operator import attrgetter
import sys


def exists(name: str) -> bool:
    """Return whether a module has a name, or a class in it has one."""
    parts = name.split(".")
    for length in range(len(parts) - 1, 0, -1):
        with suppress(ModuleNotFoundError):
            module = import_module(".".join(parts[:length]))
            with suppress(AttributeError):
                attrgetter(".".join(parts[length:]))(module)
                return True
            return False
    return False


if __name__ == "__main__":
    import homeassistant  # noqa: F401  Nobody may import voluptuous before it.

    for missing in filter(lambda name: not exists(name), sys.argv[1:]):
        print(missing)  # noqa: T201
