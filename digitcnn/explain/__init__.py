"""Why a network reads a digit as it does."""
