//! The gRPC services: thin shells that check who calls, translate, and hand over to the engine or the writer.

pub mod auth;
pub mod status;
