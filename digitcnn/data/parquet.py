"""A parquet file on standard input → its labels and pictures as ``.npz`` on standard output.

A process of its own, ``python -m digitcnn.data.parquet``: pyarrow never enters the web process.
"""

import io
import sys

import numpy as np

from digitcnn.system import npz

_LABELS = ("label", "labels", "target", "class", "digit", "y")
_IMAGES = ("image", "images", "img", "pixels", "x")


def main() -> None:
    """Answers with ``labels`` and either ``images`` or picture ``files`` and their ``sizes``."""
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        sys.exit("reading parquet needs pyarrow; pip install pyarrow adds it.")
    try:
        table = parquet.read_table(io.BytesIO(sys.stdin.buffer.read()), use_threads=False)
    except (ArrowException, OSError, ValueError) as error:
        sys.exit(f"it is damaged ({error}).")
    label = next((name for name in table.column_names if name.lower() in _LABELS), None)
    if label is None:
        sys.exit(f'it has no column "label"; its columns are {", ".join(table.column_names)}.')
    arrays = {"labels": np.asarray(table[label].to_pylist())}
    image = next((name for name in table.column_names if name.lower() in _IMAGES), None)
    if image is None:  # A column for each pixel.
        pixels = [np.asarray(table[name]) for name in table.column_names if name != label]
        arrays["images"] = np.stack(pixels, axis=1)
    else:
        values = table[image].to_pylist()
        cells = [v.get("bytes") if isinstance(v, dict) else v for v in values]
        files = [cell for cell in cells if isinstance(cell, bytes)]
        if len(files) == len(cells):
            arrays["files"] = np.frombuffer(b"".join(files), np.uint8)
            arrays["sizes"] = np.array([len(file) for file in files])
        else:
            try:
                arrays["images"] = np.array(values, np.float32)
            except (TypeError, ValueError):
                sys.exit(f'its column "{image}" holds neither pictures nor pixels.')
    file = io.BytesIO()
    npz.write(file, arrays, compressed=False)
    sys.stdout.buffer.write(file.getvalue())


if __name__ == "__main__":
    main()
