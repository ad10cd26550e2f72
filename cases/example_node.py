#!/usr/bin/env python3
"""A node for cases/task, as it grows from what `harness new --node python` writes."""
import json, sys, time

node_id, node_ids, next_id = None, [], 0
neighbors, values = [], []
waiting, failures, delivered = {}, 0, 0

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

def check_acks():
    global failures, delivered
    before, late = delivered, [k for k, (_, _, t) in waiting.items() if time.monotonic() - t >= 0.5]
    pending = len(waiting)
    for neighbor, value, _ in [waiting.pop(k) for k in late]:
        failures += 1
        for node in node_ids:            # everyone who might be in the failed subtree
            if node != node_id and (node == neighbor or node not in neighbors):
                send(node, {"type": "broadcast", "message": value})
                delivered += 1
    return {"pending": pending, "timed_out": len(late), "direct_sent": delivered - before}

def broadcast(message):
    src, value = message["src"], message["body"]["message"]
    reply(message, {"type": "broadcast_ack" if src.startswith("n") else "broadcast_ok"})
    if value not in values:
        values.append(value)
        for neighbor in neighbors:
            if neighbor != src:
                forward = send(neighbor, {"type": "broadcast", "message": value})
                waiting[forward] = neighbor, value, time.monotonic()

def handle(message):
    global node_id, node_ids, neighbors
    body = message["body"]
    kind = body["type"]
    if kind == "init":
        node_id, node_ids = body["node_id"], body["node_ids"]
        log("started as", node_id, "of", node_ids)
        reply(message, {"type": "init_ok"})
    elif kind == "echo":
        reply(message, {"type": "echo_ok", "echo": body["echo"]})
    elif kind == "topology":
        neighbors = body["topology"][node_id]
        reply(message, {"type": "topology_ok"})
    elif kind == "broadcast":
        broadcast(message)
    elif kind == "broadcast_ack":
        waiting.pop(body["in_reply_to"], None)
    elif kind == "read":
        reply(message, {"type": "read_ok", "messages": values})
    elif kind == "check_acks":
        reply(message, {"type": "check_acks_ok", **check_acks()})
    elif kind == "failure_stats":
        stats = {"total_failures": failures, "direct_deliveries": delivered}
        reply(message, {"type": "failure_stats_ok", **stats})
    elif "msg_id" in body and "in_reply_to" not in body:
        reply(message, {"type": "error", "code": 10, "text": kind + " is not supported"})

for line in sys.stdin:
    handle(json.loads(line))
