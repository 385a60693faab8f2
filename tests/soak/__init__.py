"""A year of accidents in minutes: many virtual Wallboxes, one Home Assistant that restarts and is killed.

The machine in `tests/property` looks for the one order of accidents that loses a session. This looks
for what only adds up: energy that is missing after hundreds of days, a session that is told twice,
tasks and memory that grow. The integration, the files and the sockets are real, and time is virtual.

Each day, the network comes, cars come and go, sockets break, chargers and owners do what they do,
and the network goes for a longer while, in which cars charge and power fails all the same. Owners
change modes, limits, targets, plans, the fail-safe and when a car is to be ready, a schedule helper
goes on and off, and prices and sun change. Home Assistant is restarted or killed now and then: what
was on disk at that instant is all it has afterwards. A watch looks all the time whether more flows
than was asked for. On some days nothing happens for a while, with a connection or without one, and
then cars have to get what they may. In the evening everything is mended and compared with what really happened in the chargers. At night nothing happens but power cuts, because a year of
heartbeats would take hours.
"""
