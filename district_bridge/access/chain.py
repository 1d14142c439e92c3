"""The chain of the access log: each entry gets its place, and a check finds what is missing or changed.

Requests only insert. One process at a time (whoever holds the chain's row) gives the entries their places,
many in one transaction: so the chain costs a request nothing, and several ``serve`` processes share one
chain.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from district_bridge.access import log
from district_bridge.access.models import Chain, Entry, Review
from district_bridge.database import snapshot
from district_bridge.privacy.keyring import ring

BATCH = 500
PAGE = 2000
SHOWN = 20
# An entry without a place for longer than this means that nobody chains: no process supervises.
UNCHAINED_AFTER = timedelta(minutes=2)


@dataclass
class Verdict:
    """What a check of the log found. ``holds`` when nothing is wrong."""

    entries: int = 0
    unchained: int = 0
    head_seq: int = 0
    head_link: str = ""
    wrong: list[str] = field(default_factory=list)
    more_wrong: int = 0

    @property
    def holds(self) -> bool:
        """Whether the log is whole and unchanged."""
        return not self.wrong

    def add(self, text: str) -> None:
        """Notes something wrong; of very many the first are enough."""
        if len(self.wrong) < SHOWN:
            self.wrong.append(text)
        else:
            self.more_wrong += 1


def extend(limit: int = BATCH) -> int:
    """Gives waiting entries their places; how many. Cheap when there is nothing to do."""
    if not Entry.objects.filter(seq=None).exists():
        return 0
    with transaction.atomic():
        chain = _locked()
        waiting = list(Entry.objects.filter(seq=None).order_by("id")[:limit])
        for entry in waiting:
            chain.seq += 1
            chain.link = log.next_link(chain.link, chain.seq, entry.mac)
            entry.seq, entry.link = chain.seq, chain.link
        Entry.objects.bulk_update(waiting, ["seq", "link"])
        _save(chain)
    return len(waiting)


def verify(now: datetime, expected: tuple[int, str] | None = None) -> Verdict:
    """Checks every entry, every link, both ends, and what reviews (or ``expected``) remember of the end.

    All of one moment: destroying the oldest entries meanwhile must not look like a theft.
    """
    with snapshot():
        return _verify(now, expected)


def _verify(now: datetime, expected: tuple[int, str] | None) -> Verdict:
    found = Verdict()
    chain = Chain.objects.filter(pk=1).first()
    if chain is None:
        chain = Chain(pk=1, start_seq=0, start_link="", seq=0, link="")
        if Entry.objects.exclude(seq=None).exists() or Review.objects.exclude(head_seq=0).exists():
            found.add("the chain's own row is missing")
    elif chain.mac != _mac(chain):
        found.add("the chain's own row was changed outside the bridge")
    remembered = {review.head_seq: review.head_link for review in Review.objects.all() if review.head_seq}
    if expected is not None:
        remembered[expected[0]] = expected[1]
    seq, link = _walk(chain, remembered, found)
    if (seq, link) != (chain.seq, chain.link):
        found.add(f"the chain says it ends at entry {chain.seq}; what is there ends at {seq}")
    end = Chain.objects.filter(pk=1).values_list("seq", flat=True).first() or 0
    if Entry.objects.filter(seq__gt=max(end, chain.seq)).exists():
        found.add("there are entries after the chain's end")
    for noted in sorted(remembered):
        if noted > max(seq, chain.start_seq):
            found.add(f"entry {noted}, which was there before, is gone")
    _check_waiting(now, found)
    found.head_seq, found.head_link = seq, link
    return found


def forget_before(cutoff: datetime) -> int:
    """Destroys the oldest entries; the chain begins after them from then on. How many."""
    with transaction.atomic():
        chain = _locked()
        last = Entry.objects.filter(at__lt=cutoff, seq__isnull=False).order_by("-seq").first()
        if last is None or last.seq is None:
            return 0
        chain.start_seq, chain.start_link = last.seq, last.link
        gone, _ = Entry.objects.filter(seq__lte=last.seq).delete()
        _save(chain)
    return gone


def _walk(chain: Chain, remembered: dict[int, str], found: Verdict) -> tuple[int, str]:
    seq, link = chain.start_seq, chain.start_link
    while True:
        page = list(Entry.objects.filter(seq__gt=seq, seq__lte=chain.seq).order_by("seq")[:PAGE])
        if not page:
            return seq, link
        for entry in page:
            found.entries += 1
            here = entry.seq or 0
            if here != seq + 1:
                found.add(f"entries {seq + 1} to {here - 1} are missing")
            if not _is_as_written(entry):
                found.add(f"entry {here} was changed outside the bridge")
            if entry.link != log.next_link(link, here, entry.mac) and here == seq + 1:
                found.add(f"entry {here} does not follow the one before it")
            if remembered.get(here, entry.link) != entry.link:
                found.add(f"entry {here} is not the one that a review saw")
            seq, link = here, entry.link


def _check_waiting(now: datetime, found: Verdict) -> None:
    for entry in Entry.objects.filter(seq=None).order_by("id").iterator():
        found.unchained += 1
        if not _is_as_written(entry):
            found.add(f"an entry of {entry.at:%Y-%m-%d %H:%M} was changed outside the bridge")
        if entry.at < now - UNCHAINED_AFTER:
            found.add(f"an entry of {entry.at:%Y-%m-%d %H:%M} waits for its place: does the bridge serve?")


def _is_as_written(entry: Entry) -> bool:
    """Whether the MAC holds, and the number of homes, which reviews add up, is that of the homes it names."""
    return entry.mac == ring().log_mac(log.content(entry)) and entry.subjects == len(log.about(entry.homes))


def _locked() -> Chain:
    Chain.objects.get_or_create(pk=1)
    return Chain.objects.select_for_update().get(pk=1)


def _save(chain: Chain) -> None:
    chain.mac = _mac(chain)
    chain.save()


def _mac(chain: Chain) -> str:
    ends = f"chain\0{chain.start_seq}\0{chain.start_link}\0{chain.seq}\0{chain.link}"
    return ring().log_mac(ends.encode())
