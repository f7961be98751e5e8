//! Records and what they are found by: whatever was lost or changed behind a server's back is named, on every backend that keeps
//! the two apart.

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use crate::backups::InPostgres;
use crate::folder::{Server, mpp, parcel, run};

/// What is done, and what is said of it. The schema is the first one of the connection.
const DAMAGE: [(&str, &str); 6] = [
    (
        "DELETE FROM record_index WHERE kind = 'parcel' AND name = 'consent' AND seq = (SELECT min(seq) FROM record_index
         WHERE kind = 'parcel')",
        "1 records without an index entry of theirs: parcel ",
    ),
    ("DELETE FROM record_index", "3 records without an index entry of theirs: client-item "),
    (
        "INSERT INTO record_index (kind, name, value, seq, is_unique) SELECT kind, 'kept', 'no', seq, is_unique
         FROM record_index WHERE kind = 'parcel' AND name = 'kept'",
        "2 records with an index entry that is not theirs: parcel ",
    ),
    (
        "UPDATE record SET data = replace(data, 'available', 'nowhere') WHERE kind = 'parcel'",
        "2 records that are not what their kind says: parcel ",
    ),
    ("UPDATE record SET form = 7 WHERE kind = 'client-item'", "1 records that are not what their kind says: client-item "),
    (
        "UPDATE record SET key = 'another' WHERE kind = 'client-item'",
        "1 records that are not what their kind says: client-item another",
    ),
];

fn faults(server: &Server) -> Vec<String> {
    let checked = mpp(&["store", "check", "--json", "--config", &server.beside("server.toml")]);
    let found: Value = serde_json::from_slice(&checked.out).unwrap_or_else(|_| panic!("{}", checked.err));
    let faults: Vec<String> = serde_json::from_value(found["faults"].clone()).unwrap();
    assert_eq!(checked.code, i32::from(!faults.is_empty()), "{faults:?} {}", checked.err);
    faults
}

#[test]
fn sqlite_misses_no_entry() {
    for (sql, said) in DAMAGE {
        let server = Server::with_parcels(&[1, 2]);
        assert_eq!(faults(&server), Vec::<String>::new());
        run(async {
            let url = format!("sqlite://{}", server.file("records.sqlite").display());
            let mut connection = SqliteConnection::connect(&url).await.unwrap();
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        });
        let found = faults(&server);
        assert!(found.iter().any(|fault| fault.starts_with(said)), "{sql}: {found:?}");
    }
}

#[test]
fn postgres_misses_no_entry() {
    for (sql, said) in DAMAGE {
        let place = InPostgres::new();
        let server = Server::with_parcels_and(&[1, 2], &place.tables());
        assert_eq!(faults(&server), Vec::<String>::new());
        run(place.database.run(&format!("SET search_path = central; {sql}")));
        let found = faults(&server);
        assert!(found.iter().any(|fault| fault.starts_with(said)), "{sql}: {found:?}");
    }
}

/// A record of another program's is not taken for whole.
#[test]
fn a_kind_that_nobody_knows_is_named() {
    let place = InPostgres::new();
    let server = Server::with_parcels_and(&[1], &place.tables());
    let sql = "INSERT INTO central.record (kind, seq, key, version, form, data)
               SELECT 'from-the-future', nextval('central.record_seq'), '1', 1, 1, '{}'";
    run(place.database.run(sql));
    assert_eq!(faults(&server), ["1 records of a kind this program does not know: from-the-future"]);
}

/// Many are counted, and some of them named.
#[test]
fn of_many_some_are_named() {
    let numbers: Vec<u8> = (1..=25).collect();
    let place = InPostgres::new();
    let server = Server::with_parcels_and(&numbers, &place.tables());
    run(place.database.run("DELETE FROM central.record_index WHERE name = 'partner'"));
    let found = faults(&server);
    assert!(found[0].starts_with("25 records without an index entry of theirs: parcel "), "{found:?}");
    assert_eq!(found[0].matches("parcel ").count(), 20, "{found:?}");
    assert!(found[0].ends_with(", ..."), "{found:?}");
    let last = json!(parcel(25)).to_string();
    assert!(!found[0].contains(last.trim_matches('"')), "{found:?}");
}
