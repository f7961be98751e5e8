//! What staff look at, on the wire.

use mpp_api::central::{
    ActivityRowView, AuditLeafView, AuditPageView, CaseFileView, DeliveryRowView, FetchRowView,
    FileConsentView, FileItemView, FileParcelView, FileStepView, FindingsView, FoundView, NamedCount,
    PartnerFileView, PartnerKeysView, QueueView, RecentFetchesView, RequestRowView, SourceView, TodayView,
};
use mpp_api::desk::AuditKindsView;
use mpp_core::{Decision, Timestamp};
use mpp_services::central::{
    ActivityRow, AuditPage, CaseFile, DeliveryRow, Enrolment, FetchRow, FileStep, Findings, Found,
    FoundThing, GivenConsent, NotificationKind, ParcelFact, PartnerFile, RecentFetches, RequestRow,
    SourceCounts, StepKind, Today,
};

use super::super::operator::standing_name;
use crate::attempts::attempt_view;
use crate::desk::checkpoint_view;

pub(super) fn today(today: Today) -> TodayView {
    let done = today.done.iter();
    let done = done.map(|done| NamedCount { name: done.what.name().to_owned(), count: done.count });
    let failures = today.failures.into_iter();
    let failures = failures.map(|(source, count)| NamedCount { name: source.to_string(), count });
    TodayView {
        day: today.day.to_string(),
        counted_to: today.counted_to,
        requests: today.requests,
        consents: today.consents,
        done: done.collect(),
        failures: failures.collect(),
        unopened: today.unopened,
        opened: today.opened,
        parked_deliveries: today.parked_deliveries,
        held: today.held,
        queues: today.queues.into_iter().map(queue).collect(),
    }
}

fn queue(queue: mpp_store::QueueBacklog) -> QueueView {
    QueueView {
        queue: queue.queue.to_string(),
        waiting: queue.waiting,
        leased: queue.leased,
        parked: queue.parked,
    }
}

pub(super) fn source(counts: SourceCounts) -> SourceView {
    let by_state = counts.by_state.into_iter();
    let by_state = by_state.map(|(name, count)| NamedCount { name: name.to_owned(), count });
    SourceView {
        source: counts.source.to_string(),
        by_state: by_state.collect(),
        counted_to: counts.counted_to,
        recent: recent(counts.recent),
    }
}

const fn recent(recent: RecentFetches) -> RecentFetchesView {
    RecentFetchesView {
        answered: recent.answered,
        failed: recent.failed,
        marked: recent.marked,
        p50_millis: recent.p50_millis,
        p95_millis: recent.p95_millis,
        p99_millis: recent.p99_millis,
    }
}

pub(super) fn request(row: RequestRow) -> RequestRowView {
    RequestRowView {
        consent_request_id: row.id,
        partner_id: row.partner,
        product_id: row.product,
        product_version: row.product_version.0,
        case_ref: row.case_ref,
        placed_at: row.placed_at,
        status: row.status.to_owned(),
        sources: row.sources.iter().map(ToString::to_string).collect(),
        approved: u64::try_from(row.approved).unwrap_or(u64::MAX),
    }
}

pub(super) fn case_file(file: CaseFile) -> CaseFileView {
    let decided = |decision| match decision {
        Decision::Approved => "approved".to_owned(),
        Decision::Refused => "refused".to_owned(),
    };
    let items = file.items.into_iter().map(|(source, title, decision)| FileItemView {
        source: source.to_string(),
        title,
        decision: decision.map(decided),
    });
    CaseFileView {
        request: request(file.row),
        partner_name: file.partner_name,
        envelope_kid: file.envelope_kid.to_string(),
        notice_version: file.notice_version,
        expires_at: file.expires_at,
        items: items.collect(),
        consents: file.consents.into_iter().map(consent).collect(),
        fetches: file.fetches.into_iter().map(fetch).collect(),
        parcels: file.parcels.into_iter().map(parcel).collect(),
        deliveries: file.deliveries.into_iter().map(delivery).collect(),
        steps: file.steps.into_iter().map(step).collect(),
    }
}

fn consent(consent: GivenConsent) -> FileConsentView {
    FileConsentView {
        consent_id: consent.id,
        source: consent.source.to_string(),
        title: consent.title,
        status: consent.status.to_owned(),
        given_at: consent.given_at,
        artefact_sha256: consent.artefact_sha256,
    }
}

fn parcel(parcel: ParcelFact) -> FileParcelView {
    FileParcelView {
        parcel_id: parcel.id,
        consent_id: parcel.consent,
        source: parcel.source.to_string(),
        status: parcel.status.to_owned(),
        size_bytes: parcel.sealed.map(|(size, _)| size),
        sha256: parcel.sealed.map(|(_, digest)| digest),
        erasure_receipt_id: parcel.receipt,
    }
}

fn step(step: FileStep) -> FileStepView {
    let what = match step.kind {
        StepKind::Placed => "placed".to_owned(),
        StepKind::Opened => "opened".to_owned(),
        StepKind::Decided => "decided".to_owned(),
        StepKind::ConsentGiven => "consent_given".to_owned(),
        StepKind::Used(what) => format!("use.{}", what.name()),
        StepKind::Acknowledged => "acknowledged".to_owned(),
        StepKind::Erased => "erased".to_owned(),
        StepKind::Told(kind) => format!("told.{}", notification_name(kind)),
        StepKind::Paused => "paused".to_owned(),
        StepKind::Resumed => "resumed".to_owned(),
        StepKind::Withdrawn => "withdrawn".to_owned(),
        StepKind::RanOut => "ran_out".to_owned(),
        StepKind::Cancelled => "cancelled".to_owned(),
    };
    FileStepView {
        at: step.at,
        what,
        actor: step.actor.name().to_owned(),
        source: step.source.map(|source| source.to_string()),
        parcel_id: step.parcel,
        proof_sha256: step.proof,
    }
}

pub(super) fn activity(row: ActivityRow) -> ActivityRowView {
    let (status, kept_until) = row.held.unzip();
    ActivityRowView {
        at: row.at,
        consent_id: row.consent,
        consent_request_id: row.request,
        partner_id: row.partner,
        case_ref: row.case_ref,
        source: row.source.to_string(),
        parcel_id: row.parcel,
        status: status.map(str::to_owned),
        kept_until,
    }
}

pub(super) fn fetch(row: FetchRow) -> FetchRowView {
    FetchRowView {
        fetch_id: row.id,
        consent_id: row.consent,
        consent_request_id: row.request,
        partner_id: row.partner,
        source: row.source.to_string(),
        status: row.status.to_owned(),
        attempts: row.attempts,
        at: row.at,
        reason: row.reason.map(str::to_owned),
        quality: row.quality.into_iter().map(|flag| flag.code().to_owned()).collect(),
    }
}

pub(in crate::central::routes) fn delivery(row: DeliveryRow) -> DeliveryRowView {
    DeliveryRowView {
        notification_id: row.id,
        partner_id: row.partner,
        sequence: row.sequence,
        kind: notification_name(row.kind).to_owned(),
        consent_request_id: row.subject.consent_request_id,
        case_ref: row.subject.case_ref,
        occurred_at: row.occurred_at,
        status: row.status.to_owned(),
        next_attempt_at: row.next_attempt_at,
        attempts: row.attempts.into_iter().map(attempt_view).collect(),
    }
}

const fn notification_name(kind: NotificationKind) -> &'static str {
    match kind {
        NotificationKind::ConsentApproved => "consent.approved",
        NotificationKind::ConsentRejected => "consent.rejected",
        NotificationKind::ConsentExpired => "consent.expired",
        NotificationKind::ConsentCancelled => "consent.cancelled",
        NotificationKind::ConsentPaused => "consent.paused",
        NotificationKind::ConsentResumed => "consent.resumed",
        NotificationKind::ConsentRevoked => "consent.revoked",
        NotificationKind::DataAvailable => "data.available",
        NotificationKind::DataNoRecord => "data.no_record",
        NotificationKind::DataFailed => "data.failed",
        NotificationKind::DataExpired => "data.expired",
        NotificationKind::DataDue => "data.due",
    }
}

pub(super) fn partner(file: PartnerFile, now: Timestamp) -> PartnerFileView {
    let PartnerFile { partner, price_plan, notification_url, current_kid, enrolments } = file;
    let keys = |enrolment: Enrolment| PartnerKeysView {
        current: current_kid.as_ref() == Some(&enrolment.envelope_kid),
        envelope_kid: enrolment.envelope_kid.to_string(),
        signing_kid: enrolment.signing_kid.to_string(),
        enrolled_at: enrolment.enrolled_at,
        valid_to: enrolment.valid_to,
        key_record: enrolment.signed.as_str().to_owned(),
    };
    PartnerFileView {
        partner_id: partner.id,
        standing: standing_name(partner.standing).to_owned(),
        regulated: partner.is_regulated(now),
        gstin: partner.gstin.to_string(),
        contract_ref: partner.contract_ref.to_string(),
        contacts: partner.contacts.iter().map(|contact| contact.email.clone()).collect(),
        price_plan: price_plan.map(|plan| plan.to_string()),
        registered_at: partner.registered_at,
        legal_name: partner.legal_name,
        notification_url: notification_url.map(String::from),
        keys: enrolments.into_iter().map(keys).collect(),
    }
}

pub(super) fn audit(page: AuditPage, kinds: AuditKindsView) -> AuditPageView {
    let leaf = |numbered: mpp_store::NumberedLeaf| AuditLeafView {
        index: numbered.index.0,
        entry: serde_json::from_slice(numbered.leaf.bytes()).unwrap_or_default(),
    };
    AuditPageView {
        leaves: page.leaves.into_iter().map(leaf).collect(),
        before: page.before,
        size: page.size,
        checkpoint: page.checkpoint.map(checkpoint_view),
        kinds,
    }
}

pub(super) fn findings(findings: Findings) -> FindingsView {
    FindingsView { items: findings.found.into_iter().map(found).collect(), more: findings.more }
}

fn found(found: Found) -> FoundView {
    let (kind, id) = match found.thing {
        FoundThing::Partner(id) => ("partner", id.to_string()),
        FoundThing::Request(id) => ("request", id.to_string()),
        FoundThing::Consent(id) => ("consent", id.to_string()),
        FoundThing::Parcel(id) => ("parcel", id.to_string()),
    };
    FoundView { kind: kind.to_owned(), id, request: found.request.map(request) }
}
