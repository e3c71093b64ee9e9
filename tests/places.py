"""Where things are that several tests look for."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"
PEN_DIGITS = SHARED_DATA / "pen_digits.npz"
