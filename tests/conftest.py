"""What holds for every test: no network, the same examples in every run, and the long ones first."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("same every time", derandomize=True, deadline=None, max_examples=100)
settings.load_profile("same every time")

_LOOPBACK = ("localhost", "127.0.0.1", "::1", "", None, socket.gethostname())


#: Folders whose files take longest, in the order in which they are given to workers.
_LONG = ("scenarios", "docs", "report", "models", "api")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, so that several workers end together; the Makefile tells xdist to keep the order."""
    place = {name: at for at, name in enumerate(_LONG)}
    items.sort(key=lambda item: place.get(item.path.parent.name, len(place)))


class NetworkAsked(OSError):
    """A test, or what it tests, would have gone to the network."""


def _is_here(address: object) -> bool:
    host = address[0] if isinstance(address, tuple) else None  # else the path of a Unix socket
    return host in _LOOPBACK or str(host).startswith("127.")


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """Refuses every socket that leaves this machine, and every question for a name."""
    connect, connect_ex, resolve = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def connect_here(self: socket.socket, address: Any) -> None:
        if not _is_here(address):
            raise NetworkAsked(f"a connection to {address} in a test")
        connect(self, address)

    def connect_ex_here(self: socket.socket, address: Any) -> int:
        if not _is_here(address):
            raise NetworkAsked(f"a connection to {address} in a test")
        return connect_ex(self, address)

    def resolve_here(host: Any, *rest: Any, **named: Any) -> Any:
        if not _is_here((host,)):
            raise NetworkAsked(f"a question for {host!r} in a test")
        return resolve(host, *rest, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_here)
        patch.setattr(socket.socket, "connect_ex", connect_ex_here)
        patch.setattr(socket, "getaddrinfo", resolve_here)
        yield
