//! What can only be seen from inside: that migrations never change, and that sessions make their plans once.

use sqlx::migrate::{Migration, MigrationType};
use sqlx::{ConnectOptions, SqlSafeStr};

use super::PostgresAddress;
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

/// PostgreSQL by itself plans a statement with its values five times and then chooses; with many records it would go on so
/// (decision 0055).
#[tokio::test]
async fn a_session_plans_a_statement_once() {
    let server = std::env::var("MPP_POSTGRES")
        .expect("MPP_POSTGRES names no server: run `cargo xtask test`, which starts one, or set it");
    let address: PostgresAddress = server.parse().unwrap();
    let mut session = address.options().connect().await.unwrap();
    for number in 0..9_i32 {
        let (twice,): (i32,) =
            sqlx::query_as("SELECT 2 * $1").bind(number).fetch_one(&mut session).await.unwrap();
        assert_eq!(twice, 2 * number);
    }
    let plans =
        "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = 'SELECT 2 * $1'";
    let plans: (i64, i64) = sqlx::query_as(plans).fetch_one(&mut session).await.unwrap();
    assert_eq!(plans, (9, 0), "by values already known, and by any values");
}
