//! What can only be seen from inside: that migrations never change.

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType};

use super::open::MIGRATIONS;

#[test]
fn released_migrations_never_change() {
    // Add a line for a new migration; a line that has to change means that a released migration was edited.
    let released = [
        (1, "35f82b385a138d10"),
        (2, "ae9519a51be046bd"),
        (3, "343f896f0edad5a4"),
        (4, "f23a1a7c96db1555"),
        (6, "5ccaab905c5a84c4"),
        (8, "4f911fbd7842ef74"),
        (9, "09a5ccf4c274836d"),
        (11, "4c132bff5b075a2a"),
    ];
    let found: Vec<(i64, String)> = MIGRATIONS
        .iter()
        .map(|(version, name, sql)| {
            let sql = sql.into_sql_str();
            let migration = Migration::new(*version, (*name).into(), MigrationType::Simple, sql, false);
            (*version, hex::encode(&migration.checksum[..8]))
        })
        .collect();
    let found: Vec<(i64, &str)> = found.iter().map(|(version, sum)| (*version, sum.as_str())).collect();
    assert_eq!(found, released);
}
