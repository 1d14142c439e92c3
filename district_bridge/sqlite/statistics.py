"""What SQLite's planner knows of the tables' sizes. PostgreSQL counts by itself, SQLite only when told to.

Without it the queue's page begins with all homes of a neighbourhood and sorts their open alerts; with it,
it walks along the queue's index and stops at the thirtieth (docs/decisions/0227).
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection

from district_bridge.outgoing.work import periodically

if TYPE_CHECKING:
    from datetime import datetime

ROUND = timedelta(hours=1)
# So many rows of an index tell enough, and take milliseconds.
ROWS = 1000


@periodically("statistics", ROUND)
def count(now: datetime) -> None:
    """Has SQLite look at its tables anew; PostgreSQL needs no word."""
    del now
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA analysis_limit = {ROWS}")
        cursor.execute("ANALYZE")
