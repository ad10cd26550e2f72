#!/usr/bin/env python3
"""A Maelstrom node: one JSON message a line on stdin and stdout, logs on stderr."""
import json, sys

node_id, node_ids, next_id = None, [], 0

def log(*words):
    print(*words, file=sys.stderr, flush=True)

def send(dest, body):
    global next_id
    body["msg_id"] = next_id
    next_id += 1
    # Without flush=True the message stays in a buffer, and nobody gets it.
    print(json.dumps({"src": node_id, "dest": dest, "body": body}), flush=True)
    return body["msg_id"]

def reply(request, body):
    send(request["src"], {**body, "in_reply_to": request["body"]["msg_id"]})

def handle(message):
    global node_id, node_ids
    body = message["body"]
    kind = body["type"]
    if kind == "init":
        node_id, node_ids = body["node_id"], body["node_ids"]
        log("started as", node_id, "of", node_ids)
        reply(message, {"type": "init_ok"})
    elif kind == "echo":
        reply(message, {"type": "echo_ok", "echo": body["echo"]})
    elif "msg_id" in body and "in_reply_to" not in body:
        reply(message, {"type": "error", "code": 10, "text": kind + " is not supported"})

for line in sys.stdin:
    handle(json.loads(line))
