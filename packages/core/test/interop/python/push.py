"""A pusher on PUSH: pushes what it is told to, and tells the ids of its tasks."""

import socket as network

import zmq

import classic
from lines import commands, say
from samples import FROM_PYTHON
from sockets import bound

socket, address = bound(zmq.PUSH)


def push_task(kind, data, priority=0, **extra):
    host_info = {"hostname": network.gethostname(), "pusher_address": address, "bind_mode": True}
    task = classic.task(kind, data, priority, **extra, host_info=host_info)
    socket.send(classic.encode(task))
    say(pushed=task)


PUSH = {
    "task": lambda command: push_task(command["type"], command["data"], **command.get("extra", {})),
    "samples": lambda command: push_task(command["type"], FROM_PYTHON),
    "simple": lambda command: socket.send(classic.encode(command["data"])),
    "pickle": lambda command: socket.send(classic.pickled({"x": 1}, compress=command["compress"])),
}

say(address=address)
for command in commands():
    PUSH[command["do"]](command)
