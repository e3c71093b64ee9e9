"""Adapting a network to one person's drawings without changing it."""
