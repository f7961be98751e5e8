//! The text for experts: what of it is kept, and when it is put into the fields.

use super::{Content, Draft, json_text, of_json};
use crate::client::products::faults::Faults;
use crate::words::Words;

/// Puts the text for experts into the fields, unless it is none or the fields have changed since it was shown: then nothing is
/// lost, and wishing it once more puts it there.
pub(in crate::client::products) fn take_json(draft: Draft, faults: &mut Faults, words: Words) -> Draft {
    let said = json_text(&Content::of(&draft, &mut Faults::none_yet(words)));
    match of_json(&draft) {
        Err(error) => {
            let place = format!("{}:{}", error.line(), error.column());
            faults.say("json", words.with("fault.json", place));
            draft
        }
        Ok(_) if said != draft.head.text("json_was") => {
            faults.add("json", "fields_changed");
            draft.beside(said)
        }
        Ok(read) => read,
    }
}

/// The text for experts, and what it was before anybody wrote into it; what was written is kept.
pub(in crate::client::products) fn shown_json(draft: &Draft, content: &Content) -> (String, String) {
    if draft.json_changed() {
        return (draft.head.text("json").to_owned(), draft.head.text("json_was").to_owned());
    }
    let said = json_text(content);
    (said.clone(), said)
}
