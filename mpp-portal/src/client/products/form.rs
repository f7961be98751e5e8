//! Writing a product: a form that changes without scripts, says what is wrong where it is wrong, and loses nothing.

use axum::Form;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use mpp_api::client::DefineProduct;

use super::draft::{self, Content, Draft, Wish};
use super::faults::Faults;
use super::{compare, controls, file_of, seen};
use crate::signed::Signed;
use crate::templates::{Answer, Moved, Preview, ProductFormPage};
use crate::trouble::Trouble;

/// The form for a new product.
pub(in crate::client) async fn fresh(signed: Signed) -> Response {
    let faults = Faults::none_yet(signed.words);
    page(&signed, &Draft::fresh(), &faults, None)
}

/// The form for the next version of one.
pub(in crate::client) async fn next(signed: Signed, Path((id, version)): Path<(String, String)>) -> Response {
    let file = match file_of(&signed, &id, &version).await {
        Ok(file) => file,
        Err(response) => return response,
    };
    let Some(draft) = draft::of_file(&file.name, &file.items, &file.notice) else {
        return Trouble::Silent.answer(&signed);
    };
    let newest = match signed.staff().product_versions(file.product_id).await {
        Ok(versions) => versions.last().map_or(file.version, |newest| newest.version),
        Err(error) => return signed.refused(&error),
    };
    // whoever takes up an older version knows it; what must not be missed is what comes after this page was shown
    page(&signed, &draft.based_on(file.product_id, newest), &Faults::none_yet(signed.words), None)
}

/// Takes the form: changes it, checks it, or keeps the draft.
pub(in crate::client) async fn take(signed: Signed, Form(pairs): Form<Vec<(String, String)>>) -> Response {
    let (mut draft, wish) = Draft::of_form(pairs);
    let mut faults = Faults::none_yet(signed.words);
    match wish {
        Wish::Change(change) => {
            draft.change(change);
            page(&signed, &draft, &faults, None)
        }
        Wish::TakeJson => {
            let taken = draft::take_json(draft, &mut faults, signed.words);
            page(&signed, &taken, &faults, None)
        }
        Wish::Check => match check(&signed, &draft, &mut faults).await {
            Ok(_) if faults.is_empty() => {
                let sound = signed.words.get("done.product_sound").to_owned();
                page(&signed, &draft, &faults, Some(Said::Good(sound)))
            }
            Ok(_) => page(&signed, &draft, &faults, None),
            Err(response) => response,
        },
        Wish::Save => save(&signed, draft, faults).await,
    }
}

/// Notes everything that is wrong with a draft; gives what it says.
async fn check(signed: &Signed, draft: &Draft, faults: &mut Faults) -> Result<DefineProduct, Response> {
    if draft.json_changed() {
        faults.add("json", "json_changed");
    }
    let head = &draft.head;
    let product_id = match head.text("product") {
        "" => None,
        text => Some(text.parse().map_err(|_| Trouble::NotFound.answer(signed))?),
    };
    let content = Content::of(draft, faults);
    let product = DefineProduct {
        product_id,
        based_on: head.text("base").parse().ok(),
        name: head.text("name").to_owned(),
        items: content.items,
        notice: content.notice,
    };
    let checked = signed.staff().check_product(&product).await.map_err(|error| signed.refused(&error))?;
    checked.faults.iter().for_each(|fault| faults.take(fault, &draft.items));
    Ok(product)
}

async fn save(signed: &Signed, draft: Draft, mut faults: Faults) -> Response {
    let product = match check(signed, &draft, &mut faults).await {
        Ok(product) => product,
        Err(response) => return response,
    };
    if !faults.is_empty() {
        return page(signed, &draft, &faults, None);
    }
    match signed.staff().define_product(draft.head.text("once"), &product).await {
        Ok(made) => signed.lead_to(&format!("/products/{}/{}", made.product_id, made.version), "drafted"),
        Err(error) if error.code() == Some("product_moved_on") => {
            moved_on(signed, draft, &faults, &product).await
        }
        Err(error) => {
            let said = Trouble::of(&error).words(signed.words);
            page(signed, &draft, &faults, Some(Said::Bad(said)))
        }
    }
}

/// Somebody else kept a version meanwhile: shows what that one changed beside what was typed, which then begins from it.
async fn moved_on(signed: &Signed, draft: Draft, faults: &Faults, product: &DefineProduct) -> Response {
    let (Some(id), Some(base)) = (product.product_id, product.based_on) else {
        return Trouble::NotFound.answer(signed);
    };
    let newest = match signed.staff().product_versions(id).await {
        Ok(versions) => versions.last().map_or(base, |newest| newest.version),
        Err(error) => return signed.refused(&error),
    };
    match (signed.staff().product(id, base).await, signed.staff().product(id, newest).await) {
        (Ok(before), Ok(after)) => {
            let words = signed.words;
            let moved = Moved {
                lead: words.with("lead.moved_on", after.version).replacen("{}", after.author.as_str(), 1),
                columns: [&before, &after].map(|file| compare::version_of(file, words)).into(),
                changed: compare::changes(&before, &after, words),
            };
            page(signed, &draft.based_on(id, newest), faults, Some(Said::Moved(moved)))
        }
        (Err(error), _) | (_, Err(error)) => signed.refused(&error),
    }
}

/// What is said above the form.
enum Said {
    Good(String),
    Bad(String),
    Moved(Moved),
}

fn page(signed: &Signed, draft: &Draft, faults: &Faults, said: Option<Said>) -> Response {
    let words = signed.words;
    let next = !draft.head.text("product").is_empty();
    let title = if next { "act.next_version" } else { "act.define" };
    let mut frame = signed.frame("/products", words.get(title));
    let wrong = !faults.is_empty() || matches!(said, Some(Said::Bad(_) | Said::Moved(_)));
    let mut moved = None;
    match said {
        Some(Said::Moved(other)) => {
            frame.problem = Some(words.get("problem.product_moved_on").to_owned());
            moved = Some(other);
        }
        Some(Said::Good(text)) => frame.done = Some(text),
        Some(Said::Bad(text)) => frame.problem = Some(text),
        None => {}
    }
    // what is wrong was said already, or is not yet worth saying
    let content = Content::of(draft, &mut Faults::none_yet(words));
    let (json, json_was) = draft::shown_json(draft, &content);
    let items = content.items.iter().filter_map(|item| seen::item(item, words)).collect();
    let hidden = |name: &str| (name.to_owned(), draft.head.text(name).to_owned());
    let (name, notice_version) = controls::head(draft, faults, words);
    let page = ProductFormPage {
        frame,
        hidden: vec![
            ("once".to_owned(), signed.portal.once()),
            hidden("product"),
            hidden("base"),
            ("json_was".to_owned(), json_was),
        ],
        name,
        notice_version,
        items: controls::items(draft, faults, words),
        items_faults: faults.of("items"),
        notices: controls::notices(draft, faults, words),
        notices_faults: faults.of("notices"),
        json,
        json_open: draft.json_changed() || !faults.of("json").is_empty(),
        json_faults: faults.of("json"),
        wrong: faults.iter().map(|(field, said)| (format!("#{field}"), said.to_owned())).collect(),
        moved,
        preview: Preview { items, notices: seen::notices(&content.notice) },
    };
    page.answer(if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK })
}
