//! Known answers: the tree of the Certificate Transparency project, and the examples of the C2SP specifications.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use mpp_crypto::tlog::{
    Checkpoint, CheckpointError, NoteError, NoteVerifier, RightEdge, SignedNote, Tiles, empty_root,
    leaf_hash, verify_consistency, verify_inclusion,
};

/// The leaves of `merkletree/testonly` in certificate-transparency-go, and the root after each.
const REFERENCE: [(&str, &str); 8] = [
    ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    ("606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
];

#[test]
fn the_reference_tree_has_its_published_roots_and_proofs() {
    assert_eq!(empty_root().to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    let mut edge = RightEdge::default();
    for (leaf, root) in REFERENCE {
        edge.push(leaf_hash(&hex::decode(leaf).unwrap()), &mut Vec::new());
        assert_eq!(edge.root().to_string(), root);
    }
    let mut tiles = Tiles::new();
    edge.tiles().into_iter().for_each(|tile| tiles.insert(tile));
    let hashes = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>();
    // leaf 5 of 8, and trees of 6 and 8: the published examples of the same test tree
    let inclusion = hashes(&[
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]);
    let root = REFERENCE[7].1.parse().unwrap();
    let leaf = leaf_hash(&hex::decode(REFERENCE[5].0).unwrap());
    assert_eq!(tiles.prove_inclusion(5, 8).unwrap(), inclusion);
    verify_inclusion(&leaf, 5, (8, &root), &inclusion).unwrap();
    let consistency = hashes(&[
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]);
    assert_eq!(tiles.prove_consistency(6, 8).unwrap(), consistency);
    verify_consistency((6, &REFERENCE[5].1.parse().unwrap()), (8, &root), &consistency).unwrap();
}

/// From c2sp.org/signed-note.
const VKEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const NOTE: &str = "This is an example message.\n\n\u{2014} example.com/foo \
    Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

#[test]
fn the_note_of_the_specification_stands_under_its_key_only() {
    let verifier: NoteVerifier = VKEY.parse().unwrap();
    assert_eq!(verifier.to_string(), VKEY);
    let note = SignedNote::parse(NOTE.as_bytes()).unwrap();
    assert_eq!(note.to_string(), NOTE);
    assert_eq!(note.verify(&verifier), Ok("This is an example message.\n"));
    let named = NoteVerifier::new("example.com/bar".parse().unwrap(), verifier.key().clone()).unwrap();
    assert_eq!(note.verify(&named), Err(NoteError::UnknownKey));
    let other = NOTE.replace("example message", "exemple message");
    assert_eq!(SignedNote::parse(other.as_bytes()).unwrap().verify(&verifier), Err(NoteError::Signature));
    assert!(matches!(Checkpoint::verified(NOTE.as_bytes(), &verifier), Err(CheckpointError::Malformed)));
}

#[test]
fn the_checkpoint_of_the_specification_is_read_and_written() {
    let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    let checkpoint: Checkpoint = text.parse().unwrap();
    assert_eq!(checkpoint.size, 20_852_163);
    assert_eq!(checkpoint.origin.as_str(), "example.com/behind-the-sofa");
    assert_eq!(checkpoint.to_string(), text);
    let extended: Checkpoint = format!("{text}an extension\n").parse().unwrap();
    assert_eq!(extended, checkpoint);
    for refused in [
        "",
        "\n",
        "a\n1\n",
        "a\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n+1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n18446744073709551616\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n",
        "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    ] {
        assert_eq!(refused.parse::<Checkpoint>(), Err(CheckpointError::Malformed), "{refused:?}");
    }
}

#[test]
fn notes_with_faults_are_refused() {
    for refused in [
        "",
        "text\n",
        "text\n\n",
        "text\n\n\n",
        "text\u{7}\n\n\u{2014} a AAAAAAA=\n",
        "text\n\n- a AAAAAAA=\n",
        "text\n\n\u{2014} a+b AAAAAAA=\n",
        "text\n\n\u{2014}  AAAAAAA=\n",
        "text\n\n\u{2014} a AAAA\n",
        "text\n\n\u{2014} a AAAAAA==\n",
        "text\n\n\u{2014} a AAAAAAA\n",
        "text\n\n\u{2014} a AAAAAAA=",
        "text\n\n\u{2014} a\u{a0}b AAAAAAA=\n",
    ] {
        assert_eq!(SignedNote::parse(refused.as_bytes()), Err(NoteError::Malformed), "{refused:?}");
    }
    assert!(SignedNote::parse("text\n\nmore\n\n\u{2014} a AAAAAAA=\n".as_bytes()).is_ok());
    assert_eq!(SignedNote::parse(&[b'a'; 200_000]), Err(NoteError::TooLong));
    assert_eq!(SignedNote::parse(&[255, 10, 10]), Err(NoteError::Malformed));
    for refused in [
        "",
        "a",
        "a+b",
        "a+530d903a+",
        &VKEY.replace("530d903a", "530d903b"),
        &VKEY.replace("530d903a", "530D903A"),
        &VKEY.replace('A', "B"),
    ] {
        assert!(refused.parse::<NoteVerifier>().is_err(), "{refused}");
    }
}
