"""Whether the present plan stays when hours are planned again, so that charging does not flap."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from ..model.prices import Interval
from .cheapest_hours import MINIMUM_RUN, PlannedHours, Task, planned, start_cost
from .intervals import containing, length

WORTH_CHANGING: Final = 0.02
"""By what share of the cost a new plan has to be cheaper."""

NEGLIGIBLE: Final = timedelta(minutes=1)
"""Of charging: what a plan may fall short, or be later by, and stay."""


def keeps(old: Sequence[Interval], new: PlannedHours, task: Task) -> bool:
    """Return whether the hours planned before stay, instead of those planned now.

    They do unless they deliver less, or later where all is late; or the new ones are cheaper by
    more than a start costs, and by a share of the cost. What is shown of them then is
    `planned(old, task)`.
    """
    left = planned(old, task)
    if left.missing > new.missing + task.energy(NEGLIGIBLE):
        return False
    if task.needed is None:
        return left.hours == new.hours
    if new.late and new.ends_at:
        # What counts as missing is so by the deadline only, after which both go on.
        less = length(new.hours) - length(left.hours) > NEGLIGIBLE
        later = left.ends_at is not None and left.ends_at > new.ends_at + NEGLIGIBLE
        return not less and not later
    if _cuts(old, new, task):
        return True
    if left.cost is None or new.cost is None:
        return bool(left.hours or not new.hours)
    a_start = start_cost(task)
    worth = max(a_start, WORTH_CHANGING * abs(left.cost))
    saved = (left.cost - new.cost) + (left.starts - new.starts) * a_start
    return saved <= worth


def _cuts(old: Sequence[Interval], new: PlannedHours, task: Task) -> bool:
    """Return whether new hours end a run, which the old ones go on with, too early.

    That is before its minimum, or for a rest that is shorter than a run may be.
    """
    run = containing(planned(old, task).hours, task.now)
    began = containing(old, task.now)
    if task.charging_since is None or run is None or began is None:
        return False
    if containing(new.hours, task.now) is not None:
        return False
    young = task.now - began.start < MINIMUM_RUN
    return young or (task.duration or timedelta()) < MINIMUM_RUN
