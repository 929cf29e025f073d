//! The `sanban` binary.
fn main() {}
