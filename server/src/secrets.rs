//! Random keys and tokens, digests, and comparing them without telling how much was right.

use sha2::{Digest, Sha256};

/// Bytes that nobody can guess, from the operating system.
///
/// # Panics
/// When the operating system has no randomness to give; going on with a guessable key would be worse.
pub fn random_bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// SHA-256 of a token: tokens are long and random, so that a plain digest can't be reversed.
pub fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Are the two equal? Takes the same time whatever differs.
pub fn equal_in_constant_time(left: &[u8; 32], right: &[u8; 32]) -> bool {
    std::hint::black_box(left.iter().zip(right).fold(0, |difference, (a, b)| difference | (a ^ b))) == 0
}

/// Lower-case hexadecimal digits.
pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// 32 bytes from 64 hexadecimal digits.
pub fn from_hex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_survives_being_written_in_hexadecimal() {
        let known = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        assert_eq!(to_hex(&digest("hello")), known);
        assert_eq!(from_hex(known), Some(digest("hello")));
        assert_eq!(from_hex("abc"), None);
        assert_eq!(from_hex(&"é".repeat(32)), None);
    }

    #[test]
    fn only_equal_digests_are_equal() {
        assert!(equal_in_constant_time(&digest("a"), &digest("a")));
        assert!(!equal_in_constant_time(&digest("a"), &digest("b")));
    }
}
