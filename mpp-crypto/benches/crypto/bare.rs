//! AES-256-GCM without anything around it, by the library under our envelopes.

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
