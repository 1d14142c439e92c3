import sys
from pathlib import Path

# The rig is the demonstration's and the tests': script/rig.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "script"))
