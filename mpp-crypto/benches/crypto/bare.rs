//! AES-256-GCM and P-256 without anything around them, by the libraries under our envelopes.

/// A key of the library's own.
#[cfg(feature = "accelerated")]
pub(crate) struct BareKey(ring::aead::LessSafeKey);

#[cfg(feature = "accelerated")]
impl BareKey {
    pub(crate) const LIBRARY: &str = "ring";

    pub(crate) fn new() -> Self {
        let key = ring::aead::UnboundKey::new(&ring::aead::AES_256_GCM, &[7; 32]).unwrap();
        Self(ring::aead::LessSafeKey::new(key))
    }

    /// Encrypts in place; the tag stands behind the text.
    pub(crate) fn seal(&self, text_and_tag: &mut [u8]) {
        let (text, tag) = text_and_tag.split_last_chunk_mut::<16>().unwrap();
        let nonce = ring::aead::Nonce::assume_unique_for_key([9; 12]);
        let made = self.0.seal_in_place_separate_tag(nonce, ring::aead::Aad::empty(), text).unwrap();
        tag.copy_from_slice(made.as_ref());
    }

    /// Decrypts in place what [`BareKey::seal`] made.
    pub(crate) fn open(&self, text_and_tag: &mut [u8]) {
        let nonce = ring::aead::Nonce::assume_unique_for_key([9; 12]);
        self.0.open_in_place(nonce, ring::aead::Aad::empty(), text_and_tag).unwrap();
    }
}

/// A key of the library's own.
#[cfg(not(feature = "accelerated"))]
pub(crate) struct BareKey(Box<aes_gcm::Aes256Gcm>);

#[cfg(not(feature = "accelerated"))]
impl BareKey {
    pub(crate) const LIBRARY: &str = "aes-gcm";

    pub(crate) fn new() -> Self {
        use aes_gcm::KeyInit;
        Self(Box::new(aes_gcm::Aes256Gcm::new(&[7; 32].into())))
    }

    /// Encrypts in place; the tag stands behind the text.
    pub(crate) fn seal(&self, text_and_tag: &mut [u8]) {
        use aes_gcm::AeadInOut;
        let (text, tag) = text_and_tag.split_last_chunk_mut::<16>().unwrap();
        *tag = self.0.encrypt_inout_detached(&[9; 12].into(), &[], text.into()).unwrap().into();
    }

    /// Decrypts in place what [`BareKey::seal`] made.
    pub(crate) fn open(&self, text_and_tag: &mut [u8]) {
        use aes_gcm::AeadInOut;
        let (text, tag) = text_and_tag.split_last_chunk_mut::<16>().unwrap();
        self.0.decrypt_inout_detached(&[9; 12].into(), &[], text.into(), (&*tag).into()).unwrap();
    }
}

/// One long-lived key and one peer.
#[cfg(feature = "accelerated")]
pub(crate) struct BareAgreement {
    own: aws_lc_rs::agreement::PrivateKey,
    peer: Vec<u8>,
}

#[cfg(feature = "accelerated")]
impl BareAgreement {
    pub(crate) const LIBRARY: &str = "aws-lc-rs";

    pub(crate) fn new() -> Self {
        let [own, peer] = [Self::key(), Self::key()];
        Self { own, peer: peer.compute_public_key().unwrap().as_ref().to_vec() }
    }

    /// What a sender needs at least: a fresh key pair, its public half, one agreement.
    pub(crate) fn with_a_fresh_key(&self) -> usize {
        let key = Self::key();
        key.compute_public_key().unwrap().as_ref().len() + self.agreed(&key)
    }

    /// What a receiver needs at least: one agreement.
    pub(crate) fn with_the_own_key(&self) -> usize {
        self.agreed(&self.own)
    }

    fn key() -> aws_lc_rs::agreement::PrivateKey {
        aws_lc_rs::agreement::PrivateKey::generate(&aws_lc_rs::agreement::ECDH_P256).unwrap()
    }

    fn agreed(&self, key: &aws_lc_rs::agreement::PrivateKey) -> usize {
        let peer = aws_lc_rs::agreement::UnparsedPublicKey::new(&aws_lc_rs::agreement::ECDH_P256, &self.peer);
        aws_lc_rs::agreement::agree(key, peer, (), |secret| Ok(secret.len())).unwrap()
    }
}

/// One long-lived key and one peer.
#[cfg(not(feature = "accelerated"))]
pub(crate) struct BareAgreement {
    own: p256::SecretKey,
    peer: p256::PublicKey,
}

#[cfg(not(feature = "accelerated"))]
impl BareAgreement {
    pub(crate) const LIBRARY: &str = "p256";

    pub(crate) fn new() -> Self {
        Self { own: Self::key(7), peer: Self::key(8).public_key() }
    }

    /// What a sender needs at least: a key pair, its public half, one agreement.
    pub(crate) fn with_a_fresh_key(&self) -> usize {
        use p256::elliptic_curve::sec1::ToSec1Point;
        let key = Self::key(9);
        let secret = key.diffie_hellman(&self.peer);
        key.public_key().to_sec1_point(false).as_bytes().len() + secret.raw_secret_bytes().len()
    }

    /// What a receiver needs at least: one agreement.
    pub(crate) fn with_the_own_key(&self) -> usize {
        self.own.diffie_hellman(&self.peer).raw_secret_bytes().len()
    }

    fn key(seed: u8) -> p256::SecretKey {
        p256::SecretKey::from_slice(&[seed; 32]).unwrap()
    }
}
