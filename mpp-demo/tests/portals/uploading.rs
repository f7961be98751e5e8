//! A file of customers to be asked.

use serde_json::json;

use crate::looking::{Portal, Visitor};

/// A file with good and bad rows: looked through, placed, and placed again without doing it twice.
pub fn upload(leela: &mut Visitor, portal: &Portal) {
    let form = portal.at("/cases/upload");
    leela.browser.visit(&form);
    leela.check("upload-form", true);
    choose_file(leela, &vec!["FILE-1,9000000001"; 100_000].join("\n"));
    assert!(leela.text().contains("at most 1,000 can be sent at once"), "{}", leela.text());
    leela.browser.take_complaints();
    leela.check("upload-refused", true);
    choose_file(leela, HALF_BAD);
    let text = leela.text();
    for words in
        ["Rows that cannot be placed as they are: 3", "begins like a formula", "Nothing is placed yet"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    leela.check("upload-looked-through", true);
    assert!(asked(leela, "wrong").contains("'=1+1"), "a formula comes back as text");
    leela.browser.click("main form button.primary");
    assert!(leela.text().contains("Requests that are placed: 2"), "{}", leela.text());
    assert_eq!(
        leela.browser.run("history.state && history.state.posted"),
        json!(true),
        "nobody comes back to the answer to a form"
    );
    leela.check("upload-placed", true);
    let links = asked(leela, "links");
    assert_eq!(links.lines().count(), 3, "{links}");
    leela.browser.visit(&form);
    choose_file(leela, HALF_BAD);
    leela.browser.click("main form button.primary");
    assert_eq!(asked(leela, "links"), links, "the same file again gives the same links");
}

const HALF_BAD: &str = "case_ref,mobile,name,pan,date_of_birth,pincode\n\
    FILE-1,9000000001,Asha Rao,ABCDE1234F,1990-01-15,570001\n\
    FILE-2,12345,,,,\n\
    FILE-3,9000000003,=1+1,,,\n\
    FILE-1,9000000004,,,,\n\
    FILE-5,9000000005,Ravi Iyer,ABCDE1234G,1985-03-02,570002\n";

/// Chooses a file of this text, as a person does, and sends it.
fn choose_file(visitor: &mut Visitor, text: &str) {
    let script = format!(
        "(() => {{ const files = new DataTransfer(); files.items.add(new File([{}], 'cases.csv', {{ type: 'text/csv' }}));
          document.querySelector('input[type=file]').files = files.files;
          const found = [...document.querySelectorAll('select[name=product] option')].find(one => one.textContent.includes('for all'));
          found.selected = true; return true; }})()",
        json!(text)
    );
    assert_eq!(visitor.browser.run(&script), json!(true));
    visitor.browser.click("main form button.primary");
}

/// The file that a button of the page gives.
fn asked(visitor: &mut Visitor, wanted: &str) -> String {
    let script = format!(
        "(async () => {{ const sent = new URLSearchParams(new FormData(document.querySelector('main form')));
          sent.append('wanted', {}); const answer = await fetch('/portal/cases/upload/place', {{ method: 'POST', body: sent }});
          return answer.headers.get('content-type') + '\\n' + await answer.text(); }})()",
        json!(wanted)
    );
    let answer = visitor.browser.run(&script);
    let (kind, text) = answer.as_str().unwrap().split_once('\n').unwrap();
    assert_eq!(kind, "text/csv; charset=utf-8");
    text.to_owned()
}
