"""The card and the dashboard: JavaScript modules, and how browsers get them."""
