"""A client on DEALER: sends requests under ids of its own and tells the responses. Its arguments are an address and its identity."""

import sys

import zmq

import classic
from lines import commands, say
from samples import FROM_PYTHON, check_echo
from sockets import PATIENCE_MS, connected

address, identity = sys.argv[1:]
socket = connected(zmq.DEALER, address, identity)
socket.setsockopt(zmq.RCVTIMEO, PATIENCE_MS)
sent = 0


def send(body):
    global sent
    sent += 1
    request_id = f"{identity}-{sent}"
    socket.send_multipart([request_id.encode("utf-8"), body])
    return request_id


def receive():
    request_id, body = socket.recv_multipart()
    return request_id.decode("utf-8"), classic.decode(body)


def tell_responses(command):
    for _ in range(command["count"]):
        request_id, data = receive()
        say(id=request_id, data=data)


def echo_samples(command):
    request_id = send(classic.encode(classic.request("echo", FROM_PYTHON) if command["envelope"] else FROM_PYTHON))
    answered, data = receive()
    assert answered == request_id, f"{answered} answers {request_id}"
    say(checked=check_echo(data))


RUN = {
    "send": lambda command: say(sent=send(classic.encode(command["data"]))),
    "request": lambda command: say(sent=send(classic.encode(classic.request(command["type"], command["data"])))),
    "pickle": lambda command: say(sent=send(classic.pickled({"x": 1}, compress=command["compress"]))),
    "receive": tell_responses,
    "echo samples": echo_samples,
}

say(ready=True)
for command in commands():
    RUN[command["do"]](command)
