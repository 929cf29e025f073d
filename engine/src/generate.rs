//! Believable scenarios from a seed.
