//! Whether acknowledged messages were ever polled.
//!
//! No right node fails: who is shown an offset was shown all before it, here or by whom the offset was
//! committed; and in the end every log is polled from its beginning until all is there or the recovery is
//! over.

use super::found::FoundFaults;
use super::logs::Logs;
use super::view::{DeedFate, DeedKind, View};
use crate::cluster::workload::kafka::finding::KafkaFault;

/// Judges what was acknowledged. `is_over`: whether everything has been polled that ever will be.
pub fn judge<'a>(view: &View<'a>, logs: &Logs<'a>, is_over: bool, found: &mut FoundFaults) {
    for deed in &view.deeds {
        let DeedKind::Send {
            key,
            message,
            fate: DeedFate::Acknowledged(offset),
        } = deed.done
        else {
            continue;
        };
        let log = logs.get(key);
        let places = log.and_then(|log| log.messages.get(message));
        if places.is_some_and(|places| places.polled.is_some()) {
            continue;
        }
        let passed = log.and_then(|log| log.passed);
        let passed = passed.filter(|passed| places.is_some_and(|p| p.last.offset < passed.offset));
        let told = |offset| view.entry(deed, offset, message);
        match (passed, offset) {
            (Some(passed), Some(offset)) => {
                let passed = view.entry(&passed.deed, passed.offset, passed.message);
                let entry = told(offset);
                found.add(key, KafkaFault::LostWrite { entry, passed });
            }
            _ if is_over => {
                let message = message.clone();
                let sent = view.witness(deed);
                found.add(
                    key,
                    KafkaFault::Unseen {
                        message,
                        offset,
                        sent,
                    },
                );
            }
            _ => {}
        }
    }
}
