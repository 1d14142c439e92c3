"""``python -m district_bridge`` is ``seogu-bridge``."""

import sys

from district_bridge.cli import main

sys.exit(main())
