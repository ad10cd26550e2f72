//! How long a checker may think. Whoever may take long asks now and then whether that is over, and says
//! then how far it came. Pure: the clock is somebody else's.

use std::fmt;

/// The time that the checkers of a run have together.
#[derive(Clone, Copy)]
pub struct Limit<'a> {
    is_over: &'a (dyn Fn() -> bool + Sync),
}

impl<'a> Limit<'a> {
    /// All the time in the world.
    pub const NONE: Limit<'static> = Limit { is_over: &|| false };

    /// It is over once this says so.
    pub fn until(is_over: &'a (dyn Fn() -> bool + Sync)) -> Self {
        Self { is_over }
    }

    /// Whether it is over; asks a clock.
    pub fn is_over(&self) -> bool {
        (self.is_over)()
    }
}

impl fmt::Debug for Limit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Limit")
    }
}
