"""How a peer talks to the test that started it: an order, then its answer, each a line of JSON. It ends when its input does."""

import json
import sys


def attempt(action, item):
    try:
        return {"value": action(item)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def serve(answer):
    _say({"ready": True})
    for line in sys.stdin:
        _say(attempt(answer, json.loads(line)))


def _say(line):
    print(json.dumps(line), flush=True)
