"""``python -m robot_runtime``: the same as ``seogu-robot``."""

import sys

from robot_runtime.cli import main

sys.exit(main())
