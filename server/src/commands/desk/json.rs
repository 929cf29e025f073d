//! The protobuf JSON of the server's messages, for programs.

use std::sync::LazyLock;

use prost::{Message, Name};
use prost_reflect::{DescriptorPool, DynamicMessage};
use serde_json::Value;

static CONTRACT: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(crate::proto::DESCRIPTORS).expect("the build compiled the contract"));

/// A message as protobuf JSON.
pub(super) fn of<M: Message + Name>(message: &M) -> Value {
    let descriptor = CONTRACT.get_message_by_name(&M::full_name()).expect("a message of the contract");
    let dynamic = DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice()).expect("the same message");
    serde_json::to_value(&dynamic).expect("protobuf has a JSON form")
}

/// Messages as a list of protobuf JSON.
pub(super) fn list<M: Message + Name>(messages: &[M]) -> Value {
    messages.iter().map(of).collect()
}

/// JSON for a terminal or a pipe.
pub(super) fn print(value: &Value) {
    super::print(&format!("{value:#}\n"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto;

    #[test]
    fn messages_have_the_json_of_the_protobuf_specification() {
        let booking = proto::Booking {
            booking_id: "B000001".to_owned(),
            tier: proto::Tier::Direct.into(),
            booked_at: Some(prost_types::Timestamp { seconds: 0, nanos: 0 }),
            ..Default::default()
        };
        let expected =
            serde_json::json!({ "bookingId": "B000001", "tier": "TIER_DIRECT", "bookedAt": "1970-01-01T00:00:00Z" });
        assert_eq!(of(&booking), expected);
    }
}
