"""What every case looks at."""

from tests.helpers.cards import locked
from tests.helpers.told import told

__all__ = ["locked", "told"]
