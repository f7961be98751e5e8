//! A PostgreSQL server of our own: in a fresh folder, on a free loopback port, with a password, `fsync` on, and stopped when
//! dropped. The tests of `mpp-store` that restart a server use this file, too, so it needs nothing but the standard library.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Where Debian keeps the programs of each version; they are not along `PATH`.
const DEBIAN: &str = "/usr/lib/postgresql";
/// The user a server runs as when we are root, whom it refuses.
const USER: &str = "postgres";
/// What a server says when it takes connections.
const READY: &str = "database system is ready to accept connections";
/// How long a server may take until then.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A running server.
#[derive(Debug)]
pub(crate) struct PostgresServer {
    programs: PathBuf,
    folder: PathBuf,
    password: String,
    port: u16,
    /// Beyond those that every server has.
    settings: Vec<String>,
    process: Option<Child>,
}

impl PostgresServer {
    /// Makes a cluster in `folder`, which is emptied before and removed at the end, and starts a server on it.
    ///
    /// # Errors
    /// When a program cannot be started or fails; the error has its last words.
    pub(crate) fn start(programs: &Path, folder: &Path) -> io::Result<Self> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let (programs, folder) = (programs.to_owned(), folder.to_owned());
        let mut server =
            Self { programs, folder, password: random_hex()?, port, settings: Vec::new(), process: None };
        server.make_cluster()?;
        server.run()?;
        Ok(server)
    }

    /// The address of its database `postgres`, with the password.
    pub(crate) fn url(&self) -> String {
        format!("postgres://{USER}:{}@127.0.0.1:{}/postgres", self.password, self.port)
    }

    /// Where everything of its lies: the cluster in `data`, what it says in `server.log`.
    #[allow(dead_code, reason = "not used by everybody who includes this file")]
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A setting that holds from the next start on.
    #[allow(dead_code, reason = "not used by everybody who includes this file")]
    pub(crate) fn set(&mut self, setting: &str) {
        self.settings.push(setting.to_owned());
    }

    /// Stops and starts it. With `SIGINT` it breaks off what runs, with `SIGQUIT` it stops dead, as in a crash; with `SIGKILL`
    /// it and all processes it started are killed.
    ///
    /// # Errors
    /// When it does not come back.
    #[allow(dead_code, reason = "not used by everybody who includes this file")]
    pub(crate) fn restart(&mut self, signal: &str) -> io::Result<()> {
        self.stop(signal)?;
        // a process that was being started while the others were killed holds the server's memory until it sees that
        let mut tries = 1;
        loop {
            match self.run() {
                Err(_) if signal == "SIGKILL" && tries < 10 => tries += 1,
                settled => return settled,
            }
        }
    }

    fn make_cluster(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => fs::create_dir_all(&self.folder)?,
        }
        let password = self.folder.join("password");
        fs::write(&password, &self.password)?;
        if is_root()? {
            succeed(Command::new("chown").arg("-R").arg(USER).arg(&self.folder))?;
        }
        let mut initdb = self.command("initdb")?;
        initdb.args([
            "--username",
            USER,
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--pwfile",
        ]);
        succeed(initdb.arg(&password).arg("--pgdata").arg(self.data()))?;
        fs::remove_file(password)
    }

    /// Starts the server and waits until it says that it is ready.
    fn run(&mut self) -> io::Result<()> {
        let mut command = self.command("postgres")?;
        command.arg("-D").arg(self.data()).args(["-p", &self.port.to_string()]);
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=300",
            "fsync=on",
            "logging_collector=off",
        ] {
            command.args(["-c", setting]);
        }
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        let mut process =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let said = process.stderr.take();
        self.process = Some(process);
        let (ready, waits) = mpsc::channel();
        let mut log =
            fs::OpenOptions::new().create(true).append(true).open(self.folder.join("server.log"))?;
        // reads on to the end: a server that nobody listens to would stop
        thread::spawn(move || {
            for line in said.into_iter().flat_map(|said| BufReader::new(said).lines()) {
                let Ok(line) = line else { return };
                // the log is for whoever looks into the folder; the server goes on without
                let _ = writeln!(log, "{line}");
                // nobody waits any more once it was ready
                let _ = ready.send(line);
            }
        });
        let mut last = String::new();
        while let Ok(line) = waits.recv_timeout(START_TIMEOUT) {
            if line.contains(READY) {
                return Ok(());
            }
            last = line;
        }
        Err(io::Error::other(format!("PostgreSQL did not start: {last}")))
    }

    fn stop(&mut self, signal: &str) -> io::Result<()> {
        if let Some(mut process) = self.process.take() {
            let mut kill = Command::new("kill");
            kill.args(["-s", signal.trim_start_matches("SIG")]).arg(process.id().to_string());
            if signal == "SIGKILL" {
                kill.args(children_of(process.id())?);
            }
            // one of the children may have ended by itself
            let killed = succeed(&mut kill);
            if signal != "SIGKILL" {
                killed?;
            }
            process.wait()?;
        }
        Ok(())
    }

    /// One of its programs, run by somebody it does not refuse, and stopped with whoever started it where that can be told
    /// to the system.
    fn command(&self, program: &str) -> io::Result<Command> {
        let program = self.programs.join(program);
        let mut command = if is_root()? {
            let mut command = Command::new("setpriv");
            command.args(["--reuid", USER, "--regid", USER, "--init-groups", "--pdeathsig", "INT"]);
            command.arg(program);
            command
        } else {
            Command::new(program)
        };
        // the folder we are in may be closed to that somebody
        command.current_dir("/").env("LC_ALL", "C").env_remove("PGDATA");
        Ok(command)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        // Nobody is left to tell; what stays behind is a folder below `target` or `/tmp`.
        let _ = self.stop("SIGINT");
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The folder of the server's programs: Debian's newest, else where `initdb` is along `PATH`.
pub(crate) fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let number = |path: &PathBuf| -> Option<u32> { path.file_name()?.to_str()?.parse().ok() };
    let debian = versions.map(|version| version.path()).filter(|path| path.join("bin/initdb").is_file());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let along = || {
        let mut folders = std::env::split_paths(&path);
        folders.find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
    };
    debian.max_by_key(number).map(|version| version.join("bin")).or_else(along)
}

/// The numbers of the processes that a process of one thread started.
fn children_of(process: u32) -> io::Result<Vec<String>> {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children"))?;
    Ok(children.split_whitespace().map(str::to_owned).collect())
}

fn is_root() -> io::Result<bool> {
    Ok(Command::new("id").arg("-u").output()?.stdout.trim_ascii() == b"0")
}

fn random_hex() -> io::Result<String> {
    let mut bytes = [0; 16];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn succeed(command: &mut Command) -> io::Result<()> {
    let output = command.stdin(Stdio::null()).output()?;
    let failed = |status: ExitStatus| {
        let said = String::from_utf8_lossy(&output.stderr);
        io::Error::other(format!("{:?} ended with {status}: {}", command.get_program(), said.trim()))
    };
    if output.status.success() { Ok(()) } else { Err(failed(output.status)) }
}
