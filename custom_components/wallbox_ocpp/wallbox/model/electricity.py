"""What holds for the electricity of all cars and homes."""

from typing import Final

LOWEST_CURRENT: Final = 6
"""Amps. A car cannot be offered less (IEC 61851-1), and what 1 to 5 A do is undefined
(docs/chargers.md §3.7)."""
USUAL_VOLTAGE: Final = 230.0
"""V of a phase, where none was measured."""
MOST_PHASES: Final = 3
WH_PER_KWH: Final = 1000
