"""The app as it is, whose trainings are small: see :mod:`tests.browser.small_trainer`."""

import runpy
import sys
from pathlib import Path

from digitcnn.benchmarks.speed.browser import APP
from digitcnn.runs import trainer_process

trainer_process.PROGRAM = (sys.executable, str(Path(__file__).with_name("small_trainer.py")))
runpy.run_path(str(APP), run_name="__main__")
