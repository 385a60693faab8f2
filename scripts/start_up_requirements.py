"""Print what the integrations require that a real Home Assistant of ours sets up at its start.

Home Assistant would install it by itself, one package after the other, while it starts.

Usage: .venv-current/bin/python -m scripts.start_up_requirements
"""

from collections.abc import Iterator
import json
from pathlib import Path

from homeassistant import bootstrap, const
from simulator.home_assistant import integrations

COMPONENTS = Path(bootstrap.__file__).parent / "components"


def requirements() -> Iterator[str]:
    """Yield the requirements of all integrations that are set up."""
    waiting = {
        *bootstrap.CORE_INTEGRATIONS,
        *bootstrap.DEFAULT_INTEGRATIONS,
        *bootstrap.FRONTEND_INTEGRATIONS,
        # Home Assistant sets up every base platform.
        *(platform.value for platform in const.Platform),
        *integrations(),
    }
    seen: set[str] = set()
    while waiting:
        seen.add(domain := waiting.pop())
        manifest = json.loads((COMPONENTS / domain / "manifest.json").read_text())
        yield from manifest.get("requirements", ())
        waiting |= {*manifest.get("dependencies", ())} - seen


if __name__ == "__main__":
    print("\n".join(sorted({*requirements()})))
