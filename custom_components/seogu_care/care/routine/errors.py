"""What can be wrong with what the core is given."""


class RoutineError(Exception):
    """Something the caller must put right; the message says what."""


class BadSensorError(RoutineError):
    """A sensor's description lacks its room, or its kind is not one the core knows."""


class MixedTimesError(RoutineError):
    """Times with and without a zone came from one home."""


class BadStateError(RoutineError):
    """A stored state can't be read: not one of ours, damaged, or of a newer version."""
