//! This server as a witness of central's audit log: it keeps the newest checkpoint it has seen, and lets no later one pass that is
//! not a continuation of it.

use std::collections::BTreeSet;

use async_trait::async_trait;
use mpp_core::{PublicJwk, Timestamp};
use mpp_crypto::jws::CompactJws;
use mpp_crypto::tlog::{Checkpoint, MissingTile, Tile, TileName, TilePath, Tiles, verify_consistency};
use mpp_crypto::{VerifyingKey, sha256};
use mpp_store::{RecordReaderExt, Version, Versioned};
use serde::Deserialize;

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::records::{CentralLogRecord, LogBreach, LogBreachKind};
use super::{ClientError, ClientService, GatewayError};
use crate::log::{LOG_KEY_TYP, LogRole, open_note_of};

/// How many findings are kept; the later ones repeat what is known.
const MOST_FINDINGS: usize = 100;

/// How often to begin anew while other processes of this server do the same.
const MOST_ATTEMPTS: usize = 4;

/// Shows central's audit log.
#[async_trait]
pub trait CentralLog: std::fmt::Debug + Send + Sync {
    /// Which key signs it, signed by central; `None` from a central that keeps no such log.
    ///
    /// # Errors
    /// See [`GatewayError`].
    async fn key(&self) -> Result<Option<CompactJws>, GatewayError>;

    /// Its newest checkpoint, a signed note.
    ///
    /// # Errors
    /// See [`GatewayError`]; gone before the first one.
    async fn checkpoint(&self) -> Result<Vec<u8>, GatewayError>;

    /// The hashes of a tile one after the other.
    ///
    /// # Errors
    /// See [`GatewayError`].
    async fn tile(&self, path: TilePath) -> Result<Vec<u8>, GatewayError>;
}

/// What a look at central's log showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Witnessed {
    /// There is no checkpoint yet.
    Nothing,
    /// It is as it was, or was continued; so many leaves it has now.
    Continued(u64),
    /// It is not what it was.
    Breached(LogBreachKind),
}

/// Central's log as this server has seen it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CentralLogStanding {
    /// How many leaves the newest checkpoint covers.
    pub size: u64,
    /// When it was first seen.
    pub seen_at: Timestamp,
    /// When central was last asked and answered well.
    pub checked_at: Timestamp,
    /// What was wrong, the oldest first.
    pub findings: Vec<LogBreach>,
}

#[derive(Deserialize)]
struct LogKey {
    key: PublicJwk,
}

/// A checkpoint whose signature stands.
struct Seen {
    key: VerifyingKey,
    checkpoint: Checkpoint,
    line: u32,
    note: String,
}

impl ClientService {
    /// Looks at central's log and keeps its newest checkpoint. Whatever is wrong with it is written down, with both checkpoints.
    ///
    /// # Errors
    /// [`ClientError::NotEnrolled`]; when central or the store does not answer, or what central says is not signed by it.
    pub async fn witness_central(&self, log: &dyn CentralLog) -> Result<Witnessed, ClientError> {
        for _ in 0..MOST_ATTEMPTS {
            match self.witness_once(log).await {
                Err(error) if error.is_conflict() => {}
                settled => return settled,
            }
        }
        self.witness_once(log).await
    }

    /// What was seen of central's log; `None` before the first look.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn central_log(&self) -> Result<Option<CentralLogStanding>, ClientError> {
        let kept = self.store().get::<CentralLogRecord>(&CentralLogRecord::the_only()).await?;
        Ok(kept.map(|read| CentralLogStanding {
            size: read.record.size,
            seen_at: read.record.seen_at,
            checked_at: read.record.checked_at,
            findings: read.record.findings,
        }))
    }

    pub(super) async fn central_log_findings(&self) -> Result<u64, ClientError> {
        let findings = self.central_log().await?.map_or(0, |standing| standing.findings.len());
        Ok(u64::try_from(findings).unwrap_or(u64::MAX))
    }

    /// What is kept is read before central is asked: what central says then is not older.
    async fn witness_once(&self, log: &dyn CentralLog) -> Result<Witnessed, ClientError> {
        // before there are keys nothing can be asked
        self.identity().await?;
        let kept = self.store().get::<CentralLogRecord>(&CentralLogRecord::the_only()).await?;
        let Some(seen) = self.see(log).await? else { return Ok(Witnessed::Nothing) };
        let Some(kept) = kept else {
            self.keep_seen(None, &seen, Vec::new(), None).await?;
            return Ok(Witnessed::Continued(seen.checkpoint.size));
        };
        let breach = breach(log, &kept.record, &seen).await?;
        let (version, before) = (Some(kept.version), kept.record);
        let Some(kind) = breach else {
            let seen_at = (before.note == seen.note).then_some(before.seen_at);
            self.keep_seen(version, &seen, before.findings, seen_at).await?;
            return Ok(Witnessed::Continued(seen.checkpoint.size));
        };
        self.note_breach(Versioned { version: kept.version, record: before }, &seen, kind).await?;
        Ok(Witnessed::Breached(kind))
    }

    async fn see(&self, log: &dyn CentralLog) -> Result<Option<Seen>, ClientError> {
        let Some(statement) = log.key().await? else { return Ok(None) };
        let stated: LogKey =
            self.said_by_central(LOG_KEY_TYP, &statement).await?.map_err(|_| GatewayError::Answer)?;
        let key = VerifyingKey::from_jwk(&stated.key).map_err(|_| GatewayError::Answer)?;
        let note = match log.checkpoint().await {
            Ok(note) => note,
            Err(error) if error.is_gone() => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let opened = open_note_of(LogRole::Central, &key, &note);
        let (checkpoint, line) = opened.ok_or(GatewayError::Answer)?;
        let note = String::from_utf8(note).map_err(|_| GatewayError::Answer)?;
        Ok(Some(Seen { key, checkpoint, line, note }))
    }

    async fn keep_seen(
        &self,
        version: Option<Version>,
        seen: &Seen,
        findings: Vec<LogBreach>,
        seen_at: Option<Timestamp>,
    ) -> Result<(), ClientError> {
        let mut change = Change::new(self);
        let record = record_of(seen, findings, (seen_at.unwrap_or(change.now()), change.now()));
        change.write(version, &record);
        change.commit().await
    }

    /// Two checkpoints that contradict each other are kept both, and the later one is what is gone on from. What is not proven only
    /// yet is asked for again.
    async fn note_breach(
        &self,
        kept: Versioned<CentralLogRecord>,
        seen: &Seen,
        kind: LogBreachKind,
    ) -> Result<(), ClientError> {
        let mut change = Change::new(self);
        let now = change.now();
        let before = kept.record;
        let found = LogBreach { at: now, kind, kept: before.note.clone(), came: seen.note.clone() };
        let repeats = |last: &LogBreach| last.kind == kind && last.kept == found.kept;
        if before.findings.last().is_some_and(repeats) {
            return Ok(());
        }
        let mut findings = before.findings.clone();
        if findings.len() < MOST_FINDINGS {
            findings.push(found);
        }
        let record = match kind {
            LogBreachKind::Unproven => CentralLogRecord { findings, ..before },
            _ => record_of(seen, findings, (now, now)),
        };
        change.write(Some(kept.version), &record);
        let evidence = Some(sha256(seen.note.as_bytes()));
        let subject = Subject { evidence, reason: Some(kind.code().to_owned()), ..Subject::default() };
        change.audit(Action::CentralLogBreached, &Actor::Server, &subject);
        change.commit().await
    }
}

fn record_of(
    seen: &Seen,
    findings: Vec<LogBreach>,
    (seen_at, checked_at): (Timestamp, Timestamp),
) -> CentralLogRecord {
    CentralLogRecord {
        key: seen.key.to_jwk(),
        line: seen.line,
        size: seen.checkpoint.size,
        root: seen.checkpoint.root,
        note: seen.note.clone(),
        seen_at,
        checked_at,
        findings,
    }
}

/// What is wrong with a checkpoint beside the one that was kept.
async fn breach(
    log: &dyn CentralLog,
    kept: &CentralLogRecord,
    seen: &Seen,
) -> Result<Option<LogBreachKind>, ClientError> {
    let (old, new) = (kept.size, &seen.checkpoint);
    if kept.key != seen.key.to_jwk() {
        return Ok(Some(LogBreachKind::AnotherKey));
    }
    if kept.line != seen.line {
        return Ok(Some(LogBreachKind::SetBack));
    }
    if new.size < old {
        return Ok(Some(LogBreachKind::Smaller));
    }
    if new.size == old {
        return Ok((new.root != kept.root).then_some(LogBreachKind::Rewritten));
    }
    let tiles = match tiles_for(log, &Tiles::for_consistency(old, new.size), new.size).await {
        Ok(tiles) => tiles,
        Err(error) if error.is_gone() => return Ok(Some(LogBreachKind::Unproven)),
        Err(error) => return Err(error.into()),
    };
    let proof = tiles.prove_consistency(old, new.size);
    let proof = proof.map_err(|MissingTile(_)| GatewayError::Answer)?;
    let stands = verify_consistency((old, &kept.root), (new.size, &new.root), &proof);
    Ok(stands.is_err().then_some(LogBreachKind::Rewritten))
}

async fn tiles_for(
    log: &dyn CentralLog,
    names: &BTreeSet<TileName>,
    size: u64,
) -> Result<Tiles, GatewayError> {
    let mut tiles = Tiles::new();
    for name in names {
        let width = name.width_at(size);
        let bytes = log.tile(TilePath { name: *name, width }).await?;
        let tile = Tile::from_bytes(*name, &bytes).filter(|tile| tile.hashes.len() == usize::from(width));
        tiles.insert(tile.ok_or(GatewayError::Answer)?);
    }
    Ok(tiles)
}
