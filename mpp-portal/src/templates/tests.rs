use super::*;
use crate::moment::Moment;
use crate::view::Filter;
use crate::words::Language;

fn frame() -> Frame {
    Frame {
        words: Words(Language::English),
        portal: "portal.central",
        owner: "Moneyone".to_owned(),
        title: "Requests".to_owned(),
        nav: Vec::new(),
        here: "/requests",
        place: "/requests".to_owned(),
        person: None,
        find_hint: None,
        done: None,
        problem: None,
    }
}

fn page_of(rows: Vec<Vec<Cell>>, next: Option<&str>) -> String {
    let table = Table {
        caption: "Requests".to_owned(),
        columns: vec!["Case".to_owned()],
        rows,
        empty: "No request is like that.".to_owned(),
    };
    let sheet = Sheet {
        lead: String::new(),
        here: "/portal/requests",
        filters: Vec::new(),
        table,
        next: next.map(str::to_owned),
        export: None,
        views: None,
        add: None,
    };
    SheetPage { frame: frame(), sheet }.render().unwrap()
}

#[test]
fn a_list_says_that_there_is_nothing_only_when_all_of_it_was_looked_at() {
    let row = || vec![Cell::text("LOAN-1")];
    let (none, perhaps, onward) =
        ("No request is like that.", "There may be others further back", "href=\"/portal/requests?after=7\"");
    for (rows, next, there, absent) in [
        (vec![], None, vec![none], vec![perhaps, onward]),
        (vec![], Some("/portal/requests?after=7"), vec![perhaps, onward], vec![none]),
        (vec![row()], Some("/portal/requests?after=7"), vec!["LOAN-1", onward], vec![none, perhaps]),
        (vec![row()], None, vec!["LOAN-1"], vec![none, perhaps, onward]),
    ] {
        let page = page_of(rows, next);
        assert!(there.iter().all(|words| page.contains(words)), "{there:?}: {page}");
        assert!(!absent.iter().any(|words| page.contains(words)), "{absent:?}: {page}");
    }
}

#[test]
fn a_link_to_a_file_is_the_browsers_own_affair() {
    let file = Cell::File { href: "/portal/bills/1/document.json".to_owned(), text: "JSON".to_owned() };
    let page = page_of(vec![vec![file]], None);
    assert!(page.contains("<a href=\"/portal/bills/1/document.json\" download>JSON</a>"), "{page}");
}

#[test]
fn an_attempt_has_its_exact_instant_on_hover() {
    let at = Moment::of("2026-01-15T04:30:00Z".parse().unwrap(), Language::English);
    let page = page_of(vec![vec![Cell::Attempts(vec![(at, "refused with 500".to_owned())])]], None);
    let exact = "2026-01-15T04:30:00.000Z";
    let shown = "15 Jan 2026, 10:00:00 IST";
    let tag = format!(
        "<span class=\"tag\"><time datetime=\"{exact}\" title=\"{exact}\">{shown}</time>: refused with 500</span>"
    );
    assert!(page.contains(&tag), "{page}");
}

#[test]
fn what_a_list_was_narrowed_by_and_that_it_is_cut_stands_on_paper_too() {
    let table = Table { caption: String::new(), columns: Vec::new(), rows: Vec::new(), empty: String::new() };
    let sheet = Sheet {
        lead: String::new(),
        here: "/portal/usage",
        filters: vec![Filter::month("month", "Month", Some("2026-01")), Filter::text("case", "Case", None)],
        table,
        next: None,
        export: None,
        views: None,
        add: None,
    };
    let page = SheetPage { frame: frame(), sheet }.render().unwrap();
    assert!(page.contains("<p class=\"printed small\">Month: 2026-01</p>"), "{page}");
    assert!(!page_of(Vec::new(), None).contains("printed"), "nothing is narrowed");

    let page = PartnerLogPage {
        frame: frame(),
        here: String::new(),
        facts: Vec::new(),
        agrees: false,
        figures: Vec::new(),
        tables: Vec::new(),
        cut: Some("Each list shows its first 200 rows".to_owned()),
        files: Files { list: String::new(), query: String::new(), once: String::new() },
    };
    let page = page.render().unwrap();
    assert!(page.contains("<p class=\"small\">Each list shows its first 200 rows</p>"), "{page}");
}

#[test]
fn a_page_of_a_document_says_that_it_is_cut_short() {
    for (cut, says) in [(Some("Only the first 2,000 lines".to_owned()), true), (None, false)] {
        let page = DocumentPage {
            frame: frame(),
            facts: Vec::new(),
            lines: Vec::new(),
            cut,
            action: String::new(),
            masked: true,
            may_unmask: false,
        };
        assert_eq!(page.render().unwrap().contains("Only the first 2,000 lines"), says);
    }
}
