"""Everything that reads digits."""
