//! Keys in both directions.

use mpp_crypto::KeyError;
use mpp_crypto::import::{ImportError, read_signing_key, to_public_der, to_public_pem};

use crate::{Bench, KINDS, public_key};

#[test]
fn we_read_the_keys_openssl_makes_in_every_form() {
    let bench = Bench::new();
    for (kind, alg) in KINDS {
        bench.openssl(&format!("genpkey {kind} -out key.pem"));
        bench.openssl("pkey -in key.pem -pubout -out public.pem");
        bench.openssl("pkey -in key.pem -pubout -outform DER -out public.der");
        let key = public_key(&bench.read("public.pem")).unwrap();
        assert_eq!(key.algorithm().name(), alg, "{kind}");
        assert_eq!(public_key(&bench.read("public.der")), Ok(key.clone()), "{kind}");
        assert_eq!(read_signing_key(&bench.read("key.pem")).unwrap().public(), key, "{kind}");
        assert_eq!(public_key(&bench.read("key.pem")), Err(ImportError::PrivateKey), "{kind}");
        if alg != "EdDSA" {
            bench.openssl("pkey -in key.pem -traditional -out old.pem");
            assert!(bench.read("old.pem").windows(12).any(|text| text.ends_with(b" PRIVATE KEY")));
            assert_eq!(read_signing_key(&bench.read("old.pem")).unwrap().public(), key, "{kind}");
        }
        bench.openssl("pkey -in key.pem -aes256 -passout pass:secret -out locked.pem");
        assert_eq!(
            read_signing_key(&bench.read("locked.pem")).unwrap_err(),
            ImportError::Encrypted,
            "{kind}"
        );
        if alg == "RS256" {
            bench.openssl("rsa -in key.pem -RSAPublicKey_out -out public1.pem");
            assert_eq!(public_key(&bench.read("public1.pem")), Ok(key.clone()), "{kind}: PKCS#1");
        }
        // As people mail them: with the fields in words around the block.
        bench.openssl("pkey -in key.pem -pubout -text -out text.pem");
        assert_eq!(public_key(&bench.read("text.pem")), Ok(key), "{kind}");
    }
}

#[test]
fn a_key_with_its_parameters_in_a_block_of_their_own_is_read() {
    let bench = Bench::new();
    let both = bench.openssl("ecparam -name prime256v1 -genkey");
    assert!(both.starts_with(b"-----BEGIN EC PARAMETERS-----"));
    assert_eq!(read_signing_key(&both).unwrap().algorithm().name(), "ES256");
}

#[test]
fn openssl_reads_the_keys_we_write() {
    let bench = Bench::new();
    for (kind, _) in KINDS {
        bench.openssl(&format!("genpkey {kind} -out key.pem"));
        bench.openssl("pkey -in key.pem -pubout -outform DER -out theirs.der");
        let key = read_signing_key(&bench.read("key.pem")).unwrap().public();
        assert_eq!(to_public_der(&key), bench.read("theirs.der"), "{kind}: to the byte");
        bench.write("ours.pem", to_public_pem(&key));
        assert_eq!(
            bench.openssl("pkey -pubin -in ours.pem -outform DER"),
            bench.read("theirs.der"),
            "{kind}"
        );
    }
}

#[test]
fn keys_we_do_not_take_have_their_reasons() {
    let bench = Bench::new();
    for (kind, reason) in [
        ("-algorithm RSA -pkeyopt rsa_keygen_bits:1024", KeyError::TooWeak.into()),
        ("-algorithm RSA -pkeyopt rsa_keygen_bits:2040", KeyError::TooWeak.into()),
        ("-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048", ImportError::UnsupportedKind),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:P-384", ImportError::UnsupportedCurve),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1", ImportError::UnsupportedCurve),
        (
            "-algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit",
            ImportError::UnsupportedCurve,
        ),
        ("-algorithm X25519", ImportError::UnsupportedCurve),
        ("-algorithm ED448", ImportError::UnsupportedCurve),
    ] {
        bench.openssl(&format!("genpkey {kind} -out key.pem"));
        bench.openssl("pkey -in key.pem -pubout -out public.pem");
        assert_eq!(public_key(&bench.read("public.pem")), Err(reason), "{kind}");
        assert!(read_signing_key(&bench.read("key.pem")).is_err(), "{kind}");
    }
}

#[test]
fn a_compressed_point_is_refused() {
    let bench = Bench::new();
    bench.openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem");
    bench.openssl("ec -in key.pem -pubout -conv_form compressed -out public.pem");
    assert_eq!(public_key(&bench.read("public.pem")), Err(KeyError::InvalidPublicKey.into()));
}
