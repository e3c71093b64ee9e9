"""The base class of the package's errors.

Each module names its own errors below this root, and every message is a sentence that says what
to do, so that the command line and the app can show it as it stands.
"""


class DigitcnnError(Exception):
    """Something a person can put right; the message says how."""
