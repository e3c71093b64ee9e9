"""The command line, evaluating on little handwriting: ``python -m tests.few_digits train …``.

For tests that need a training in a process of its own. What a training is evaluated on and compared
by, 9,000 digits, and their map take it longer than learning from a few hundred.
"""

import sys

from digitcnn.cli.main import main
from digitcnn.data import handwriting

if __name__ == "__main__":
    handwriting.N_TEST = handwriting.N_HELD_BACK = 200
    sys.exit(main())
