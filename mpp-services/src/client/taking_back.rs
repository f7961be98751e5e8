//! The enterprise takes a request back that its customer has not answered.

use mpp_core::{CaseRef, ConsentRequestId, StaffId, Timestamp};
use mpp_store::{IndexValue, RecordReaderExt, Versioned};

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::gateway::{GatewayError, RequestStanding};
use super::records::{CaseRecord, CaseStanding, RequestEnded, TakenBack, index};
use super::{Application, ClientError, ClientService, Scope};

impl ClientService {
    /// Takes a request back. Its link opens nowhere from then on, and no decision on it is taken. Taking it back again gives
    /// the same answer.
    ///
    /// # Errors
    /// [`ClientError::NotFound`] when it was not placed here, [`ClientError::RequestDecided`] when the customer was faster,
    /// [`ClientError::RequestExpired`] when it has run out, and when central does not answer.
    pub async fn take_back(
        &self,
        application: &Application,
        request: ConsentRequestId,
    ) -> Result<RequestStanding, ClientError> {
        application.require(Scope::Consents)?;
        let known = self.placed_case(request).await?.ok_or(ClientError::NotFound)?;
        self.take_back_as(&Actor::Application(application.key()), known.record).await
    }

    /// Takes the request of a case back as a member of staff; see [`ClientService::take_back`].
    ///
    /// # Errors
    /// Like [`ClientService::take_back`].
    pub async fn take_back_by_staff(
        &self,
        staff: &StaffId,
        case_ref: &CaseRef,
    ) -> Result<RequestStanding, ClientError> {
        let known = self.store().get::<CaseRecord>(&CaseRecord::key_of(case_ref)).await?;
        let known = known.ok_or(ClientError::NotFound)?;
        self.take_back_as(&Actor::Staff(staff.clone()), known.record).await
    }

    /// Central decides, for the customer's decision is there as well; what is written here follows. Should this server stop in
    /// between, central's notification has it written.
    async fn take_back_as(&self, by: &Actor, case: CaseRecord) -> Result<RequestStanding, ClientError> {
        self.identity().await?;
        let standing = self.central().take_back(case.request).await.map_err(refused)?;
        self.until_settled(|| async {
            let mut change = Change::new(self);
            let at = change.now();
            if self.note_taken_back(&mut change, case.request, by, at).await? {
                change.commit().await?;
            }
            Ok(())
        })
        .await?;
        Ok(standing)
    }

    /// Writes down that a request was taken back, unless it is known with as much. Gives whether there was something to write.
    pub(super) async fn note_taken_back(
        &self,
        change: &mut Change<'_>,
        request: ConsentRequestId,
        by: &Actor,
        at: Timestamp,
    ) -> Result<bool, ClientError> {
        // one that an earlier program placed and has forgotten
        let Some(mut read) = self.placed_case(request).await? else { return Ok(false) };
        let new = TakenBack::by(by, at);
        let known = read.record.taken_back.take();
        if known.as_ref().is_some_and(|known| known.names_somebody() || !new.names_somebody()) {
            return Ok(false);
        }
        // central's notification may be faster than its answer: it has the time, and the answer who asked
        read.record.taken_back = Some(TakenBack { at: known.map_or(at, |known| known.at), ..new });
        read.record = self.without_link(read.record)?;
        change.update(&read);
        let record = &read.record;
        let subject = Subject {
            product: Some(record.product),
            product_version: Some(record.product_version),
            case_ref: Some(record.case_ref.clone()),
            ..Subject::default()
        };
        change.audit(Action::CaseTakenBack, by, &subject);
        Ok(true)
    }

    /// Writes down that the request of a case ended otherwise, unless an end of it is known.
    pub(super) async fn note_ended(
        &self,
        change: &mut Change<'_>,
        request: ConsentRequestId,
        ended: RequestEnded,
    ) -> Result<(), ClientError> {
        let Some(mut read) = self.placed_case(request).await? else { return Ok(()) };
        if read.record.standing() == CaseStanding::Open {
            read.record.ended = Some(ended);
            change.update(&read);
        }
        Ok(())
    }

    async fn placed_case(
        &self,
        request: ConsentRequestId,
    ) -> Result<Option<Versioned<CaseRecord>>, ClientError> {
        Ok(self.store().first_by_index::<CaseRecord>(index::REQUEST, IndexValue::new(request)).await?)
    }
}

/// What central refuses here has a meaning for whoever asked.
fn refused(error: GatewayError) -> ClientError {
    match &error {
        GatewayError::Refused { code, .. } if code == "request_decided" => ClientError::RequestDecided,
        GatewayError::Refused { code, .. } if code == "request_expired" => ClientError::RequestExpired,
        _ => ClientError::Central(error),
    }
}
