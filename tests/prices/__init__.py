"""The shapes in which other integrations have prices."""
