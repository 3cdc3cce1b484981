"""How a peer talks to the test that started it: a JSON object a line, both ways. It ends when its input does."""

import json
import os
import sys
import threading

import classic


def say(**fields):
    sys.stdout.buffer.write(classic.encode(fields) + b"\n")
    sys.stdout.buffer.flush()


def commands():
    """For a peer that does what it is told, and nothing else."""
    for line in sys.stdin:
        yield json.loads(line)


def end_with_input():
    """For a peer that waits at its socket: nobody is left to talk to when the input ends."""

    def wait():
        sys.stdin.read()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()
