"""Tests of what a Wallbox is and does, without Home Assistant and without sockets."""
