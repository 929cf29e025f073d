//! Offers on their way to the client and back: signed, so that what is booked is what was offered.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sanban_engine::dispatch::Offer;
use sha2::Sha256;

use super::status::Failure;

/// Signs and opens offers with the key of the store.
#[derive(Clone)]
pub struct OfferSigner(Hmac<Sha256>);

impl OfferSigner {
    /// With the key of a store.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes keys of any length"))
    }

    /// `OFFER.SIGNATURE`, both base64 (URL alphabet, no padding).
    pub fn sign(&self, offer: &Offer) -> String {
        let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(offer).expect("an offer has a JSON form"));
        let signature = self.0.clone().chain_update(body.as_bytes()).finalize().into_bytes();
        format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The offer of a token that this store signed.
    pub fn open(&self, token: &str) -> Result<Offer, Failure> {
        let invalid = || Failure::field("offer_token", "is no offer of this server: send it as Quote returned it");
        let (body, signature) = token.split_once('.').ok_or_else(invalid)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| invalid())?;
        // Compares in constant time.
        self.0.clone().chain_update(body.as_bytes()).verify_slice(&signature).map_err(|_| invalid())?;
        let body = URL_SAFE_NO_PAD.decode(body).map_err(|_| invalid())?;
        serde_json::from_slice(&body).map_err(|_| Failure::Precondition {
            reason: "OFFER_OUTDATED",
            subject: "offer_token".to_owned(),
            description: "the offer was made by another version of the server: ask for a new quote".to_owned(),
            zh: "报价由另一版本的服务器作出，请重新询价".to_owned(),
        })
    }
}
