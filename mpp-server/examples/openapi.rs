//! Writes the descriptions of the interfaces (OpenAPI 3.1) into a folder, or says which of those there are not current.
//! `cargo xtask openapi` starts it.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (write, folder) = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--write", folder] => (true, PathBuf::from(folder)),
        [folder] => (false, PathBuf::from(folder)),
        _ => bail!("usage: openapi [--write] FOLDER"),
    };
    let mut all_current = true;
    for (name, text) in mpp_server::openapi::texts() {
        let path = folder.join(format!("{name}.json"));
        if std::fs::read_to_string(&path).is_ok_and(|there| there == text) {
            continue;
        }
        if write {
            std::fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
            println!("{} is written", path.display());
        } else {
            println!("{} is not current: run `cargo xtask openapi --write`", path.display());
            all_current = false;
        }
    }
    Ok(if all_current { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
