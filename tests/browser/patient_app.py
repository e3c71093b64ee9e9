"""The app as it is, which reads a photo for as long as a busy machine takes for it."""

import runpy

from digitcnn.benchmarks.speed.browser import APP
from digitcnn.inference.photos import process

process.LIMIT_S = 120.0
runpy.run_path(str(APP), run_name="__main__")
