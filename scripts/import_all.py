"""Import every module of the integration, so that a name that Home Assistant has removed is found.

Usage: .venv-current/bin/python -m scripts.import_all
"""

import importlib
import pkgutil
from typing import Final

PACKAGE: Final = "custom_components.wallbox_ocpp"


def main() -> None:
    """Import them, and say how many there are and with what."""
    package = importlib.import_module(PACKAGE)
    modules = [
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(package.__path__, f"{PACKAGE}.")
    ]
    const = importlib.import_module("homeassistant.const")
    print(f"{len(modules)} modules, with Home Assistant {const.__version__}")


if __name__ == "__main__":
    main()
