//! Ways to a server: TLS with the right root, with a wrong one, with another name; in the clear to one that demands TLS; by a Unix
//! socket. The certificates are made by `openssl`, found where `MPP_OPENSSL` says, else along `PATH`.
#![cfg(all(feature = "postgres", unix))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[path = "../../xtask/src/test_run/postgres_server.rs"]
#[allow(unreachable_pub, reason = "shared with the tool that starts the server of the other tests")]
mod postgres_server;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

use mpp_core::Persistence;
use mpp_store::conformance::run;
use mpp_store::conformance::sample::{BY_OWNER, Sample, enqueue, ids_by, insert, job, lease};
use mpp_store::{PostgresAddress, PostgresStore, StoreError};
use postgres_server::PostgresServer;
use sqlx::{Connection, Executor, PgConnection};

/// Runs `openssl` in a folder.
fn openssl(folder: &Path, arguments: &str) {
    let program = std::env::var_os("MPP_OPENSSL").unwrap_or_else(|| "openssl".into());
    let output = Command::new(&program).args(arguments.split_whitespace()).current_dir(folder).output();
    let output = output.unwrap_or_else(|error| panic!("`openssl` cannot be run: {error}; set MPP_OPENSSL"));
    assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

/// An authority of this name in a folder.
fn make_root(folder: &Path, name: &str) {
    openssl(
        folder,
        &format!(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN={name} \
             -addext basicConstraints=critical,CA:TRUE -keyout {name}.key -out {name}.crt"
        ),
    );
}

/// A certificate for 127.0.0.1, and no name, by the authority `root`.
fn make_certificate(folder: &Path) {
    fs::write(folder.join("extensions"), "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n").unwrap();
    openssl(
        folder,
        "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=server -keyout server.key -out server.csr",
    );
    openssl(
        folder,
        "x509 -req -in server.csr -CA root.crt -CAkey root.key -CAcreateserial -days 2 -extfile extensions -out server.crt",
    );
}

fn start(name: &str) -> PostgresServer {
    let programs =
        postgres_server::programs().expect("PostgreSQL's programs (Debian package `postgresql`) are there");
    let folder = std::env::temp_dir().join(format!("mpp-{name}-{}", std::process::id()));
    PostgresServer::start(&programs, &folder).unwrap()
}

/// Gives a file or folder to whoever owns the server's files.
fn give(server: &PostgresServer, path: &Path) {
    let given = Command::new("chown").arg("--reference").arg(server.folder().join("data")).arg(path).status();
    assert!(given.unwrap().success());
}

/// A server that takes nobody in the clear.
fn server_with_tls(certificates: &Path) -> PostgresServer {
    let mut server = start("tls");
    let data = server.folder().join("data");
    for name in ["server.crt", "server.key"] {
        let file = data.join(name);
        fs::copy(certificates.join(name), &file).unwrap();
        let mode = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o600);
        fs::set_permissions(&file, mode).unwrap();
        give(&server, &file);
    }
    fs::write(data.join("pg_hba.conf"), "hostssl all all 127.0.0.1/32 scram-sha-256\n").unwrap();
    server.set("ssl=on");
    server.restart("SIGINT").unwrap();
    server
}

/// `postgres://postgres:password@127.0.0.1:port/postgres`
fn password_and_port(server: &PostgresServer) -> (String, String) {
    let url = server.url();
    let (before, behind) = url.split_once('@').unwrap();
    let (port, _) = behind.split_once(':').unwrap().1.split_once('/').unwrap();
    (before.rsplit_once(':').unwrap().1.to_owned(), port.to_owned())
}

async fn opened(address: &str) -> Result<PostgresStore, StoreError> {
    PostgresStore::open(&address.parse::<PostgresAddress>().unwrap()).await
}

/// The refusal with everything it says.
async fn refused(address: &str) -> (StoreError, String) {
    let refusal = opened(address).await.unwrap_err();
    let mut said = refusal.to_string();
    let mut cause = refusal.source();
    while let Some(source) = cause {
        said = format!("{said}: {source}");
        cause = source.source();
    }
    (refusal, said)
}

#[test]
fn a_server_that_demands_tls_is_checked_and_checks() {
    let certificates = tempfile::tempdir().unwrap();
    let folder = certificates.path();
    make_root(folder, "root");
    make_root(folder, "other");
    make_certificate(folder);
    let server = server_with_tls(folder);
    let (root, other) = (folder.join("root.crt"), folder.join("other.crt"));
    let with = |parameters: &str| format!("{}?{parameters}", server.url());
    run(async {
        let checked = with(&format!("sslmode=verify-full&sslrootcert={}", root.display()));
        let store = opened(&checked).await.unwrap();
        insert(&store, [Sample::of("a", 1)]).await;
        assert_eq!(ids_by(&store, BY_OWNER, "a").await, [1]);
        drop(store);

        let wrong = with(&format!("sslmode=verify-full&sslrootcert={}", other.display()));
        let unknown = with("sslmode=verify-full");
        let by_name = checked.replace("@127.0.0.1:", "@localhost:");
        for (address, expected) in
            [(wrong, "certificate"), (unknown, "certificate"), (by_name, "certificate")]
        {
            let (refusal, said) = refused(&address).await;
            assert!(matches!(refusal, StoreError::Unavailable { .. }), "{refusal:?}");
            assert!(said.contains(expected), "{said}");
            assert_eq!(refusal.persistence(), Persistence::Temporary);
        }
        let (refusal, said) = refused(&with("sslmode=disable")).await;
        assert!(matches!(refusal, StoreError::Unavailable { .. }), "{refusal:?}");
        assert!(said.contains("no encryption"), "{said}");
        assert!(!said.contains(&password_and_port(&server).0));
    });
}

#[test]
fn a_server_without_tls_is_refused_where_tls_is_asked_for() {
    let server = start("plain");
    run(async {
        let (refusal, said) = refused(&format!("{}?sslmode=verify-full", server.url())).await;
        assert!(matches!(refusal, StoreError::Unavailable { .. }), "{refusal:?}");
        assert!(said.to_lowercase().contains("tls") || said.to_lowercase().contains("ssl"), "{said}");
        assert!(opened(&server.url()).await.is_ok(), "on this machine the clear is enough");
    });
}

#[test]
fn a_role_that_owns_its_database_and_nothing_else_is_enough() {
    let server = start("role");
    run(async {
        let mut postgres = PgConnection::connect(&server.url()).await.unwrap();
        for sql in ["CREATE ROLE mpp LOGIN PASSWORD 'plain' NOSUPERUSER", "CREATE DATABASE mpp OWNER mpp"] {
            postgres.execute(sql).await.unwrap();
        }
        let (_, port) = password_and_port(&server);
        let store = opened(&format!("postgres://mpp:plain@127.0.0.1:{port}/mpp")).await.unwrap();
        insert(&store, [Sample::of("a", 1)]).await;
        assert_eq!(ids_by(&store, BY_OWNER, "a").await, [1]);
        enqueue(&store, [job(1)]).await;
        assert_eq!(lease(&store, 0).await.len(), 1);
    });
}

#[test]
fn a_unix_socket_is_an_address() {
    let mut server = start("socket");
    let sockets = server.folder().join("sockets");
    fs::create_dir(&sockets).unwrap();
    give(&server, &sockets);
    server.set(&format!("unix_socket_directories={}", sockets.display()));
    server.set("listen_addresses=");
    server.restart("SIGINT").unwrap();
    let (password, port) = password_and_port(&server);
    let address = format!("postgres:///postgres?host={}&port={port}&user=postgres", sockets.display());
    run(async {
        assert!(opened(&server.url()).await.is_err(), "there is no other way");
        let address: PostgresAddress = address.parse().unwrap();
        let store = PostgresStore::open(&address.clone().with_password(&password)).await.unwrap();
        insert(&store, [Sample::of("a", 1)]).await;
        assert_eq!(ids_by(&store, BY_OWNER, "a").await, [1]);
        let refused = PostgresStore::open(&address.with_password("another")).await;
        assert!(matches!(refused, Err(StoreError::Unavailable { .. })), "{refused:?}");
    });
}
