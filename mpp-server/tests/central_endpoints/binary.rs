//! The binary itself: it starts, says where it is, stops when told, and holds no code that opens an envelope.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

const CENTRAL: &str = env!("CARGO_BIN_EXE_mpp-central");

#[test]
pub(crate) fn the_binary_can_seal_but_not_open_envelopes() {
    let symbols = symbols(&std::fs::read(CENTRAL).unwrap());
    let named = |part: &str| symbols.iter().any(|name| name.contains(part));
    assert!(named("8envelope6sealer"), "the scan sees what is there");
    for opener in ["8envelope6opener", "8envelope8open_all"] {
        let found: Vec<&String> = symbols.iter().filter(|name| name.contains(opener)).collect();
        assert!(found.is_empty(), "{found:?}");
    }
}

/// Without this, a change of the compiler's naming would make the test above see nothing, and pass.
#[cfg(feature = "client")]
#[test]
pub(crate) fn the_scan_finds_the_opener_where_there_is_one() {
    let symbols = symbols(&std::fs::read(env!("CARGO_BIN_EXE_mpp-client")).unwrap());
    assert!(symbols.iter().any(|name| name.contains("8envelope6opener")));
}

#[test]
pub(crate) fn the_binary_serves_until_it_is_told_to_stop() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("central.toml");
    let text = format!(
        "listen = \"127.0.0.1:0\"\ndata = {:?}\napp_link_base = \"https://app.example/\"\n\
         [operator]\nname = \"Moneyone\"\ncontact = \"help@moneyone.example\"\n",
        folder.path().join("data")
    );
    std::fs::write(&config, text).unwrap();
    let mut child = Command::new(CENTRAL)
        .arg("--config")
        .arg(&config)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((ready["ready"].as_bool(), ready["role"].as_str()), (Some(true), Some("central")));
    let told = Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().unwrap();
    assert!(told.success());
    assert!(child.wait().unwrap().success());
}

#[test]
pub(crate) fn a_wrong_configuration_is_named_and_nothing_starts() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("central.toml");
    std::fs::write(&config, "listen = \"127.0.0.1:0\"\nlisen = 1\n").unwrap();
    let output = Command::new(CENTRAL).arg("--config").arg(&config).output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("lisen") && said.contains("central.toml"), "{said}");
}

/// The names of the functions in a 64-bit little-endian ELF file.
fn symbols(elf: &[u8]) -> BTreeSet<String> {
    assert_eq!(&elf[..6], b"\x7fELF\x02\x01", "this test reads 64-bit little-endian ELF");
    let u16_at = |at: usize| usize::from(u16::from_le_bytes(elf[at..at + 2].try_into().unwrap()));
    let u32_at = |at: usize| u32::from_le_bytes(elf[at..at + 4].try_into().unwrap());
    let u64_at =
        |at: usize| usize::try_from(u64::from_le_bytes(elf[at..at + 8].try_into().unwrap())).unwrap();
    let (sections, entry, count) = (u64_at(40), u16_at(58), u16_at(60));
    let mut names = BTreeSet::new();
    for section in (0..count).map(|number| sections + number * entry) {
        const SYMBOL_TABLE: u32 = 2;
        if u32_at(section + 4) != SYMBOL_TABLE {
            continue;
        }
        let (start, size) = (u64_at(section + 24), u64_at(section + 32));
        let strings = u64_at(sections + usize::try_from(u32_at(section + 40)).unwrap() * entry + 24);
        for symbol in (start..start + size).step_by(24) {
            let name = strings + usize::try_from(u32_at(symbol)).unwrap();
            let length = elf[name..].iter().position(|byte| *byte == 0).unwrap();
            names.insert(String::from_utf8_lossy(&elf[name..name + length]).into_owned());
        }
    }
    names
}
