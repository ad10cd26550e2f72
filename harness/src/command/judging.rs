//! EDGE. Judges a run within the time that its checkers have, on the cores that there are.

use std::time::Instant;

use crate::cluster::judged::Judged;
use crate::cluster::limit::Limit;
use crate::cluster::recording::Recording;
use crate::parallel;

/// A run, or what there is of one that was broken off.
pub fn judge(recording: Recording, is_cut_off: bool) -> Judged {
    let began = Instant::now();
    let check_limit = recording.settings.judging.check_limit;
    let is_over = || began.elapsed() >= check_limit;
    let limit = Limit::until(&is_over, &parallel::for_each);
    if is_cut_off {
        Judged::of_part(recording, limit)
    } else {
        Judged::of(recording, limit)
    }
}
