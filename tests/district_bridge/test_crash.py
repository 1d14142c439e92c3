"""kill -9 of everything that serves, sends and stores, at seeded moments under load."""

import pytest
from rig.load.crash import crash
from rig.load.postgres import Postgres

# Together twenty in a run of both databases; script/bench crash does hundreds.
KILLS = {"sqlite": 8, "postgres": 12}
SEED = 20261125


@pytest.mark.timeout(1500)
def test_nothing_receipted_is_lost_and_everything_is_sent_whatever_is_killed(
    pytestconfig: pytest.Config,
) -> None:
    # The run on SQLite has one process; on PostgreSQL two `serve` and two `worker` share the load.
    if pytestconfig.getoption("--database") != "postgres":
        outcome = crash(None, kills=KILLS["sqlite"], seed=SEED)
    else:
        server = Postgres()
        server.start()
        try:
            outcome = crash(server, kills=KILLS["postgres"], seed=SEED)
        finally:
            server.stop()
        assert outcome.kills == {"serve": 4, "worker": 4, "postgres": 4}
    assert outcome.is_good, outcome
