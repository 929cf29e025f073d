//! Pages of long lists: an opaque token says after which item the next page begins.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::status::Failure;

const DEFAULT_SIZE: usize = 50;
const LARGEST_SIZE: usize = 500;

/// Which page of which list.
#[derive(Debug)]
pub struct Page {
    /// How many items.
    size: usize,
    /// The key of the last item of the page before.
    after: Option<u64>,
    /// Digest of the filters, so that a token isn't used with others.
    filters: String,
}

impl Page {
    /// Reads what a list request says of its page. `filters` is any text that differs when the filters do.
    pub fn read(size: i32, token: &str, filters: &str) -> Result<Self, Failure> {
        let size = match usize::try_from(size) {
            Ok(0) => DEFAULT_SIZE,
            Ok(size) => size.min(LARGEST_SIZE),
            Err(_) => return Err(Failure::field("page_size", "must not be negative")),
        };
        let filters = URL_SAFE_NO_PAD.encode(&Sha256::digest(filters.as_bytes())[..6]);
        let after = if token.is_empty() { None } else { Some(read_token(token, &filters)?) };
        Ok(Self { size, after, filters })
    }

    /// The items of this page out of an ascending sequence of keys and items, and the token of the next page
    /// (empty after the last).
    pub fn of<T>(&self, items: impl Iterator<Item = (u64, T)>) -> (Vec<T>, String) {
        let mut rest = items.skip_while(|(key, _)| self.after.is_some_and(|after| *key <= after)).peekable();
        let mut page = Vec::new();
        let mut last = 0;
        while page.len() < self.size {
            let Some((key, item)) = rest.next() else { break };
            last = key;
            page.push(item);
        }
        let token = if rest.peek().is_some() {
            URL_SAFE_NO_PAD.encode(format!("{last}/{}", self.filters))
        } else {
            String::new()
        };
        (page, token)
    }
}

fn read_token(token: &str, filters: &str) -> Result<u64, Failure> {
    let invalid = || Failure::field("page_token", "is none that this list returned with these filters");
    let text = URL_SAFE_NO_PAD.decode(token).map_err(|_| invalid())?;
    let text = String::from_utf8(text).map_err(|_| invalid())?;
    let (after, for_filters) = text.split_once('/').ok_or_else(invalid)?;
    if for_filters != filters {
        return Err(invalid());
    }
    after.parse().map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items() -> impl Iterator<Item = (u64, u64)> {
        [2, 3, 5, 7, 11].into_iter().map(|prime| (prime, prime))
    }

    #[test]
    fn pages_follow_each_other_without_gap_or_overlap() {
        let mut token = String::new();
        let mut seen = Vec::new();
        loop {
            let (page, next) = Page::read(2, &token, "all").unwrap().of(items());
            seen.extend(page);
            token = next;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, [2, 3, 5, 7, 11]);
    }

    #[test]
    fn a_token_is_for_its_own_filters_only() {
        let (_, token) = Page::read(2, "", "all").unwrap().of(items());
        assert!(Page::read(2, &token, "today").is_err());
        assert!(Page::read(2, "nonsense", "all").is_err());
        assert!(Page::read(-1, "", "all").is_err());
    }
}
