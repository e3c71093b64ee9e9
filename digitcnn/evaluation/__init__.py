"""Arrays in, figures out: nothing here knows a network or a run."""
