"""How well digits are read."""
