//! What to offer, and the state of a service area that decisions change.
