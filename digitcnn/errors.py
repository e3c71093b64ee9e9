"""The base class of the package's errors.

Each module defines its own subclasses, and every message is a sentence that says what to do, so
that the command line and the app can show it unchanged.
"""


class DigitcnnError(Exception):
    """An error that a user can fix; the message says how."""
