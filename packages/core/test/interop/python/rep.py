"""A server on REP: answers one request after the other, by the handler of its type."""

import zmq

import classic
from lines import end_with_input, say
from samples import FROM_PYTHON, check_echo, check_from_node
from sockets import bound


class Raw:
    """A body that goes out as it is."""

    def __init__(self, body):
        self.body = body


def greet(name, greeting="你好"):
    return f"{greeting}，{name}"


def total(*numbers, start=0):
    return sum(numbers, start)


METHODS = {"greet": greet, "total": total}


def call(data):
    return METHODS[data["method"]](*data["args"], **data["kwargs"])


def fail(data):
    raise ValueError(data["reason"])


handled = 0


def count(_data):
    return handled


HANDLERS = {
    "add": lambda data: data["a"] + data["b"],
    "call": call,
    "count": count,
    "echo": lambda data: data,
    "fail": fail,
    "查询余额": lambda data: {"账户": data["账户"], "余额": 12.5},
    "samples": lambda _data: FROM_PYTHON,
    "check samples": check_from_node,
    "check echo": check_echo,
    "pickled": lambda data: Raw(classic.pickled({"secret": 1}, compress=data["compress"])),
}


def answer(request):
    if not isinstance(request, dict):
        request = {"type": "unknown", "data": request}
    action = request.get("type", "unknown")
    handler = HANDLERS.get(action)
    if handler is None:
        return {"status": "error", "message": f"未知的请求类型: {action}", "request_type": action}
    try:
        return handler(request.get("data"))
    except Exception as error:
        return {"status": "error", "message": f"处理请求时发生错误: {error}", "request_type": action}


socket, address = bound(zmq.REP)
end_with_input()
say(address=address)
while True:
    reply = answer(classic.decode(socket.recv()))
    handled += 1
    socket.send(reply.body if isinstance(reply, Raw) else classic.encode(reply))
