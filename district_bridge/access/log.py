"""Writing the access log: one insert an access, before the answer leaves. Its place comes a second later."""

import hashlib
import json
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from district_bridge.access.models import Entry
from district_bridge.privacy.keyring import ring

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from district_bridge.accounts.models import Account

# Safety measures for personal data (개인정보의 안전성 확보조치 기준), article 8: two years where sensitive
# data or 50,000 people and more are concerned.
KEPT_FOR = timedelta(days=731)
REASON_CHARACTERS = 500


def write(  # noqa: PLR0913 - one word for each thing that the law wants to be kept
    *,
    at: datetime,
    account: Account | None,
    origin: str,
    kind: str,
    action: str,
    homes: Iterable[str] = (),
    reason: str = "",
    username: str = "",
) -> Entry:
    """Stores one access. Raises when it can't be stored: what is not logged is not shown."""
    subjects = sorted(homes)
    entry = Entry(
        at=at,
        account=account.pk if account else None,
        username=(account.get_username() if account else username)[:150],
        origin=origin[:45],
        kind=kind,
        action=action[:60],
        homes=f",{','.join(subjects)}," if subjects else "",
        subjects=len(subjects),
        reason=reason[:REASON_CHARACTERS],
    )
    entry.mac = ring().log_mac(content(entry))
    entry.save(force_insert=True)
    return entry


def content(entry: Entry) -> bytes:
    """What an entry's MAC is over: everything in it but its place."""
    values = [
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.account,
        entry.username,
        entry.origin,
        entry.kind,
        entry.action,
        entry.homes,
        entry.reason,
    ]
    return b"entry\0" + json.dumps(values, ensure_ascii=False).encode()


def next_link(before: str, seq: int, mac: str) -> str:
    """The chain's next link: changes when any entry before it changes, is missing, or stands elsewhere."""
    return ring().log_mac(f"link\0{before}\0{seq}\0{mac}".encode())


def about(homes: str) -> list[str]:
    """The ids in an entry's ``homes``."""
    return [home for home in homes.split(",") if home]


def fingerprint(link: str) -> str:
    """A link as it is read out and noted on paper."""
    return hashlib.sha256(link.encode()).hexdigest()[:16]
