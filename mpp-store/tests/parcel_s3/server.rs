//! An S3-speaking server of our own on a free port: moto, in Python, which checks the signature of every request.
//!
//! `cargo xtask set-up` installs it from a pinned list, and `cargo xtask test` does so first. Where it is not set up, the
//! tests fail and name it.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use mpp_store::{Addressing, PlainHttp, S3Credentials, S3Place};
use serde::Deserialize;
use zeroize::Zeroizing;

const VARIABLE: &str = "MPP_S3_PYTHON";
/// In here, so that tests of other crates can include this file.
const SCRIPT: &str = include_str!("../s3_server/server.py");

/// The server, which ends with the last case that uses it, and by itself when this process is gone.
#[derive(Debug)]
pub(crate) struct S3Server {
    child: Child,
    ready: Ready,
    lines: Mutex<(Option<ChildStdin>, BufReader<ChildStdout>)>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ready {
    port: u16,
    key_id: String,
    secret: String,
}

impl S3Server {
    /// The server of all cases that run at this moment.
    #[allow(dead_code, reason = "not used by everybody who includes this file")]
    pub(crate) fn shared() -> Arc<Self> {
        static RUNNING: Mutex<Weak<S3Server>> = Mutex::new(Weak::new());
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        running.upgrade().unwrap_or_else(|| {
            let started = Arc::new(Self::start());
            *running = Arc::downgrade(&started);
            started
        })
    }

    /// A server of one's own.
    pub(crate) fn start() -> Self {
        let python = python();
        let mut command = Command::new(&python);
        command.arg("-c").arg(SCRIPT).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot start {python:?}: {error}"));
        let (input, mut output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("moto said {line:?}: {error}"));
        Self { child, ready, lines: Mutex::new((input, output)) }
    }

    /// A new bucket, empty.
    pub(crate) fn bucket(&self) -> S3Place {
        static BUCKETS: AtomicU32 = AtomicU32::new(1);
        let bucket = format!("parcels-{}", BUCKETS.fetch_add(1, Ordering::Relaxed));
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let (input, output) = &mut *lines;
        writeln!(input.as_mut().unwrap(), "{bucket}").unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(line, "made\n");
        self.place(&bucket)
    }

    /// A bucket by its name, whether it is there or not.
    pub(crate) fn place(&self, bucket: &str) -> S3Place {
        S3Place {
            bucket: bucket.to_owned(),
            prefix: None,
            endpoint: format!("http://127.0.0.1:{}", self.ready.port).parse().unwrap(),
            region: "ap-south-1".to_owned(),
            addressing: Addressing::Path,
            plain_http: PlainHttp::Loopback,
            credentials: self.credentials(&self.ready.secret),
        }
    }

    /// The id of our access key, and its secret.
    #[allow(dead_code, reason = "not used by everybody who includes this file")]
    pub(crate) fn access_key(&self) -> (&str, &str) {
        (&self.ready.key_id, &self.ready.secret)
    }

    /// Our access key with this secret.
    pub(crate) fn credentials(&self, secret: &str) -> S3Credentials {
        S3Credentials::new(self.ready.key_id.clone(), Zeroizing::new(secret.to_owned()))
    }
}

impl Drop for S3Server {
    /// The end of its input ends the program; what does not end is killed.
    fn drop(&mut self) {
        drop(self.lines.get_mut().unwrap_or_else(PoisonError::into_inner).0.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where Python with moto is: where the environment says, or where `cargo xtask set-up` put it.
fn python() -> PathBuf {
    let told = std::env::var_os(VARIABLE).map(PathBuf::from);
    let usual = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../s3-server/python/venv/bin/python");
    let found = told.unwrap_or(usual);
    let how = format!("`cargo xtask set-up` installs it, or {VARIABLE} says where its Python is");
    assert!(found.exists(), "the S3 server (moto) is not at {}: {how}", found.display());
    found
}
