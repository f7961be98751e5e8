//! The private half, on `aws-lc-rs`.

use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use mpp_core::Kid;
use zeroize::Zeroizing;

use super::VerifyingKey;
use crate::keys::{KeyError, SignatureError, thumbprint};
use crate::primitives::pem;

const PEM_LABEL: &str = "PRIVATE KEY";

/// Our RSA key in the ecosystem, under the name the Central Registry published for it. Never cloned; the library
/// wipes it on drop.
pub struct SigningKey {
    pair: KeyPair,
    public: VerifyingKey,
    kid: Kid,
}

impl SigningKey {
    /// A fresh key of 2,048 bits. The library's own generator makes it: it takes no other.
    ///
    /// # Errors
    /// [`KeyError::Unproducible`] when the library cannot make one.
    pub fn generate(kid: Kid) -> Result<Self, KeyError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Unproducible)?;
        Self::from_pair(pair, Some(kid)).map_err(|_| KeyError::Unproducible)
    }

    /// Reads the key from PKCS#8 PEM.
    ///
    /// # Errors
    /// [`KeyError::InvalidPrivateKey`] when the text is anything else, or the key is below 2,048 bits.
    pub fn from_pkcs8_pem(text: &str, kid: Kid) -> Result<Self, KeyError> {
        let der = pem::decode_lenient(PEM_LABEL, text).ok_or(KeyError::InvalidPrivateKey)?;
        let pair = KeyPair::from_pkcs8(&der).map_err(|_| KeyError::InvalidPrivateKey)?;
        Self::from_pair(pair, Some(kid))
    }

    /// The key as PKCS#8 PEM, for sealed storage only.
    ///
    /// # Errors
    /// [`KeyError::Unproducible`] when the library cannot write it.
    pub fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        let der: Pkcs8V1Der<'_> = self.pair.as_der().map_err(|_| KeyError::Unproducible)?;
        Ok(pem::encode_lines(PEM_LABEL, der.as_ref()))
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &VerifyingKey {
        &self.public
    }

    /// The name others know the key by.
    #[must_use]
    pub const fn kid(&self) -> &Kid {
        &self.kid
    }

    /// Signs `message`.
    ///
    /// # Errors
    /// [`SignatureError`] when the library fails, which does not happen with a sound key.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        self.sign_parts(&[message])
    }

    /// Signs the parts one after the other.
    pub(crate) fn sign_parts(&self, parts: &[&[u8]]) -> Result<Vec<u8>, SignatureError> {
        let mut digest = Context::new(&SHA256);
        parts.iter().for_each(|part| digest.update(part));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign_digest(&RSA_PKCS1_SHA256, &digest.finish(), &mut signature)
            .map_err(|_| SignatureError)?;
        Ok(signature)
    }

    /// The key of this pair, under its thumbprint where it has no name of its own.
    pub(crate) fn from_pair(pair: KeyPair, kid: Option<Kid>) -> Result<Self, KeyError> {
        let public = VerifyingKey::from_components(
            pair.public_key().modulus().big_endian_without_leading_zero().to_vec(),
            pair.public_key().exponent().big_endian_without_leading_zero().to_vec(),
        )
        .map_err(|_| KeyError::InvalidPrivateKey)?;
        let kid = kid.unwrap_or_else(|| thumbprint(&public.to_jwk()));
        Ok(Self { pair, public, kid })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("rs256::SigningKey").field("kid", &self.kid.as_str()).finish_non_exhaustive()
    }
}
