"""A client on REQ: sends what it is told to, waits for the reply and tells it. Its argument is the server's address."""

import sys

import zmq

import classic
from lines import commands, say
from samples import FROM_PYTHON, check_echo, check_from_node
from sockets import PATIENCE_MS, connected

socket = connected(zmq.REQ, sys.argv[1])
socket.setsockopt(zmq.RCVTIMEO, PATIENCE_MS)


def exchange(body):
    socket.send(body)
    return classic.decode(socket.recv())


def send_request(action, data):
    return exchange(classic.encode(classic.request(action, data)))


def call(method, *args, **kwargs):
    return send_request("call", {"method": method, "args": args, "kwargs": kwargs})


RUN = {
    "request": lambda command: {"reply": send_request(command["type"], command.get("data"))},
    "bare": lambda command: {"reply": exchange(classic.encode(command["data"]))},
    "call": lambda command: {"reply": call(command["method"], *command["args"], **command["kwargs"])},
    "pickle": lambda command: {
        "reply": exchange(classic.pickled(classic.request("echo", "x"), compress=command["compress"]))
    },
    "echo samples": lambda _command: {"checked": check_echo(send_request("echo", FROM_PYTHON))},
    "fetch samples": lambda _command: {"checked": check_from_node(send_request("samples", None))},
}

say(ready=True)
for command in commands():
    say(**RUN[command["do"]](command))
