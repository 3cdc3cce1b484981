"""A subscriber on SUB: tells what it gets. Its arguments are the publisher's address and the topics; without any it takes all."""

import sys

import zmq

import classic
from lines import end_with_input, say
from samples import check_from_node
from sockets import connected

address, *topics = sys.argv[1:]
socket = connected(zmq.SUB, address)
for topic in topics or [""]:
    socket.setsockopt_string(zmq.SUBSCRIBE, topic)
end_with_input()
say(ready=True)
while True:
    frames = socket.recv_multipart()
    topic = frames[0].decode("utf-8")
    messages = [classic.decode(frame) for frame in frames[1:]]
    if topic.startswith("samples"):
        say(topic=topic, checked=check_from_node(messages[0]))
    else:
        say(topic=topic, messages=messages)
