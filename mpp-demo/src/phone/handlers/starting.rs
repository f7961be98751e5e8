//! The list of phones, a phone's first screen, its messages, and opening links.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use mpp_sdk::{KeptRequest, Phase, SdkError};

use super::{Fleet, OnPhone};
use crate::phone::fleet::{OpenScreen, Phone};
use crate::phone::templates::Screenful;
use crate::phone::view::{
    Draft, Frame, HomePage, InvitationCard, MessageCard, MessagesPage, PhoneCard, PhonesPage, Problem, Tab,
    moment_in_english, request_rows,
};

pub(super) async fn phones(State(fleet): State<Fleet>) -> Response {
    let mut cards = Vec::new();
    for phone in fleet.phones() {
        let requests = phone.mpp().requests().await.unwrap_or_default();
        cards.push(PhoneCard::new(phone.head(), unopened(phone), &requests));
    }
    let frame = Frame::new("Phones", None, fleet.now()).with_notes(&[
        (
            "Customers",
            "Each phone runs its own MPP SDK and private data share SDK, with a private folder of its own.",
        ),
        (
            "The page",
            "Plays the enterprise's mobile app. It holds no keys and decides nothing for the customer.",
        ),
    ]);
    Screenful::Phones(PhonesPage { frame, phones: cards, elsewhere: fleet.elsewhere().to_vec() })
        .into_response()
}

fn unopened(phone: &Phone) -> usize {
    phone.with_memory(|memory| memory.invitations.iter().filter(|received| !received.opened).count())
}

pub(super) async fn home(here: OnPhone) -> Response {
    let requests = match standing(&here.phone).await {
        Ok(requests) => requests,
        Err(error) => {
            here.phone.say_problem(Problem::from(&error));
            Vec::new()
        }
    };
    let invitations = here.phone.with_memory(|memory| {
        let unopened = memory.invitations.iter().enumerate().filter(|(_, received)| !received.opened);
        let card = |(at, received): (usize, &crate::phone::fleet::Received)| InvitationCard {
            number: at,
            from: received.invitation.from.clone(),
            received: moment_in_english(received.at),
        };
        unopened.map(card).rev().collect()
    });
    let frame = here.frame("Home").on_tab(Tab::Home).with_notes(&[
        ("Partner", "Its application asked its own client server for a consent. MPP central gave a link that works once."),
        ("MPP SDK", "Opening the link binds the request to this phone's key. The secret is in the part after #, which no server on the way sees."),
    ]);
    let head = here.phone.head();
    Screenful::Home(HomePage {
        frame,
        number: head.number,
        owner: head.owner,
        invitations,
        requests: request_rows(&requests, here.language()),
    })
    .into_response()
}

/// The requests as they stand: of those that wait for a decision central is asked whether the company took them back, or they
/// ran out.
async fn standing(phone: &Phone) -> Result<Vec<KeptRequest>, SdkError> {
    let mut requests = phone.mpp().requests().await?;
    for kept in requests.iter_mut().filter(|kept| kept.phase == Phase::Open) {
        // without central it is shown as this phone knows it
        if let Ok(now) = phone.mpp().look_again(kept.request).await {
            *kept = now;
        }
    }
    Ok(requests)
}

pub(super) async fn start_case(here: OnPhone) -> Response {
    match here.fleet.desk().start_case(here.phone.number()).await {
        Ok(invitation) => {
            here.phone.receive(invitation, here.fleet.now());
            here.phone.say_done(here.language().either(
                "The partner has begun a case. Its message has arrived.",
                "भागीदार ने केस शुरू किया है। उसका संदेश आ गया है।",
            ));
        }
        Err(error) => {
            tracing::warn!(phone = here.phone.number(), "no case could be begun: {error}");
            here.phone.say_problem(Problem::try_again(
                (
                    "The partner could not begin a case",
                    "Its application or MPP central did not answer. Please try again.",
                ),
                ("कंपनी अनुरोध शुरू नहीं कर सकी", "उसके अनुप्रयोग या MPP सेंट्रल ने उत्तर नहीं दिया। कृपया फिर कोशिश करें।"),
                "case_not_begun",
            ));
        }
    }
    here.lead_to("")
}

/// Opens an invitation (`invitation`, its number) or a link typed in (`link`).
pub(super) async fn open(here: OnPhone, Form(form): Form<BTreeMap<String, String>>) -> Response {
    let number = form.get("invitation").and_then(|number| number.parse::<usize>().ok());
    let link = match number {
        Some(number) => here.phone.with_memory(|memory| {
            memory.invitations.get(number).map(|received| received.invitation.link.clone())
        }),
        None => form.get("link").map(|link| link.trim().to_owned()),
    };
    let Some(link) = link else { return here.lead_to("") };
    match here.phone.mpp().open_link(&link).await {
        Ok(screen) => {
            let request = screen.content().consent_request_id;
            let language = here.reads();
            here.phone.with_memory(|memory| {
                if let Some(received) = number.and_then(|number| memory.invitations.get_mut(number)) {
                    received.opened = true;
                }
                let draft = memory.screens.remove(&request).map(|open| open.draft);
                let draft = draft.unwrap_or_else(|| Draft { language, ..Draft::default() });
                memory.screens.insert(request, OpenScreen { screen, draft });
            });
            here.lead_to(&format!("/requests/{request}"))
        }
        Err(error) => {
            let taken_back = error.code() == Some("request_cancelled");
            here.phone.with_memory(|memory| {
                let received = number.and_then(|number| memory.invitations.get_mut(number));
                // it invites to nothing any more
                if let Some(received) = received.filter(|_| taken_back) {
                    received.opened = true;
                }
            });
            here.phone.say_problem(Problem::from(&error));
            here.lead_to("")
        }
    }
}

pub(super) async fn messages(here: OnPhone) -> Response {
    let messages = match here.fleet.desk().messages(here.phone.number()).await {
        Ok(messages) => Some(messages),
        Err(error) => {
            tracing::warn!(phone = here.phone.number(), "the messages could not be read: {error}");
            None
        }
    };
    let card = |message: &crate::phone::TextMessage| {
        MessageCard::new(&message.from, &message.text, message.received_at)
    };
    let frame = here.frame("Messages").on_tab(Tab::Messages).that_changes().with_notes(&[
        ("SMS", "Codes arrive here from Onemoney and from banks. This page has no field for a bank's password or PIN."),
        ("MPP", "No interface of MPP accepts a code of the Account Aggregator: it is typed in at the aggregator only."),
    ]);
    Screenful::Messages(MessagesPage {
        frame,
        number: here.phone.number(),
        messages: messages.map(|messages| messages.iter().map(card).collect()),
    })
    .into_response()
}
