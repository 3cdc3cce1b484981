"""A puller on PULL: tells what it gets. Its argument is the pusher's address."""

import sys

import zmq

import classic
from lines import end_with_input, say
from samples import check_from_node
from sockets import connected

socket = connected(zmq.PULL, sys.argv[1])
end_with_input()
say(ready=True)
while True:
    task = classic.decode(socket.recv())
    if isinstance(task, dict) and task.get("type") == "samples":
        say(checked=check_from_node(task["data"]))
    else:
        say(task=task)
