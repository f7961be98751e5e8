//! An authenticator in software: makes passkeys and signs with them, well or badly. Written from the text of WebAuthn and
//! without the library that our servers check with.

use mpp_core::draw;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::SeededEntropy;

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const HAS_KEY: u8 = 0x40;

/// An authenticator and the browser before it: answers to the options of a site as
/// `PublicKeyCredential.toJSON` would.
#[derive(Debug)]
pub struct SoftAuthenticator {
    /// The origin that the browser says it is at.
    pub origin: String,
    /// Whether the authenticator verifies the person (by finger or number) rather than only that somebody is there.
    pub verifies: bool,
    /// The sign counter; goes up with every signature.
    pub counter: u32,
    entropy: SeededEntropy,
    passkeys: Vec<Kept>,
}

struct Kept {
    credential: Vec<u8>,
    handle: String,
    key: SigningKey,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kept(..)")
    }
}

impl SoftAuthenticator {
    /// An authenticator whose keys follow from a seed, before a browser at this origin.
    #[must_use]
    pub fn new(seed: u64, origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            verifies: true,
            counter: 0,
            entropy: SeededEntropy::new(seed),
            passkeys: Vec::new(),
        }
    }

    /// Makes a passkey for `PublicKeyCredentialCreationOptionsJSON`; `None` when the options are not that, or name a
    /// passkey that is here already.
    pub fn create(&mut self, options: &Value) -> Option<Value> {
        let known = options.get("excludeCredentials").and_then(Value::as_array);
        let known = known.into_iter().flatten().filter_map(|one| one.get("id")?.as_str().map(str::to_owned));
        let known: Vec<String> = known.collect();
        if self.passkeys.iter().any(|kept| known.contains(&encoded(&kept.credential))) {
            return None;
        }
        let site = options.get("rp")?.get("id")?.as_str()?;
        let handle = options.get("user")?.get("id")?.as_str()?.to_owned();
        let key = SigningKey::from_slice(&draw::<32>(&self.entropy)).ok()?;
        let credential = draw::<32>(&self.entropy).to_vec();
        let data = self.data(site, Some((&credential, &key)))?;
        let client = self.client_data("webauthn.create", options)?;
        let object = attestation_object(&data)?;
        let id = encoded(&credential);
        self.passkeys.push(Kept { credential, handle, key });
        Some(json!({
            "id": id, "rawId": id, "type": "public-key", "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": { "clientDataJSON": encoded(&client), "attestationObject": encoded(&object), "transports": ["internal"] },
        }))
    }

    /// Signs for `PublicKeyCredentialRequestOptionsJSON` with the newest passkey; `None` without one.
    pub fn sign(&mut self, options: &Value) -> Option<Value> {
        self.counter = self.counter.saturating_add(1);
        let kept = self.passkeys.last()?;
        let data = self.data(options.get("rpId")?.as_str()?, None)?;
        let client = self.client_data("webauthn.get", options)?;
        let signed = [data.as_slice(), Sha256::digest(&client).as_slice()].concat();
        let signature: Signature = kept.key.sign(&signed);
        let id = encoded(&kept.credential);
        Some(json!({
            "id": id, "rawId": id, "type": "public-key", "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": encoded(&client), "authenticatorData": encoded(&data),
                "signature": encoded(signature.to_der().as_bytes()), "userHandle": kept.handle,
            },
        }))
    }

    /// Takes the credential and handle that another authenticator shows, without its key: a forger.
    pub fn pose_as(&mut self, other: &Self) -> Option<()> {
        let theirs = other.passkeys.last()?;
        let ours = self.passkeys.last_mut()?;
        ours.credential.clone_from(&theirs.credential);
        ours.handle.clone_from(&theirs.handle);
        Some(())
    }

    /// What the authenticator calls the account of its newest passkey, in base64url.
    #[must_use]
    pub fn handle(&self) -> Option<&str> {
        self.passkeys.last().map(|kept| kept.handle.as_str())
    }

    fn client_data(&self, kind: &str, options: &Value) -> Option<Vec<u8>> {
        let said = json!({
            "type": kind, "challenge": options.get("challenge")?, "origin": self.origin, "crossOrigin": false,
        });
        serde_json::to_vec(&said).ok()
    }

    /// The authenticator data, with a new key or without.
    fn data(&self, site: &str, made: Option<(&[u8], &SigningKey)>) -> Option<Vec<u8>> {
        let mut flags = PRESENT;
        if self.verifies {
            flags |= VERIFIED;
        }
        if made.is_some() {
            flags |= HAS_KEY;
        }
        let mut data = Sha256::digest(site).to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        if let Some((credential, key)) = made {
            data.extend([0; 16]);
            data.extend(u16::try_from(credential.len()).ok()?.to_be_bytes());
            data.extend(credential);
            data.extend(cose_key(key)?);
        }
        Some(data)
    }
}

/// A P-256 key in COSE: kty EC2, alg ES256, crv P-256, x, y.
fn cose_key(key: &SigningKey) -> Option<Vec<u8>> {
    let point = key.verifying_key().to_sec1_point(false);
    let (x, y) = point.as_bytes().get(1..)?.split_at_checked(32)?;
    let mut cose = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
    cose.extend(x);
    cose.extend([0x22, 0x58, 0x20]);
    cose.extend(y);
    Some(cose)
}

/// `{"fmt": "none", "attStmt": {}, "authData": data}` in CBOR.
fn attestation_object(data: &[u8]) -> Option<Vec<u8>> {
    let mut object = vec![0xa3];
    object.extend(b"\x63fmt\x64none\x67attStmt\xa0\x68authData\x58");
    object.push(u8::try_from(data.len()).ok()?);
    object.extend(data);
    Some(object)
}

fn encoded(bytes: &[u8]) -> String {
    base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes)
}
