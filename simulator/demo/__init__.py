"""The demo: a real Home Assistant, a virtual Wallbox, and a story of one charging session."""
