//! Reading records.

use async_trait::async_trait;

use crate::page::ListOrder;
use crate::{
    Cursor, Inconsistency, IndexName, IndexValue, ListQuery, Page, RecordKey, RecordKind, RecordReader,
    StoreError, StoredRecord,
};

use super::{SqliteStore, rows};

/// seq, key, version, form, data
type Row = (i64, String, i64, i64, String);

#[async_trait]
impl RecordReader for SqliteStore {
    async fn read(&self, kind: RecordKind, key: &RecordKey) -> Result<Option<StoredRecord>, StoreError> {
        let sql = "SELECT seq, key, version, form, data FROM record WHERE kind = ? AND key = ?";
        let query = sqlx::query_as(sql).bind(kind.as_str()).bind(key.as_str());
        let row: Option<Row> = self.readers.row(query).await?;
        row.map(|row| stored(kind, row).map(|(_, record)| record)).transpose()
    }

    async fn read_many(
        &self,
        kind: RecordKind,
        keys: &[RecordKey],
    ) -> Result<Vec<Option<StoredRecord>>, StoreError> {
        let mut found = vec![None; keys.len()];
        let wanted = serde_json::Value::from_iter(keys.iter().map(RecordKey::as_str)).to_string();
        // `CROSS` keeps the order: left to itself, SQLite reads every record of a kind of few and the whole list for each
        let sql = "SELECT w.key, r.seq, r.key, r.version, r.form, r.data
                   FROM json_each(?) w CROSS JOIN record r ON r.kind = ? AND r.key = w.value";
        let rows: Vec<(i64, i64, String, i64, i64, String)> =
            self.readers.rows(sqlx::query_as(sql).bind(wanted).bind(kind.as_str())).await?;
        for (place, seq, key, version, form, data) in rows {
            let (_, record) = stored(kind, (seq, key, version, form, data))?;
            if let Some(slot) = usize::try_from(place).ok().and_then(|place| found.get_mut(place)) {
                *slot = Some(record);
            }
        }
        Ok(found)
    }

    async fn list(&self, query: ListQuery) -> Result<Page<StoredRecord>, StoreError> {
        let size = query.page_size();
        let found = self.rows(&query, i64::from(size).saturating_add(1)).await?;
        let records = found.into_iter().map(|row| stored(query.kind, row)).collect::<Result<_, _>>()?;
        let page = Page::from_rows(records, size, |(position, _)| Cursor::at_position(*position));
        page.try_map(|(_, record)| Ok(record))
    }

    async fn count_up_to(
        &self,
        kind: RecordKind,
        index: Option<(IndexName, IndexValue)>,
        most: u64,
    ) -> Result<u64, StoreError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let count = match &index {
            None => {
                let sql = "SELECT count(*) FROM (SELECT 1 FROM record WHERE kind = ? LIMIT ?)";
                self.readers.number(sqlx::query_as(sql).bind(kind.as_str()).bind(most)).await
            }
            Some((name, value)) => {
                let sql = "SELECT count(*) FROM
                    (SELECT 1 FROM record_index WHERE kind = ? AND name = ? AND value = ? LIMIT ?)";
                let query = sqlx::query_as(sql).bind(kind.as_str()).bind(name.as_str());
                self.readers.number(query.bind(value.as_str()).bind(most)).await
            }
        }?;
        Ok(count.unsigned_abs())
    }

    async fn any_of(
        &self,
        kind: RecordKind,
        index: IndexName,
        values: &[IndexValue],
    ) -> Result<bool, StoreError> {
        let wanted = serde_json::Value::from_iter(values.iter().map(IndexValue::as_str)).to_string();
        // `CROSS` has each value looked for in the index
        let sql = "SELECT EXISTS (SELECT 1 FROM json_each(?) w CROSS JOIN record_index i
                   ON i.kind = ? AND i.name = ? AND i.value = w.value)";
        let query = sqlx::query_as(sql).bind(wanted).bind(kind.as_str()).bind(index.as_str());
        Ok(self.readers.number(query).await? != 0)
    }

    async fn mentions(&self, text: &str) -> Result<bool, StoreError> {
        let query = sqlx::query_as("SELECT EXISTS (SELECT 1 FROM record WHERE instr(data, ?) > 0)");
        Ok(self.readers.number(query.bind(text)).await? != 0)
    }
}

impl SqliteStore {
    async fn rows(&self, query: &ListQuery, limit: i64) -> Result<Vec<Row>, StoreError> {
        let after = query.after.as_ref().map(Cursor::position).transpose()?.map(rows::signed);
        let after = after.unwrap_or(match query.order {
            ListOrder::OldestFirst => 0,
            ListOrder::NewestFirst => i64::MAX,
        });
        match &query.index {
            None => {
                let sql = match query.order {
                    ListOrder::OldestFirst => {
                        "SELECT seq, key, version, form, data FROM record
                         WHERE kind = ? AND seq > ? ORDER BY seq LIMIT ?"
                    }
                    ListOrder::NewestFirst => {
                        "SELECT seq, key, version, form, data FROM record
                         WHERE kind = ? AND seq < ? ORDER BY seq DESC LIMIT ?"
                    }
                };
                let query = sqlx::query_as(sql).bind(query.kind.as_str()).bind(after).bind(limit);
                self.readers.rows(query).await
            }
            Some((name, value)) => {
                let sql = match query.order {
                    ListOrder::OldestFirst => {
                        "SELECT seq, key, version, form, data FROM record_index i JOIN record r USING (seq)
                         WHERE i.kind = ? AND i.name = ? AND i.value = ? AND i.seq > ?
                         ORDER BY i.seq LIMIT ?"
                    }
                    ListOrder::NewestFirst => {
                        "SELECT seq, key, version, form, data FROM record_index i JOIN record r USING (seq)
                         WHERE i.kind = ? AND i.name = ? AND i.value = ? AND i.seq < ?
                         ORDER BY i.seq DESC LIMIT ?"
                    }
                };
                let query = sqlx::query_as(sql).bind(query.kind.as_str()).bind(name.as_str());
                self.readers.rows(query.bind(value.as_str()).bind(after).bind(limit)).await
            }
        }
    }
}

fn stored(kind: RecordKind, row: Row) -> Result<(u64, StoredRecord), StoreError> {
    let (seq, key, version, form, data) = row;
    let key = RecordKey::from(key);
    let numbers = || -> Result<_, Inconsistency> {
        Ok((rows::unsigned("seq", seq)?, rows::version(version)?, rows::small("form", form)?))
    };
    match numbers() {
        Ok((position, version, form)) => Ok((position, StoredRecord { kind, key, version, form, data })),
        Err(cause) => Err(StoreError::Inconsistent { kind, key, cause }),
    }
}
