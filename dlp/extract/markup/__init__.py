"""Web pages, XML, JSON and notebooks."""
