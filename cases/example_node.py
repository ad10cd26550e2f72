#!/usr/bin/env python3
import json, sys, time

node_id, node_ids, neighbors, values = None, [], [], []
waiting, failures, delivered, next_id = {}, 0, 0, 0

def send(dest, body):
    global next_id
    body["msg_id"] = next_id
    next_id += 1
    print(json.dumps({"src": node_id, "dest": dest, "body": body}), flush=True)
    return body["msg_id"]

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

for line in sys.stdin:
    message = json.loads(line)
    src, body = message["src"], message["body"]
    kind, answer = body["type"], {}
    if kind == "broadcast_ack":
        waiting.pop(body["in_reply_to"], None)
        continue
    if kind == "init":
        node_id, node_ids = body["node_id"], body["node_ids"]
    elif kind == "topology":
        neighbors = body["topology"][node_id]
    elif kind == "read":
        answer = {"messages": values}
    elif kind == "check_acks":
        answer = check_acks()
    elif kind == "failure_stats":
        answer = {"total_failures": failures, "direct_deliveries": delivered}
    ack = kind == "broadcast" and src.startswith("n")
    send(src, {"type": kind + ("_ack" if ack else "_ok"), **answer, "in_reply_to": body["msg_id"]})
    if kind == "broadcast" and body["message"] not in values:
        values.append(body["message"])
        for neighbor in neighbors:
            if neighbor != src:
                forward = {"type": "broadcast", "message": body["message"]}
                waiting[send(neighbor, forward)] = neighbor, body["message"], time.monotonic()
