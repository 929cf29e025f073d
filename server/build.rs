//! Compiles the wire contract in `proto/` to Rust, without a protoc binary.

use std::path::PathBuf;

use prost::Message;

// Services alone: what they import comes with them.
const FILES: [&str; 3] = ["sanban/v1/booking.proto", "sanban/v1/dispatch.proto", "sanban/v1/timetable.proto"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let protos = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("../proto");
    println!("cargo:rerun-if-changed={}", protos.display());
    let descriptors = protox::compile(FILES, [&protos])?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("sanban_descriptors.bin"), descriptors.encode_to_vec())?;
    let mut config = prost_build::Config::new();
    config.enable_type_names();
    // Figures in the same order every time: the same answer is the same bytes.
    config.btree_map(["."]);
    // A person's name and phone must not be printable by accident; `proto.rs` says what is shown instead.
    config.skip_debug(["sanban.v1.Person"]);
    tonic_prost_build::configure().compile_fds_with_config(descriptors, config)?;
    Ok(())
}
