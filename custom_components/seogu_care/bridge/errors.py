"""What can go wrong between home and bridge, in words a person can act on."""


class BridgeError(Exception):
    """The bridge could not be reached or did not do what was asked."""


class CannotConnectError(BridgeError):
    """No answer, a broken one, or a server in trouble: worth another try."""


class NotABridgeError(BridgeError):
    """Something answers at the address, but it is no bridge of this district."""


class BadAnswerError(BridgeError):
    """The answer is not signed by the bridge, or not meant for this message."""


class RefusedError(BridgeError):
    """The bridge answered with a problem (RFC 9457). ``name`` is what stands after ``urn:seogu:``."""

    def __init__(
        self, name: str, detail: str, *, clock: float | None = None, wait: float | None = None
    ) -> None:
        """Keeps the bridge's clock (seconds since 1970) and the seconds to wait, where it told them."""
        super().__init__(f"{name}: {detail}" if detail else name)
        self.name = name
        self.detail = detail
        self.clock = clock
        self.wait = wait
