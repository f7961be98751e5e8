//! The pages every portal has: signing in, joining, one's own account, people, saved views.

mod account;
mod entrance;
mod passkeys;
mod people;
mod single_sign_on;
mod views;

use axum::Router;
use axum::routing::{get, post};

use crate::portal::Portal;

pub(crate) fn router() -> Router<Portal> {
    Router::new()
        .route("/sign-in", get(entrance::sign_in_page).post(entrance::sign_in))
        .route("/welcome", get(entrance::welcome).post(entrance::open))
        .route("/join", post(entrance::join))
        .route("/language", post(entrance::choose_language))
        .route("/account", get(account::show))
        .route("/account/password", post(account::change_password))
        .route("/account/sessions/{session}/end", post(account::end_session))
        .route("/sign-out", post(account::sign_out))
        .route("/sign-in/passkey/begin", post(passkeys::begin_sign_in))
        .route("/sign-in/passkey", post(passkeys::sign_in))
        .route("/account/passkeys/begin", post(passkeys::begin))
        .route("/account/passkeys", post(passkeys::add))
        .route("/account/passkeys/{passkey}/remove", post(passkeys::remove))
        .route("/people/{id}/passkeys", get(passkeys::show_of))
        .route("/people/{id}/passkeys/{passkey}/remove", post(passkeys::remove_of))
        .route("/people/{id}/sessions", get(account::sessions_of))
        .route("/people/{id}/sessions/{session}/end", post(account::end_session_of))
        .route("/single-sign-on", get(single_sign_on::finish))
        .route("/single-sign-on/begin", post(single_sign_on::begin))
        .route("/single-sign-on/code", post(single_sign_on::with_code))
        .route("/people/{id}/single-sign-on", post(single_sign_on::link))
        .route("/people/{id}/single-sign-on/end", post(single_sign_on::unlink))
        .route("/people", get(people::show).post(people::invite))
        .route("/people/{id}/roles", post(people::set_roles))
        .route("/people/{id}/disable", post(people::disable))
        .route("/views", post(views::save))
        .route("/views/{number}/rename", post(views::rename))
        .route("/views/{number}/remove", post(views::remove))
}
