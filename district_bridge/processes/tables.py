"""Bringing the tables up to date, once, however many processes start together."""

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from district_bridge.deployment import DeploymentError

if TYPE_CHECKING:
    from collections.abc import Iterator

# "seogu" in ASCII: the advisory lock of whoever changes tables.
LOCK = 0x7365_6F67_75
WAIT_S = 60.0


def migrate() -> None:
    """Applies what is missing. On PostgreSQL one process does it and the others wait for it."""
    with _alone():
        call_command("migrate", interactive=False, verbosity=0)


def missing() -> list[str]:
    """The migrations that this program knows and the database does not have yet."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def wait_until_complete(within_s: float = WAIT_S) -> None:
    """Waits for another process to migrate; raises when the tables stay behind."""
    until = time.monotonic() + within_s
    while True:
        try:
            behind = missing()
        except OperationalError:
            behind = ["the database does not answer"]
        if not behind:
            return
        if time.monotonic() > until:
            raise DeploymentError(
                f"the database is not up to date ({', '.join(behind[:3])}): "
                "run `seogu-bridge manage migrate` or start `seogu-bridge serve`"
            )
        connection.close()
        time.sleep(1)


@contextmanager
def _alone() -> Iterator[None]:
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
