"""``python -m digitcnn`` is ``digitcnn``: the command line."""

import sys

from digitcnn.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
