"""The second wall: on PostgreSQL a person's request sees only the rows of their homes, whatever it asks.

While a view runs, its connection takes on the role ``seogu_screen``, to which row-level security applies, and
says in two settings which 동 and which opened homes it is for. Homes, supervision, workers, backups and
migrations keep the role that owns the tables and never meet the wall. It is there against our own mistakes (a
query that forgot its scope), not against SQL injection, which could take the role off again. Administrators
see everything and are not walled in.
"""

import logging
import threading
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import connection, models, transaction
from django.utils import timezone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from district_bridge.accounts.models import Account

log = logging.getLogger(__name__)
# Whether this thread's connection stands behind the wall.
_walled = threading.local()
ROLE = "seogu_screen"
POLICY = "seogu_own_homes"
# Each list is taken apart once a query, not once a row: that is what the inner SELECT is for.
HOME_RULE = (
    "neighbourhood_id = ANY (CAST((SELECT string_to_array(current_setting('seogu.places', true), ','))"
    " AS bigint[])) OR id = ANY (CAST((SELECT string_to_array(current_setting('seogu.glass', true), ','))"
    " AS text[]))"
)

CLOSE_IN = (
    "SELECT set_config('seogu.places', coalesce((SELECT string_agg(neighbourhood_id::text, ',')"
    " FROM accounts_account_neighbourhoods WHERE account_id = %(account)s), ''), false),"
    " set_config('seogu.glass', coalesce((SELECT string_agg(home_id, ',')"
    " FROM access_breakglass WHERE account_id = %(account)s AND until > %(now)s), ''), false),"
    " set_config('role', 'seogu_screen', false)"
)


def rules() -> dict[str, str]:
    """Each personal table and which of its rows a person's request may see and change."""
    home, alert = apps.get_model("homes", "Home"), apps.get_model("alerts", "Alert")
    found = {home._meta.db_table: HOME_RULE}  # noqa: SLF001 - Django's way
    # Of several ways to a home a table takes the shortest: by the home, by the alert, by what hangs on them.
    targets: list[type[models.Model]] = [home, alert]
    for target in targets:
        for model, key in _hang_on(target):
            table = model._meta.db_table  # noqa: SLF001
            if table not in found:
                found[table] = _follows(key, target)
                if model not in targets:
                    targets.append(model)
    return found


def _hang_on(target: type[models.Model]) -> Iterator[tuple[type[models.Model], models.ForeignKey[Any, Any]]]:
    for model in apps.get_models():
        for field in model._meta.concrete_fields:  # noqa: SLF001 - Django's way
            if isinstance(field, models.ForeignKey) and field.related_model is target and model is not target:
                yield model, field


def _follows(key: models.ForeignKey[Any, Any], target: type[models.Model]) -> str:
    """A row is seen with the row it hangs on; the inner query is walled itself.

    OFFSET 0 makes PostgreSQL look each row up. Left to itself it read all homes for every query, also for a
    page of fifty rows (40,000 homes, 50,000 alerts: 2 ms for 20, and counting all is no slower).
    """
    table, own = target._meta.db_table, key.model._meta.db_table  # noqa: SLF001 - Django's way
    row = target._meta.pk.column  # noqa: SLF001
    rule = f'EXISTS (SELECT 1 FROM "{table}" held WHERE held."{row}" = "{own}"."{key.column}" OFFSET 0)'  # noqa: S608 - names of our own
    return f'"{key.column}" IS NULL OR {rule}' if key.null else rule


def build() -> bool:
    """Makes role, rights and policies as far as they are missing; False where there can be no wall."""
    if connection.vendor != "postgresql":
        return False
    with transaction.atomic(), connection.cursor() as cursor:
        # One process at a time: others wait, and then find it done.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('seogu wall'))")
        if not _has_role(cursor):
            log.warning("no second wall: the database has no role %s (see docs/security.md)", ROLE)
            return False
        _grant(cursor)
        cursor.execute(
            "SELECT c.relname, obj_description(p.oid, 'pg_policy') FROM pg_policy p"
            " JOIN pg_class c ON c.oid = p.polrelid WHERE p.polname = %s",
            [POLICY],
        )
        there = dict(cursor.fetchall())
        for table, rule in rules().items():
            if there.get(table) == rule:
                continue
            if table in there:
                cursor.execute(f'DROP POLICY {POLICY} ON "{table}"')
            cursor.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
            cursor.execute(f'CREATE POLICY {POLICY} ON "{table}" USING ({rule})')
            # The database keeps the rule in its own words: ours stand beside it, to see when they change.
            cursor.execute(f'COMMENT ON POLICY {POLICY} ON "{table}" IS %s', [rule])
    is_up.cache_clear()
    return True


def _grant(cursor: Any) -> None:
    """Lets the role work with what is there; the policies decide on rows."""
    cursor.execute(
        "SELECT current_schema(), coalesce(bool_and(has_table_privilege(%s, format('%%I.%%I', schemaname,"
        " tablename), 'DELETE')), true) FROM pg_tables WHERE schemaname = current_schema()",
        [ROLE],
    )
    name, is_done = cursor.fetchone()
    if is_done:
        return
    schema = connection.ops.quote_name(name)
    cursor.execute(f"GRANT USAGE ON SCHEMA {schema} TO {ROLE}")
    cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {ROLE}")
    cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {ROLE}")


def _has_role(cursor: Any) -> bool:
    """Whether this connection may take on the role; makes the role where it may."""
    cursor.execute("SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user")
    may_create = cursor.fetchone()[0]
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
    if cursor.fetchone() is None:
        if not may_create:
            return False
        # Roles belong to the whole server: another database's bridge may make it in this moment.
        cursor.execute(
            f"DO $$ BEGIN CREATE ROLE {ROLE} NOLOGIN;"
            f" EXECUTE format('GRANT {ROLE} TO %I', current_user);"
            " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
    cursor.execute("SELECT pg_has_role(current_user, %s, 'MEMBER')", [ROLE])
    return bool(cursor.fetchone()[0])


@cache
def is_up() -> bool:
    """Whether the wall stands in this database."""
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relrowsecurity AND pg_has_role(current_user, %s, 'MEMBER')"
            " FROM pg_class c, pg_roles r WHERE c.oid = 'homes_home'::regclass AND r.rolname = %s",
            [ROLE, ROLE],
        )
        row = cursor.fetchone()
    return bool(row and row[0])


def close_in(account: Account) -> None:
    """From here on this connection is for that person alone, until ``lift``."""
    _walled.now = True
    _run(CLOSE_IN, {"account": account.pk, "now": timezone.now()})


def lift() -> None:
    """Takes the wall away: the request is over, or it must look further for a stated reason."""
    _run(
        "SELECT set_config('role', 'none', false), set_config('seogu.places', '', false),"
        " set_config('seogu.glass', '', false)",
        None,
    )
    _walled.now = False


def make_sure_it_is_lifted() -> None:
    """Before a connection serves another person: one whose wall could not be lifted is not used again."""
    if getattr(_walled, "now", False):
        connection.close()
        _walled.now = False


@contextmanager
def lifted_for(account: Account) -> Iterator[None]:
    """Looks beyond the person's homes for the length of a block: each use says why."""
    if not applies_to(account):
        yield
        return
    lift()
    try:
        yield
    finally:
        close_in(account)


def applies_to(account: Account) -> bool:
    """Whether this person's requests are walled in."""
    return not account.is_administrator and is_up()


def _run(statement: str, values: dict[str, Any] | None) -> None:
    """On the connection itself: one round trip that is not a query of the page's."""
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        cursor.execute(statement, values)
