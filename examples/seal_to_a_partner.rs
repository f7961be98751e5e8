//! Sealing data so that one partner, and nobody on the way, can read it.
//!
//! ```console
//! cargo run --example seal_to_a_partner
//! ```

use std::error::Error;

use mpp::core::{ConsentId, Entropy, ParcelId, PartnerId, Source};
use mpp::crypto::envelope::{self, ContentType, Context, Opener, Purpose, Sealer};
use mpp::crypto::{EnvelopeKeyRing, EnvelopePrivateKey, EnvelopePublicKey};
use mpp_testkit::SeededEntropy;

/// Runs the example.
///
/// # Errors
/// When a step fails, which it should not.
pub fn main() -> Result<(), Box<dyn Error>> {
    // A program of yours gives the operating system's generator; an example gives the same bytes every time.
    let entropy = SeededEntropy::new(2026);

    // At the partner: a key pair made at home. Only the public half leaves, as a JSON Web Key.
    let private_key = EnvelopePrivateKey::generate(&entropy);
    let published = serde_json::to_string(&private_key.public().to_jwk())?;

    // At the sender: the data is bound to what it is for. Nobody can move it to another consent or parcel.
    let recipient = EnvelopePublicKey::from_jwk(&serde_json::from_str(&published)?)?;
    let context = Context {
        purpose: Purpose::Parcel,
        partner: PartnerId::generate(&entropy),
        consent: ConsentId::generate(&entropy),
        parcel: ParcelId::generate(&entropy),
        source: Source::AccountAggregator,
        content_type: ContentType::xml(),
    };
    let sealed = seal(
        &["<Account>", "... a statement of any length ...", "</Account>"],
        &recipient,
        &context,
        &entropy,
    )?;

    // On the way: what an envelope says about itself can be read without a key, and is believed only after opening.
    let seen = envelope::inspect(&sealed)?;
    println!("{} bytes, sealed to {}", sealed.len(), seen.header.kid);

    // At the partner: any key of the ring opens, chunk by chunk, and only in the context that is expected.
    let ring = EnvelopeKeyRing::new(private_key);
    let mut opener = Opener::new(&ring, context.clone());
    let mut opened = Vec::new();
    for piece in sealed.chunks(1000) {
        opener.push(piece, &mut opened)?;
    }
    opener.finish(&mut opened)?;
    println!("{}", String::from_utf8(opened)?);

    let other_consent = Context { consent: ConsentId::generate(&entropy), ..context };
    let refused = envelope::open_all(&sealed, &ring, &other_consent);
    println!("under another consent: {}", refused.err().ok_or("an envelope opened in a wrong context")?);
    Ok(())
}

/// Seals pieces as they come, in constant memory.
fn seal(
    pieces: &[&str],
    recipient: &EnvelopePublicKey,
    context: &Context,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, envelope::EnvelopeError> {
    let (mut sealer, mut sealed) = Sealer::new(recipient, context, entropy);
    for piece in pieces {
        sealer.push(piece.as_bytes(), &mut sealed)?;
    }
    sealer.finish(&mut sealed)?;
    Ok(sealed)
}
