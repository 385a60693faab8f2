"""How fast and how light the integration is, beside a bare WebSocket server."""
