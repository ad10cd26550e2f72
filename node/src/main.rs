//! The node: flags, then the driver, then an exit code.

fn main() {}
