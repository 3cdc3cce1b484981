"""A publisher on PUB: publishes what it is told to."""

import zmq

import classic
from lines import commands, say
from samples import FROM_PYTHON
from sockets import bound

MAKE = {
    "publish": lambda command: [classic.encode(command["message"])],
    "parts": lambda command: [classic.encode(part) for part in command["parts"]],
    "samples": lambda _command: [classic.encode(FROM_PYTHON)],
    "pickle": lambda command: [classic.pickled({"x": 1}, compress=command["compress"])],
    "nothing": lambda _command: [],
}

socket, address = bound(zmq.PUB)
say(address=address)
for command in commands():
    socket.send_multipart([command["topic"].encode("utf-8"), *MAKE[command["do"]](command)])
