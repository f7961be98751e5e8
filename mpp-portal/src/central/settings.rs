//! What the configuration says.

use axum::response::Response;

use crate::setting_list::settings_page;
use crate::signed::Signed;

/// The page.
pub(super) async fn show(signed: Signed) -> Response {
    match signed.operator().settings().await {
        Ok(settings) => {
            let settings = settings.into_iter().map(|setting| (setting.name, setting.value));
            settings_page(&signed, signed.words.get("lead.settings"), settings)
        }
        Err(error) => signed.refused(&error),
    }
}
