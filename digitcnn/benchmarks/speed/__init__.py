"""How fast pages and readings are."""
