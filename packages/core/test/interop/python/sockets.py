"""Sockets set up as a test needs them."""

import zmq

PATIENCE_MS = 15_000


def bound(kind):
    """A socket on a free port, and its address."""
    socket = _socket(kind)
    port = socket.bind_to_random_port("tcp://127.0.0.1")
    return socket, f"tcp://127.0.0.1:{port}"


def connected(kind, address, identity=None):
    """A socket that waits for what it sends and receives no longer than a test does."""
    socket = _socket(kind)
    if identity is not None:
        socket.setsockopt(zmq.IDENTITY, identity.encode("utf-8"))
    socket.connect(address)
    return socket


def _socket(kind):
    socket = zmq.Context.instance().socket(kind)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.SNDTIMEO, PATIENCE_MS)
    return socket
