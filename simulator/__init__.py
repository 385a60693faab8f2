"""Programs around the integration: a virtual Wallbox, a demo, a replay, a benchmark."""
