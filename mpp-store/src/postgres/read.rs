//! Reading records.

use async_trait::async_trait;

use crate::page::ListOrder;
use crate::{
    Cursor, Inconsistency, IndexName, IndexValue, ListQuery, Page, RecordKey, RecordKind, RecordReader,
    StoreError, StoredRecord,
};

use super::{PostgresStore, is_storable, rows};

/// seq, key, version, form, data
type Row = (i64, String, i64, i32, String);

#[async_trait]
impl RecordReader for PostgresStore {
    async fn read(&self, kind: RecordKind, key: &RecordKey) -> Result<Option<StoredRecord>, StoreError> {
        if !is_storable(key.as_str()) {
            return Ok(None);
        }
        let sql = "SELECT seq, key, version, form, data FROM record WHERE kind = $1 AND key = $2";
        let query = || sqlx::query_as(sql).bind(kind.as_str()).bind(key.as_str());
        let row = self.connections.rows::<Row>(query).await?.into_iter().next();
        row.map(|row| stored(kind, row).map(|(_, record)| record)).transpose()
    }

    async fn read_many(
        &self,
        kind: RecordKind,
        keys: &[RecordKey],
    ) -> Result<Vec<Option<StoredRecord>>, StoreError> {
        let mut found = vec![None; keys.len()];
        let (places, wanted): (Vec<i64>, Vec<&str>) =
            (0_i64..).zip(keys.iter().map(RecordKey::as_str)).filter(|(_, key)| is_storable(key)).unzip();
        let sql = "SELECT w.place, r.seq, r.key, r.version, r.form, r.data
                   FROM unnest($1::bigint[], $2::text[]) w (place, key) JOIN record r ON r.kind = $3 AND r.key = w.key";
        let query = || sqlx::query_as(sql).bind(&places[..]).bind(&wanted[..]).bind(kind.as_str());
        let rows = self.connections.rows::<(i64, i64, String, i64, i32, String)>(query).await?;
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
        let found = self.records(&query, i64::from(size).saturating_add(1)).await?;
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
                let sql = "SELECT count(*) FROM (SELECT FROM record WHERE kind = $1 LIMIT $2) AS counted";
                self.connections.number(|| sqlx::query_as(sql).bind(kind.as_str()).bind(most)).await
            }
            Some((_, value)) if !is_storable(value.as_str()) => Ok(0),
            Some((name, value)) => {
                let sql = "SELECT count(*) FROM (SELECT FROM record_index
                    WHERE kind = $1 AND name = $2 AND value = $3 LIMIT $4) AS counted";
                let query = || {
                    let query = sqlx::query_as(sql).bind(kind.as_str()).bind(name.as_str());
                    query.bind(value.as_str()).bind(most)
                };
                self.connections.number(query).await
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
        let wanted: Vec<&str> =
            values.iter().map(IndexValue::as_str).filter(|value| is_storable(value)).collect();
        let sql = "SELECT count(*) FROM (SELECT FROM unnest($1::text[]) w (value)
                   JOIN record_index i ON i.kind = $2 AND i.name = $3 AND i.value = w.value LIMIT 1) AS found";
        let query = || sqlx::query_as(sql).bind(&wanted[..]).bind(kind.as_str()).bind(index.as_str());
        Ok(self.connections.number(query).await? != 0)
    }

    async fn mentions(&self, text: &str) -> Result<bool, StoreError> {
        if !is_storable(text) {
            return Ok(false);
        }
        let sql = "SELECT EXISTS (SELECT 1 FROM record WHERE position($1 IN data) > 0)::int::bigint";
        Ok(self.connections.number(|| sqlx::query_as(sql).bind(text)).await? != 0)
    }
}

impl PostgresStore {
    async fn records(&self, query: &ListQuery, limit: i64) -> Result<Vec<Row>, StoreError> {
        let after = query.after.as_ref().map(Cursor::position).transpose()?.map(rows::signed);
        let after = after.unwrap_or(match query.order {
            ListOrder::OldestFirst => 0,
            ListOrder::NewestFirst => i64::MAX,
        });
        let kind = query.kind.as_str();
        let Some((name, value)) = &query.index else {
            let sql = match query.order {
                ListOrder::OldestFirst => {
                    "SELECT seq, key, version, form, data FROM record
                     WHERE kind = $1 AND seq > $2 ORDER BY seq LIMIT $3"
                }
                ListOrder::NewestFirst => {
                    "SELECT seq, key, version, form, data FROM record
                     WHERE kind = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3"
                }
            };
            return self.connections.rows(|| sqlx::query_as(sql).bind(kind).bind(after).bind(limit)).await;
        };
        if !is_storable(value.as_str()) {
            return Ok(Vec::new());
        }
        let query = || {
            let query = sqlx::query_as(indexed(query.order)).bind(kind).bind(name.as_str());
            query.bind(value.as_str()).bind(after).bind(limit)
        };
        self.connections.rows(query).await
    }
}

const fn indexed(order: ListOrder) -> &'static str {
    match order {
        ListOrder::OldestFirst => {
            "SELECT r.seq, r.key, r.version, r.form, r.data
             FROM record_index i JOIN record r ON r.kind = i.kind AND r.seq = i.seq
             WHERE i.kind = $1 AND i.name = $2 AND i.value = $3 AND i.seq > $4
             ORDER BY i.seq LIMIT $5"
        }
        ListOrder::NewestFirst => {
            "SELECT r.seq, r.key, r.version, r.form, r.data
             FROM record_index i JOIN record r ON r.kind = i.kind AND r.seq = i.seq
             WHERE i.kind = $1 AND i.name = $2 AND i.value = $3 AND i.seq < $4
             ORDER BY i.seq DESC LIMIT $5"
        }
    }
}

fn stored(kind: RecordKind, row: Row) -> Result<(u64, StoredRecord), StoreError> {
    let (seq, key, version, form, data) = row;
    let key = RecordKey::from(key);
    let numbers = || -> Result<_, Inconsistency> {
        Ok((rows::unsigned("seq", seq)?, rows::version(version)?, rows::small("form", form.into())?))
    };
    match numbers() {
        Ok((position, version, form)) => Ok((position, StoredRecord { kind, key, version, form, data })),
        Err(cause) => Err(StoreError::Inconsistent { kind, key, cause }),
    }
}
