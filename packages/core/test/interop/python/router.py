"""A server on ROUTER: sends each dealer the responses that its request asks for."""

import zmq

import classic
from lines import end_with_input, say
from samples import FROM_PYTHON, check_from_node
from sockets import bound

socket, address = bound(zmq.ROUTER)


def respond(client_id, request_id, body):
    socket.send_multipart([client_id.encode("utf-8"), request_id.encode("utf-8"), body])


held = []


def hold(client_id, request_id, data):
    """Keeps requests until there are as many as wanted, and answers the last one first."""
    held.append((client_id, request_id, data["n"]))
    if len(held) == data["until"]:
        while held:
            client_id, request_id, n = held.pop()
            respond(client_id, request_id, classic.encode({"n": n}))


def answer_often(client_id, request_id, data):
    for n in range(data["times"]):
        respond(client_id, request_id, classic.encode({"n": n}))


def echo(client_id, request_id, data):
    respond(client_id, request_id, classic.encode({"client": client_id, "echo": data["value"]}))


DO = {
    "echo": echo,
    "hold": hold,
    "often": answer_often,
    "samples": lambda client, request, _data: respond(client, request, classic.encode(FROM_PYTHON)),
    "check samples": lambda client, request, data: respond(
        client, request, classic.encode(check_from_node(data["value"]))
    ),
    "pickle": lambda client, request, data: respond(
        client, request, classic.pickled({"x": 1}, compress=data["compress"])
    ),
}

end_with_input()
say(address=address)
while True:
    client_id, request_id, body = socket.recv_multipart()
    data = classic.decode(body)
    DO[data["do"]](client_id.decode("utf-8"), request_id.decode("utf-8"), data)
