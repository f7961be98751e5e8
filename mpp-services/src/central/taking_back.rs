//! A partner takes a request back that its customer has not answered yet.

use mpp_core::{ConsentRequestId, ConsentRequestState, PartnerId};

use super::audit::{Action, Actor};
use super::change::Change;
use super::news::{NotificationKind, NotificationSubject};
use super::requests::{RequestView, of_request};
use super::{CentralError, CentralService};

impl CentralService {
    /// Takes a partner's request back. From this commit on its link opens nowhere and no decision on it is taken; who the
    /// customer is, is forgotten. Taking it back again gives the same answer. A suspended partner may do so, too.
    ///
    /// # Errors
    /// [`CentralError::NotFound`] when the partner has no such request, [`CentralError::RequestDecided`] when the customer was
    /// faster, [`CentralError::RequestExpired`] when it has run out.
    pub async fn take_back_request(
        &self,
        partner: PartnerId,
        id: ConsentRequestId,
    ) -> Result<RequestView, CentralError> {
        self.until_settled(|| self.try_take_back(partner, id)).await?;
        self.request_view(partner, id).await
    }

    async fn try_take_back(&self, partner: PartnerId, id: ConsentRequestId) -> Result<(), CentralError> {
        let mut change = Change::new(self);
        let mut read = self.request_record(id).await?;
        let request = &read.record.request;
        if request.partner != partner {
            return Err(CentralError::NotFound);
        }
        match &request.state {
            ConsentRequestState::Placed { .. } | ConsentRequestState::Opened { .. } => {}
            ConsentRequestState::Cancelled { .. } => return Ok(()),
            ConsentRequestState::Decided { .. } => return Err(CentralError::RequestDecided),
            ConsentRequestState::Expired { .. } => return Err(CentralError::RequestExpired),
        }
        let owner = self.partner_record(partner).await?;
        let about = NotificationSubject::of_request(id, request.case_ref.clone());
        read.record.request = request.clone().cancel(change.now())?;
        read.record.particulars = None;
        read.record.screen = None;
        // a decision rests on the same record: whichever of the two comes second meets a conflict and sees the first
        change.update(&read);
        change.audit(Action::RequestCancelled, Actor::Partner(partner), &of_request(partner, id));
        change.notify(&owner.record, NotificationKind::ConsentCancelled, about).await?;
        change.commit().await
    }
}
