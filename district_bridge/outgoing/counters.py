"""What this process has sent, and what became of it. Kinds and results hold no personal data."""

from prometheus_client import Counter

from district_bridge.health.counters import REGISTRY

SENDINGS = Counter(
    "seogu_sendings",
    "Attempts to send, by kind of message and what became of them",
    ["kind", "result"],
    registry=REGISTRY,
)
