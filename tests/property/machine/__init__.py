"""A machine that makes accidents happen to charging sessions, and asks what people were told.

A run is some twenty things that may happen to a charger, its car, its network, its power and its
Home Assistant, in any order, followed by a mend of everything. Then each session must have been
told once, as it was.

The integration, Home Assistant, the files and the sockets are real. The charger is the core of the
virtual Wallbox, the time is ours (`clock.py`), and so are the turns of the loop in which jobs of
the executor are done (`disk.py`): a run goes the same way each time, and its seed repeats it.
"""
