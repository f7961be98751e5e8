//! The ReBIT vectors in `tests/vectors/rebit`, as data.

use std::path::PathBuf;

use serde::Deserialize;

#[derive(Deserialize)]
pub struct VectorFile {
    pub cases: Vec<Case>,
    pub negative: Vec<Negative>,
    pub expiry: Vec<Expiry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Case {
    pub id: String,
    pub level: String,
    pub sender: Party,
    pub receiver: Party,
    pub shared_secret: String,
    pub iv: String,
    pub session_key: String,
    pub plaintext: String,
    pub ciphertext: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Party {
    pub private_key: String,
    pub public_key: String,
    pub point: Option<String>,
    pub nonce: String,
    pub expiry: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Negative {
    pub id: String,
    pub op: String,
    pub input: Input,
    pub expect: String,
    #[serde(default)]
    pub reason: String,
    pub shared_secret: Option<String>,
    pub plaintext: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    pub our_private_key: String,
    pub remote_public_key: String,
    pub remote_expiry: Option<String>,
    pub our_nonce: Option<String>,
    pub remote_nonce: Option<String>,
    pub base64_data: Option<String>,
    pub data: Option<String>,
}

#[derive(Deserialize)]
pub struct Expiry {
    pub expiry: String,
    pub expect: String,
}

/// Both vector files; they belong to the repository, so that they are always there.
pub fn vector_files() -> [VectorFile; 2] {
    ["rahasya-ecc.json", "rahasya-x25519.json"].map(|name| {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/rebit").join(name);
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    })
}
