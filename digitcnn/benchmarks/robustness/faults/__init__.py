"""Faults around the program, provoked many times at random moments."""
