"""The package's extras: an error names what is missing, and the command that adds it."""

from importlib.util import find_spec

from digitcnn.errors import DigitcnnError

_PACKAGES = {
    "photos": ("cv2", "pillow_heif"),
    "scale": ("optuna", "pyarrow", "ray"),
    "train": ("keras", "sklearn", "tensorflow"),
}


class MissingExtra(DigitcnnError):
    """Packages that are not installed."""


def require(extra: str, what: str) -> None:
    """Raises an error unless an extra is installed; imports none of it.

    Args:
        extra: ``"photos"``, ``"scale"`` or ``"train"``.
        what: what needs it, as a sentence begins.

    Raises:
        MissingExtra: a package of it is missing.
    """
    missing = [name for name in _PACKAGES[extra] if find_spec(name) is None]
    if missing:
        raise MissingExtra(
            f"{what} needs {' and '.join(missing)}, not installed here: "
            f"pip install 'digitcnn[{extra}]' adds it."
        )
