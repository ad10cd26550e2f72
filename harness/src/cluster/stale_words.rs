//! Answers of services from the past, in words.

use super::names::{Names, time};
use super::service_use::StaleAnswer;

/// It in a sentence, with what there is to know of it.
pub fn stale(answer: StaleAnswer, names: &Names<'_>) -> String {
    format!(
        "{} read state {} of {} of {} at {}: it may answer from the past; only a write that changes \
         something brings a client to the newest state",
        names.node(answer.node),
        answer.served.state,
        answer.served.newest,
        answer.service.name(),
        time(answer.time),
    )
}
