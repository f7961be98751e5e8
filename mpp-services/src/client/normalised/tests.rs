use proptest::prelude::*;
use serde_json::json;

use super::*;

fn normalised(xml: &str) -> Value {
    normalise_xml(xml.as_bytes()).unwrap()
}

#[test]
fn an_account_comes_out_as_documented() {
    let xml = r#"<?xml version="1.0" encoding="UTF-8"?>
<aa:Account xmlns:aa="http://api.rebit.org.in/FISchema/deposit" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:schemaLocation="x y" type="deposit" version="2.0.0" maskedAccNumber="XXXXXXXX4020">
 <aa:Profile><aa:Holders type="JOINT"><aa:Holder name="A &amp; B" dob="1990-05-14"/><aa:Holder name="C"/></aa:Holders></aa:Profile>
 <aa:Summary currentBalance="2.025018787E7" balanceDateTime="2026-01-15T09:31:05.000+05:30"><aa:pendingTxns/></aa:Summary>
 <aa:Transactions startDate="2025-12-01" endDate="2026-01-15"/>
</aa:Account>"#;
    let expected = json!({ "account": {
        "type": "deposit",
        "version": "2.0.0",
        "maskedAccNumber": "XXXXXXXX4020",
        "profile": { "holders": { "type": "JOINT", "holder": [
            { "name": "A & B", "dob": "1990-05-14" },
            { "name": "C" },
        ] } },
        "summary": {
            "currentBalance": "2.025018787E7",
            "balanceDateTime": "2026-01-15T09:31:05.000+05:30",
            "balanceDateTimeUtc": "2026-01-15T04:01:05.000Z",
            "pendingTxns": { "pendingTxn": [] },
        },
        "transactions": { "startDate": "2025-12-01", "endDate": "2026-01-15", "transaction": [] },
    } });
    assert_eq!(normalised(xml), expected);
}

#[test]
fn one_occurrence_and_several_have_the_same_shape() {
    let one = normalised("<Account><Transactions><Transaction txnId='1'/></Transactions></Account>");
    let two =
        normalised("<Account><Transactions><Transaction txnId='1'/><Transaction/></Transactions></Account>");
    assert!(one["account"]["transactions"]["transaction"].is_array());
    assert_eq!(two["account"]["transactions"]["transaction"], json!([{ "txnId": "1" }, ""]));
}

#[test]
fn tax_returns_keep_their_texts() {
    let xml = "<Account><Profile><BusinessDetails><lgnm>Asha</lgnm><CategoryList><cat>Others</cat></CategoryList>\
               </BusinessDetails></Profile></Account>";
    let business = &normalised(xml)["account"]["profile"]["businessDetails"];
    assert_eq!(business, &json!({ "lgnm": "Asha", "categoryList": { "cat": ["Others"] } }));
}

#[test]
fn text_beside_attributes_is_kept() {
    let value = normalised("<Account><Note lang='en'>a&lt;b<![CDATA[ & c]]></Note></Account>");
    assert_eq!(value["account"]["note"][0], json!({ "lang": "en", "value": "a<b & c" }));
}

#[test]
fn what_is_not_plain_xml_is_refused() {
    for (xml, reason) in [
        ("", NotNormalisable::Malformed),
        ("plain", NotNormalisable::Malformed),
        ("<a>", NotNormalisable::Malformed),
        ("<a></b>", NotNormalisable::Malformed),
        ("<a/><b/>", NotNormalisable::Malformed),
        ("<a x='1' x='2'/>", NotNormalisable::Malformed),
        ("<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>", NotNormalisable::DocumentType),
        ("<a>&e;</a>", NotNormalisable::DocumentType),
        ("<?xml version='1.0' encoding='ISO-8859-1'?><a/>", NotNormalisable::Encoding),
        ("<Account><Summary/><Summary/></Account>", NotNormalisable::Repeated),
        ("<Account Name='a' name='b'/>", NotNormalisable::Repeated),
        ("<Account note='a'><Note/></Account>", NotNormalisable::Repeated),
    ] {
        assert_eq!(normalise_xml(xml.as_bytes()), Err(reason), "{xml}");
    }
    assert_eq!(normalise_xml(b"<a>\xff</a>"), Err(NotNormalisable::Encoding));
    let deep = format!("{}{}", "<a>".repeat(65), "</a>".repeat(65));
    assert_eq!(normalise_xml(deep.as_bytes()), Err(NotNormalisable::TooDeep));
}

#[test]
fn a_mark_at_the_beginning_is_skipped() {
    assert_eq!(normalised("\u{feff}<Account/>"), json!({ "account": {} }));
}

#[test]
fn labels_come_from_the_root_even_of_a_cut_document() {
    let xml = "<?xml version='1.0'?><!-- c --><Account type='deposit' maskedAccNumber='X1'><Profile><Hol";
    assert_eq!(root_attribute(xml.as_bytes(), &["maskedDematId", "maskedAccNumber"]).as_deref(), Some("X1"));
    assert_eq!(root_attribute(b"{\"a\":1}", &["type"]), None);
    assert_eq!(root_attribute("<Account type='ü".as_bytes().split_last().unwrap().1, &["type"]), None);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        let _ = normalise_xml(&bytes);
        let _ = root_attribute(&bytes, &["type"]);
    }

    #[test]
    fn no_markup_makes_it_panic_and_the_result_is_the_same_every_time(
        pieces in proptest::collection::vec(
            prop_oneof![
                Just("<Account>"), Just("</Account>"), Just("<Transactions a='1'>"), Just("</Transactions>"), Just("<x/>"),
                Just("<Holder dob='2026-01-15T09:31:05Z'/>"), Just("text"), Just("&amp;"), Just("&#65;"), Just("&#0;"),
                Just("<![CDATA[x]]>"), Just("<!-- c -->"), Just("<?pi?>"), Just("<!DOCTYPE a>"), Just("<"), Just(">"),
            ],
            0..24,
        )
    ) {
        let xml = pieces.concat();
        prop_assert_eq!(normalise_xml(xml.as_bytes()), normalise_xml(xml.as_bytes()));
    }

    #[test]
    fn the_shape_of_a_list_does_not_depend_on_its_length(count in 0_usize..5) {
        let xml = format!("<Account><Transactions>{}</Transactions></Account>", "<Transaction a='1'/>".repeat(count));
        let value = normalise_xml(xml.as_bytes()).unwrap();
        prop_assert_eq!(value["account"]["transactions"]["transaction"].as_array().map(Vec::len), Some(count));
    }
}
