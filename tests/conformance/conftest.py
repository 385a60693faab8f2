"""What every case looks at."""

from tests.helpers.cards import locked
from tests.helpers.ready_chargers import connect_protected, start_protected
from tests.helpers.told import told

__all__ = ["connect_protected", "locked", "start_protected", "told"]
