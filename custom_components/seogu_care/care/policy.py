"""Every number that decides about a life, in one place, with its source.

The robot's question, the deadlines of the check-in, and how long silence is bearable. Nothing else in
the core holds a threshold.
"""

from datetime import timedelta
from typing import Final

LISTEN: Final = timedelta(seconds=20)
"""How long the robot listens after its question, by default.

An estimate, not a measurement: an elder who is well answers within some seconds, one who was startled
needs longer. Families set it between `LISTEN_LEAST` and `LISTEN_MOST`."""

LISTEN_LEAST: Final = timedelta(seconds=5)
LISTEN_MOST: Final = timedelta(seconds=120)

LISTEN_ON_SCREEN: Final = timedelta(minutes=3)
"""How long a question waits in a home without a robot, where it stands on a phone or a screen. An estimate:
the phone lies in another room. Falls wait as long; who has no robot has no wearable of ours either."""

CHECK_MARGIN: Final = timedelta(seconds=15)
"""What a check-in may take beside listening: three seconds of speech, one repetition of a lost command
(5 s, docs/protocol.md), recognition on a small computer, one repetition of a lost answer (2 s), and some
air. When listening and margin have passed without an answer, the check-in counts as unanswered."""

ASKS: Final = {"fall": 1, "inactivity": 2, "anomaly": 2, "environment": 2}
"""How often the robot asks before somebody is called.

After an impact minutes count and one unanswered question is enough. An odd silence is most often a nap
or a television. If a resident who is well answers 75 times in 100 by night (an assumption; there are no field
figures yet), a second question takes the false alerts from 1 in 4 to 1 in 16."""

ROUTINE_SPEAKS_WITHIN: Final = timedelta(minutes=10)
"""The routine repeats its questions 3 (by night 5) minutes apart and then alerts (routine/thresholds.py).
When it has said nothing for so long after an unanswered one, it has stopped; the core goes on without it."""

SAME_CAUSE_AFTER_ACKNOWLEDGEMENT: Final = timedelta(minutes=5)
"""A further sign within this time of a caseworker's acknowledgement is evidence for the same incident: the
person is being looked after. Later it opens an incident of its own, so that nobody overlooks it. Five minutes
is above the telecare yardstick of 180 s in which 99 % of calls are answered."""

FAMILY_TOLD_AFTER: Final = timedelta(seconds=20)
"""An emergency that the bridge has not stored after this time is told to the family as well: two tries of
10 s (docs/protocol.md) have failed then."""

ROBOT_SILENT_AFTER: Final = timedelta(seconds=30)
"""Three of the robot's heartbeats (every 10 s, docs/protocol.md)."""

ROBOT_TROUBLE_AFTER: Final = timedelta(minutes=10)
"""A robot that stays away this long becomes a warning that a person must see. Shorter absences are restarts,
updates (some two minutes on a small computer) and a plug pulled while cleaning."""

WEARABLE_TROUBLE_AFTER: Final = timedelta(hours=6)
"""A wearable off the wrist for this long. Bathing, charging (two hours) and a walk without it are shorter."""

EVIDENCE_KEPT: Final = 20
"""Pieces of evidence kept with one incident; what came first says most about the cause."""

CLOSED_KEPT: Final = 50
"""Closed incidents kept for the home's own history and to recognise late answers to them."""

SEEN_KEPT: Final = 2000
"""Ids of signs remembered to drop repetitions. A robot repeats every 2 s only what has no receipt yet, so
this covers days."""

EARLY_STEPS_KEPT: Final = 50
"""Steps the bridge told of incidents which the robot has not handed over yet."""
