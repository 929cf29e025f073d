//! What `build.rs` makes of the wire contract in `proto/`; documented there.

#![allow(missing_docs, clippy::all)]

tonic::include_proto!("sanban.v1");

/// The contract itself, for reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sanban_descriptors.bin"));

/// Never shows what it holds: personal fields must not reach a log.
impl std::fmt::Debug for Person {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Person(…)")
    }
}
