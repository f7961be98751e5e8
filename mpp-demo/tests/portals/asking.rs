//! Asking a customer for consent through the form, as a caseworker does.

use crate::looking::Visitor;

/// Who the customer is.
pub fn write_customer(visitor: &mut Visitor, mobile: &str) {
    for (field, text) in [
        ("mobile", mobile),
        ("name", "Test Customer"),
        ("pan", "ABCDE1234F"),
        ("date_of_birth", "1990-01-15"),
        ("pincode", "570001"),
    ] {
        visitor.fill(field, text);
    }
}

/// Sends the form; gives the link that is shown once.
pub fn send_for_link(visitor: &mut Visitor) -> String {
    visitor.browser.click("main form button.primary");
    assert!(visitor.text().contains("Send this link"), "{}", visitor.text());
    visitor.browser.run("document.getElementById('secret').textContent").as_str().unwrap().to_owned()
}
