//! How a message gets from one node into the next: as a line, or without the detour, which is
//! many times as fast. Both must lead to the same.

use node::message::{Batch, Body, ErrorCode, Incoming, MsgId, Outgoing, Payload, Request, parse};

/// Writes `message` and reads it.
pub fn by_line(message: &Outgoing) -> Incoming {
    let line = message.to_string();
    parse(line.as_bytes()).unwrap_or_else(|error| panic!("{error}: {line}"))
}

/// What reading the line would give.
pub fn directly(message: &Outgoing) -> Incoming {
    let body = match (&message.in_reply_to, &message.payload) {
        (Some(id), Payload::BroadcastAck) => Body::BroadcastAck {
            in_reply_to: ack(id),
        },
        (Some(_), Payload::Error { code, .. }) if *code == ErrorCode::NotSupported => {
            Body::NotSupported
        }
        (Some(_), _) => Body::OtherReply,
        (None, payload) => Body::Request {
            msg_id: Some(MsgId::from(message.msg_id)),
            request: request(payload),
        },
    };
    Incoming {
        src: message.src.clone(),
        dest: message.dest.clone(),
        body,
    }
}

fn request(payload: &Payload) -> Request {
    match payload.clone() {
        Payload::Broadcast { message, route } => Request::Broadcast { message, route },
        Payload::Batch {
            messages,
            route,
            acks,
        } => {
            let acks = acks.iter().map(ack).collect();
            Request::Batch(Batch {
                messages,
                route,
                acks,
            })
        }
        Payload::Gossip { ranges } => Request::Gossip { ranges },
        Payload::GossipHave { prefix, hashes } => Request::GossipHave { prefix, hashes },
        Payload::GossipWant { hashes } => Request::GossipWant { hashes },
        other => panic!("{other:?} is no request"),
    }
}

fn ack(id: &MsgId) -> u64 {
    id.to_string().parse().expect("a node counts from 0")
}
