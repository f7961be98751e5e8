use std::sync::Arc;

use futures::TryStreamExt;
use mpp_core::Span;
use mpp_crypto::at_rest::{EpochKey, EpochKeys};
use mpp_store::Vault;
use mpp_testkit::SeededEntropy;

use super::*;
use crate::office::Office;
use crate::{Role, StaffParts};

fn new(once: &str) -> NewExport {
    NewExport {
        once: once.to_owned(),
        list: "/requests".to_owned(),
        query: "caseRef=CANARY-1".to_owned(),
        filter: "Case: CANARY-1".to_owned(),
        file: "requests".to_owned(),
        format: ExportFormat::Csv,
        of: None,
        replaces: None,
    }
}

fn part(part: u32, rows: u64, bytes: &'static str) -> ExportPart {
    ExportPart { part, rows, bytes: Bytes::from_static(bytes.as_bytes()) }
}

fn why(export: &Export) -> Option<ExportEnd> {
    match export.standing {
        ExportStanding::Ended { why, .. } => Some(why),
        ExportStanding::Working | ExportStanding::Ready { .. } => None,
    }
}

fn refused<T: std::fmt::Debug>(outcome: Result<T, StaffError>) -> ExportRefused {
    match outcome {
        Err(StaffError::Export(refused)) => refused,
        other => panic!("{other:?}"),
    }
}

fn is_unknown<T>(outcome: Result<T, StaffError>) -> bool {
    matches!(outcome, Err(StaffError::NotFound))
}

/// An office with somebody who has begun a file of two parts.
struct Begun {
    office: Office,
    asha: Person,
    id: ExportId,
}

impl Begun {
    async fn new() -> Self {
        let office = Office::new();
        let asha = office.joined("asha", &[Role::Auditor, Role::Operations]).await.person;
        let (export, fresh) = office.desk.start_export(&asha, new("once")).await.unwrap();
        assert!(fresh);
        for number in 0..2 {
            office.desk.add_to_export(&asha, export.id, part(number, 100, "CANARY-row\r\n")).await.unwrap();
        }
        Self { office, asha, id: export.id }
    }

    async fn ready() -> Self {
        let begun = Self::new().await;
        begun.office.desk.finish_export(&begun.asha, begun.id, 200).await.unwrap();
        begun
    }

    async fn shown(&self) -> Export {
        self.office.desk.export(&self.asha.id, self.id).await.unwrap()
    }

    async fn has_bytes(&self) -> bool {
        !self.office.desk.files().parts(record::storage(self.id)).await.unwrap().is_empty()
    }

    async fn has_record(&self) -> bool {
        let key = ExportRecord::key_of(self.id);
        self.office.desk.store().get::<ExportRecord>(&key).await.unwrap().is_some()
    }
}

#[tokio::test]
async fn a_file_is_made_part_by_part_and_only_its_person_has_it() {
    let begun = Begun::new().await;
    let desk = &begun.office.desk;
    let ravi = begun.office.joined("ravi", &[Role::Administrator]).await.person;
    let shown = begun.shown().await;
    assert_eq!((shown.rows, shown.bytes, shown.standing), (100, 24, ExportStanding::Working));
    assert_eq!((shown.query.as_str(), shown.filter.as_str()), ("caseRef=CANARY-1", "Case: CANARY-1"));
    assert_eq!(
        refused(desk.export_file(&begun.asha.id, begun.id).await.map(drop)),
        ExportRefused::Unfinished
    );
    desk.add_to_export(&begun.asha, begun.id, part(1, 100, "CANARY-row\r\n")).await.unwrap();
    let skipped = desk.add_to_export(&begun.asha, begun.id, part(3, 100, "x")).await;
    assert!(matches!(skipped, Err(StaffError::Invalid(_))));
    desk.finish_export(&begun.asha, begun.id, 200).await.unwrap();
    let file = desk.export_file(&begun.asha.id, begun.id).await.unwrap();
    assert_eq!(collected(file).await, "CANARY-row\r\nCANARY-row\r\n");
    for outcome in [
        desk.export(&ravi.id, begun.id).await.map(drop),
        desk.export_file(&ravi.id, begun.id).await.map(drop),
        desk.stop_export(&ravi.id, begun.id, ExportEnd::Cancelled).await,
        desk.remove_export(&ravi.id, begun.id).await,
        desk.add_to_export(&ravi, begun.id, part(2, 1, "x")).await,
        desk.finish_export(&ravi, begun.id, 1).await,
    ] {
        assert!(is_unknown(outcome));
    }
    assert!(desk.exports(&ravi.id).await.unwrap().is_empty());
    let late = desk.add_to_export(&begun.asha, begun.id, part(2, 1, "x")).await;
    assert_eq!(refused(late), ExportRefused::Ended, "what is ready stays as it is");
}

async fn collected(file: ByteStream) -> String {
    let parts: Vec<Bytes> = file.try_collect().await.unwrap();
    String::from_utf8(parts.concat()).unwrap()
}

#[tokio::test]
async fn what_is_filtered_by_is_sealed_and_the_log_says_who_which_list_and_format() {
    let begun = Begun::ready().await;
    let key = ExportRecord::key_of(begun.id);
    let kept = begun.office.desk.store().get::<ExportRecord>(&key).await.unwrap().unwrap();
    let text = serde_json::to_string(&kept.record).unwrap();
    assert!(!text.contains("CANARY") && !format!("{:?}", begun.shown().await).contains("CANARY"), "{text}");
    let leaves = begun.office.leaves().await;
    let told: Vec<_> = leaves.iter().filter(|leaf| leaf.contains("export.started")).collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("\"detail\":\"/requests csv\"") && told[0].contains("asha"), "{told:?}");
    assert!(leaves.iter().all(|leaf| !leaf.contains("CANARY")));
}

#[tokio::test]
async fn a_file_is_over_after_a_day() {
    let begun = Begun::ready().await;
    let desk = &begun.office.desk;
    begun.office.clock.advance(Span::from_millis(24 * 3_600_000 - 1));
    assert!(matches!(begun.shown().await.standing, ExportStanding::Ready { .. }));
    assert_eq!(desk.forget_exports().await.unwrap(), 0);
    begun.office.clock.advance(Span::from_millis(1));
    assert!(is_unknown(desk.export_file(&begun.asha.id, begun.id).await));
    assert!(begun.has_bytes().await && begun.has_record().await);
    assert!(desk.forget_old().await.unwrap() >= 1);
    assert!(!begun.has_bytes().await && !begun.has_record().await);
}

#[tokio::test]
async fn a_cancelled_file_leaves_no_bytes_and_takes_no_more() {
    let begun = Begun::new().await;
    let desk = &begun.office.desk;
    desk.stop_export(&begun.asha.id, begun.id, ExportEnd::Cancelled).await.unwrap();
    assert_eq!(why(&begun.shown().await), Some(ExportEnd::Cancelled));
    assert!(!begun.has_bytes().await);
    assert_eq!(refused(desk.note_export(&begun.asha, begun.id, 1).await), ExportRefused::Ended);
    assert_eq!(
        refused(desk.add_to_export(&begun.asha, begun.id, part(2, 1, "x")).await),
        ExportRefused::Ended
    );
    desk.stop_export(&begun.asha.id, begun.id, ExportEnd::Unread).await.unwrap();
    assert_eq!(why(&begun.shown().await), Some(ExportEnd::Cancelled), "what has ended stays as it is");
    desk.remove_export(&begun.asha.id, begun.id).await.unwrap();
    assert!(!begun.has_record().await && is_unknown(desk.export(&begun.asha.id, begun.id).await));
}

#[tokio::test]
async fn who_says_nothing_for_a_minute_is_taken_for_gone() {
    let begun = Begun::new().await;
    begun.office.clock.advance(Span::from_seconds(60));
    assert_eq!(begun.shown().await.standing, ExportStanding::Working);
    begun.office.desk.note_export(&begun.asha, begun.id, 150).await.unwrap();
    begun.office.clock.advance(Span::from_seconds(60));
    assert_eq!(begun.shown().await.rows, 150);
    begun.office.clock.advance(Span::from_millis(1));
    assert_eq!(why(&begun.shown().await), Some(ExportEnd::Interrupted));
    assert!(!begun.has_bytes().await);
}

#[tokio::test]
async fn a_file_ends_with_its_session_and_no_other_session_makes_it() {
    let begun = Begun::new().await;
    let desk = &begun.office.desk;
    let other = Person { session: None, ..begun.asha.clone() };
    assert_eq!(refused(desk.note_export(&other, begun.id, 1).await), ExportRefused::Ended);
    assert_eq!(begun.shown().await.standing, ExportStanding::Working);
    desk.end_session(&begun.asha, Some(&begun.asha.id), begun.asha.session.unwrap()).await.unwrap();
    assert_eq!(why(&begun.shown().await), Some(ExportEnd::SessionEnded));
    assert!(!begun.has_bytes().await);
    let begun = Begun::ready().await;
    let session = begun.asha.session.unwrap();
    begun.office.desk.end_session(&begun.asha, Some(&begun.asha.id), session).await.unwrap();
    assert!(matches!(begun.shown().await.standing, ExportStanding::Ready { .. }), "what is whole is kept");
}

#[tokio::test]
async fn who_loses_a_role_loses_the_files_and_who_gains_one_keeps_them() {
    for begun in [Begun::new().await, Begun::ready().await] {
        let (desk, root) = (&begun.office.desk, &begun.office.root);
        let more = [Role::Auditor, Role::Operations, Role::Finance];
        desk.set_roles(root, &begun.asha.id, &more, None).await.unwrap();
        assert_eq!(why(&begun.shown().await), None);
        desk.set_roles(root, &begun.asha.id, &[Role::Finance], None).await.unwrap();
        assert_eq!(why(&begun.shown().await), Some(ExportEnd::RoleMissing));
        assert!(!begun.has_bytes().await);
    }
}

/// A desk that can neither open nor write the record of a file: its vault has other keys.
fn without_keys(office: &Office) -> StaffDesk {
    let entropy = Arc::new(SeededEntropy::new(8));
    let epochs = Arc::new(EpochKeys::new(EpochKey::generate(entropy.as_ref()), Vec::new()));
    StaffDesk::new(StaffParts { vault: Arc::new(Vault::new(epochs, entropy)), ..office.parts.clone() })
}

#[tokio::test]
async fn roles_whose_files_could_not_be_ended_are_not_set_and_trying_again_ends_them() {
    let begun = Begun::ready().await;
    let (desk, root, asha) = (&begun.office.desk, &begun.office.root, &begun.asha.id);
    let failed = without_keys(&begun.office).set_roles(root, asha, &[Role::Finance], None).await;
    assert!(matches!(failed, Err(StaffError::Vault(_))), "{failed:?}");
    assert_eq!(desk.member_of(asha).await.unwrap().roles, [Role::Operations, Role::Auditor]);
    desk.set_roles(root, asha, &[Role::Finance], None).await.unwrap();
    assert_eq!(why(&begun.shown().await), Some(ExportEnd::RoleMissing));
}

#[tokio::test]
async fn a_shut_account_keeps_no_files() {
    for begun in [Begun::new().await, Begun::ready().await] {
        begun.office.desk.disable(&begun.office.root, &begun.asha.id).await.unwrap();
        assert!(!begun.has_bytes().await && !begun.has_record().await);
    }
}

#[tokio::test]
async fn who_is_invited_again_finds_no_files_of_before() {
    for begun in [Begun::new().await, Begun::ready().await] {
        begun.office.joined("asha", &[Role::Finance]).await;
        assert!(is_unknown(begun.office.desk.export_file(&begun.asha.id, begun.id).await.map(drop)));
        assert!(!begun.has_bytes().await && !begun.has_record().await);
    }
}

#[tokio::test]
async fn one_form_begins_one_file_while_it_is_made_and_there_are_only_so_many() {
    let begun = Begun::new().await;
    let (desk, asha) = (&begun.office.desk, &begun.asha);
    let (same, fresh) = desk.start_export(asha, new("once")).await.unwrap();
    assert_eq!((same.id, fresh), (begun.id, false));
    let ravi = begun.office.joined("ravi", &[Role::Auditor]).await.person;
    assert!(desk.start_export(&ravi, new("once")).await.unwrap().1, "forms of others are others");
    let (two, three) = tokio::join!(desk.start_export(asha, new("2")), desk.start_export(asha, new("3")));
    assert_ne!(two.unwrap().0.id, three.unwrap().0.id);
    assert_eq!(refused(desk.start_export(asha, new("4")).await), ExportRefused::TooManyWorking);
    for at in 0..MOST_EXPORTS - MOST_WORKING {
        let open = desk.exports(&asha.id).await.unwrap();
        let open = open.iter().find(|export| why(export).is_none()).unwrap();
        desk.stop_export(&asha.id, open.id, ExportEnd::Cancelled).await.unwrap();
        assert!(desk.start_export(asha, new(&format!("more {at}"))).await.unwrap().1);
    }
    for export in desk.exports(&asha.id).await.unwrap() {
        desk.stop_export(&asha.id, export.id, ExportEnd::Cancelled).await.unwrap();
    }
    assert_eq!(refused(desk.start_export(asha, new("once")).await), ExportRefused::TooMany);
    let all = desk.exports(&asha.id).await.unwrap();
    let (last, newest) = (all.last().unwrap().id, all.first().unwrap().id);
    assert_eq!(last, begun.id);
    let again = |replaces| NewExport { replaces: Some(replaces), ..new("again") };
    let others = desk.exports(&ravi.id).await.unwrap()[0].id;
    for no_own in [others, ExportId::from_random([9; 16])] {
        assert_eq!(refused(desk.start_export(asha, again(no_own)).await), ExportRefused::TooMany);
    }
    let (one, fresh) = desk.start_export(asha, again(newest)).await.unwrap();
    assert!(fresh && is_unknown(desk.export(&asha.id, newest).await), "it stands in the place of the other");
    assert_eq!(
        desk.start_export(asha, again(newest)).await.unwrap().0.id,
        one.id,
        "the same form, sent twice"
    );
    let refusal = refused(desk.start_export(asha, NewExport { once: "x".into(), ..again(one.id) }).await);
    assert_eq!(refusal, ExportRefused::TooMany, "what is being made is not replaced");
    assert_eq!(desk.exports(&asha.id).await.unwrap().len(), MOST_EXPORTS);
    desk.stop_export(&asha.id, one.id, ExportEnd::Cancelled).await.unwrap();
    desk.remove_export(&asha.id, begun.id).await.unwrap();
    assert!(desk.start_export(asha, new("once")).await.unwrap().1);
}

#[tokio::test]
async fn what_is_no_list_of_ours_is_refused() {
    let office = Office::new();
    let asha = office.joined("asha", &[Role::Auditor]).await.person;
    let wrong = |change: fn(&mut NewExport)| {
        let mut new = new("once");
        change(&mut new);
        new
    };
    for new in [
        wrong(|new| "//evil.example".clone_into(&mut new.list)),
        wrong(|new| "requests".clone_into(&mut new.list)),
        wrong(|new| "a=<script>".clone_into(&mut new.query)),
        wrong(|new| new.query = "a".repeat(1_001)),
        wrong(|new| "line\nbreak".clone_into(&mut new.filter)),
        wrong(|new| "../x".clone_into(&mut new.file)),
        wrong(|new| new.file.clear()),
        wrong(|new| new.once.clear()),
    ] {
        let refused = office.desk.start_export(&asha, new.clone()).await;
        assert!(matches!(refused, Err(StaffError::Invalid(_))), "{new:?}");
    }
    assert!(office.desk.exports(&asha.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_file_has_only_so_many_bytes() {
    let begun = Begun::new().await;
    let (desk, key) = (&begun.office.desk, ExportRecord::key_of(begun.id));
    let read = desk.store().get::<ExportRecord>(&key).await.unwrap().unwrap();
    let full = ExportRecord { bytes: LARGEST_EXPORT - 1, ..read.record };
    desk.write_export(read.version, full).await.unwrap();
    let too_much = desk.add_to_export(&begun.asha, begun.id, part(2, 300, "xx")).await;
    assert_eq!(refused(too_much), ExportRefused::TooLarge);
    assert_eq!(why(&begun.shown().await), Some(ExportEnd::TooLarge));
    assert!(!begun.has_bytes().await);
}
