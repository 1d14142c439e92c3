"""A lock that is handed on in the order of asking: who lets go and asks again stands at the end."""

import threading
from collections import deque


class Turns:
    """One turn at a time, first come, first served. Who lets go hands the turn to the next in line."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._line: deque[threading.Lock] = deque()
        self._is_taken = False

    def take(self, timeout_s: float) -> bool:
        """Waits for the turn; False when it did not come in time."""
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._line.append(mine)
        if mine.acquire(timeout=timeout_s):
            return True
        with self._guard:
            if mine in self._line:
                self._line.remove(mine)
                return False
        # It was handed over just as the time was up.
        return True

    def hand_on(self) -> None:
        """Ends the turn."""
        with self._guard:
            if self._line:
                self._line.popleft().release()
            else:
                self._is_taken = False
