//! Where bytes come from and go to: files or the standard streams.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::operator::Failure;

/// The bytes of a file, or of standard input.
pub(super) fn input(file: Option<&Path>) -> Result<Box<dyn Read>, Failure> {
    match file {
        None => Ok(Box::new(io::stdin().lock())),
        Some(path) => {
            let opened =
                File::open(path).map_err(|source| Failure::File { path: path.to_owned(), source })?;
            Ok(Box::new(opened))
        }
    }
}

/// A new file that is there only when it is complete, or standard output.
pub(super) enum Destination {
    Stdout(io::Stdout),
    New { part: PathBuf, target: PathBuf, file: File, complete: bool },
}

impl Destination {
    /// Begins to write, to a file beside the target when there is one.
    pub(super) fn begin(target: Option<&Path>) -> Result<Self, Failure> {
        let Some(target) = target else { return Ok(Self::Stdout(io::stdout())) };
        let failed = |source| Failure::File { path: target.to_owned(), source };
        if target.try_exists().map_err(failed)? {
            return Err(failed(io::ErrorKind::AlreadyExists.into()));
        }
        let mut part = target.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let file = File::options().write(true).create_new(true).mode(0o600).open(&part);
        let file = file.map_err(|source| Failure::File { path: part.clone(), source })?;
        Ok(Self::New { part, target: target.to_owned(), file, complete: false })
    }

    /// Everything is written: the file takes its name, unless another took it meanwhile.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        match &mut self {
            Self::Stdout(out) => out.flush().map_err(Failure::Output),
            Self::New { part, target, file, complete } => {
                let done = file
                    .sync_all()
                    .and_then(|()| std::fs::hard_link(&*part, &*target))
                    .and_then(|()| std::fs::remove_file(&*part));
                *complete = done.is_ok();
                done.map_err(|source| Failure::File { path: target.clone(), source })
            }
        }
    }
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(out) => out.write(bytes),
            Self::New { file, .. } => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.flush(),
            Self::New { file, .. } => file.flush(),
        }
    }
}

impl Drop for Destination {
    /// What is not complete does not stay.
    fn drop(&mut self) {
        if let Self::New { part, complete: false, .. } = self {
            // Nobody is left to be told; the file is named after what it is.
            let _ = std::fs::remove_file(part);
        }
    }
}
