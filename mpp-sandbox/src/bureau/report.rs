//! The report in the shape of `INProfileResponse`: every value a text, dates as `yyyyMMdd`.

use bytes::Bytes;
use jiff::ToSpan;
use jiff::civil::Date;
use mpp_core::Timestamp;
use serde_json::{Value, json};

use super::ReportRequest;
use crate::documents::{Dice, Person};

/// The bureau's answer about `person`.
pub(super) fn report(person: &Person, request: &ReportRequest, found: bool, now: Timestamp) -> Bytes {
    let profile = if found { full(person, request, now) } else { no_record(request, now) };
    serde_json::to_vec(&json!({ "INProfileResponse": profile })).map(Bytes::from).unwrap_or_default()
}

fn compact(date: Date) -> String {
    date.to_string().chars().filter(char::is_ascii_digit).collect()
}

fn time_of_day(now: Timestamp) -> String {
    now.to_string().chars().skip(11).take(8).filter(char::is_ascii_digit).collect()
}

fn no_record(request: &ReportRequest, now: Timestamp) -> Value {
    let (day, time) = (compact(now.day_in_india()), time_of_day(now));
    json!({
        "Header": { "SystemCode": "1", "MessageText": "No record found", "ReportDate": day, "ReportTime": time },
        "UserMessage": { "UserMessageText": "No record found" },
        "CreditProfileHeader": { "Enquiry_Username": "mppdemo", "ReportDate": day, "ReportTime": time,
            "Version": "V2.4", "ReportNumber": "", "Subscriber": "", "Subscriber_Name": "",
            "CustomerReferenceID": request.client_ref },
    })
}

/// Whether the particulars asked with are the person's. The sandbox answers in either case, so that any number works.
fn matches(person: &Person, request: &ReportRequest) -> bool {
    let named = format!("{} {}", request.first_name, request.last_name);
    named.trim().eq_ignore_ascii_case(&person.name())
        && request.date_of_birth == person.born.to_string()
        && request.pan.as_ref().is_none_or(|pan| pan.eq_ignore_ascii_case(&person.pan))
}

struct Loan {
    account_type: &'static str,
    portfolio: &'static str,
    sanctioned: i64,
    months: i64,
    paid: i64,
    days_late: &'static str,
}

fn loans(dice: &mut Dice) -> Vec<Loan> {
    let all = [
        ("05", "I", 150_000_i64, 36_i64),
        ("10", "R", 80_000, 0),
        ("13", "I", 95_000, 24),
        ("02", "M", 3_200_000, 240),
    ];
    let count = usize::try_from(dice.between(2, 4)).unwrap_or(2);
    all.into_iter()
        .take(count)
        .map(|(account_type, portfolio, sanctioned, months)| Loan {
            account_type,
            portfolio,
            sanctioned,
            months,
            paid: dice.between(6, months.max(7)),
            days_late: dice.pick(&["0", "0", "0", "0", "0", "1"]),
        })
        .collect()
}

fn full(person: &Person, request: &ReportRequest, now: Timestamp) -> Value {
    let mut dice = person.dice("bureau");
    let loans = loans(&mut dice);
    let (day, time) = (compact(now.day_in_india()), time_of_day(now));
    let details: Vec<Value> = loans.iter().map(|loan| detail(loan, &mut dice, now)).collect();
    let sum =
        |wanted: fn(&Loan) -> bool| -> i64 { loans.iter().filter(|loan| wanted(loan)).map(balance).sum() };
    let secured = sum(|loan| loan.portfolio == "M");
    let all = sum(|_| true);
    let active = loans.iter().filter(|loan| balance(loan) > 0).count();
    let percentage = |part: i64| (part.saturating_mul(100) / all.max(1)).to_string();
    let score = dice.between(640, 820).to_string();
    let enquiries = dice.between(0, 3).to_string();
    let window = json!({ "CAPSLast7Days": "0", "CAPSLast30Days": "1", "CAPSLast90Days": "1", "CAPSLast180Days": enquiries });
    json!({
        "Header": { "SystemCode": "0", "MessageText": "", "ReportDate": day, "ReportTime": time },
        "UserMessage": { "UserMessageText": "Normal Response" },
        "CreditProfileHeader": { "Enquiry_Username": "mppdemo", "ReportDate": day, "ReportTime": time,
            "Version": "V2.4", "ReportNumber": now.as_unix_millis().to_string(), "Subscriber": "",
            "Subscriber_Name": "KAVERI FINANCE LTD", "CustomerReferenceID": request.client_ref },
        "Current_Application": applicant(person),
        "CAIS_Account": {
            "CAIS_Summary": {
                "Credit_Account": { "CreditAccountTotal": loans.len().to_string(),
                    "CreditAccountActive": active.to_string(), "CreditAccountDefault": "0",
                    "CreditAccountClosed": loans.len().saturating_sub(active).to_string(),
                    "CADSuitFiledCurrentBalance": "0" },
                "Total_Outstanding_Balance": { "Outstanding_Balance_Secured": secured.to_string(),
                    "Outstanding_Balance_Secured_Percentage": percentage(secured),
                    "Outstanding_Balance_UnSecured": (all - secured).to_string(),
                    "Outstanding_Balance_UnSecured_Percentage": percentage(all - secured),
                    "Outstanding_Balance_All": all.to_string() } },
            "CAIS_Account_DETAILS": details },
        "Match_result": { "Exact_match": if matches(person, request) { "Y" } else { "N" } },
        "TotalCAPS_Summary": { "TotalCAPSLast7Days": "0", "TotalCAPSLast30Days": "1", "TotalCAPSLast90Days": "1",
            "TotalCAPSLast180Days": enquiries },
        "CAPS": { "CAPS_Summary": window, "CAPS_Application_Details": [{ "Subscriber_Name": "XXXXXXXX",
            "Date_of_Request": day, "Enquiry_Reason": "13", "Amount_Financed": "150000",
            "Duration_Of_Agreement": "36" }] },
        "NonCreditCAPS": { "NonCreditCAPS_Summary": { "NonCreditCAPSLast7Days": "1", "NonCreditCAPSLast30Days": "1",
            "NonCreditCAPSLast90Days": "1", "NonCreditCAPSLast180Days": "1" } },
        "SCORE": { "BureauScore": score, "BureauScoreConfidLevel": "H", "CreditRating": "" },
    })
}

fn applicant(person: &Person) -> Value {
    json!({ "Current_Application_Details": {
        "Current_Applicant_Details": {
            "First_Name": person.first_name.to_uppercase(), "Last_Name": person.last_name.to_uppercase(),
            "Gender_Code": if person.gender == "Female" { "2" } else { "1" },
            "IncomeTaxPan": person.pan, "Date_Of_Birth_Applicant": compact(person.born),
            "MobilePhoneNumber": person.mobile.digits(), "EMailId": person.email },
        "Current_Applicant_Address_Details": {
            "FlatNoPlotNoHouseNo": person.street, "BldgNoSocietyName": person.canary, "City": person.city,
            "State": person.circle, "PINCode": person.pincode, "Country_Code": "IB" } } })
}

const fn balance(loan: &Loan) -> i64 {
    if loan.months == 0 {
        return loan.sanctioned / 4;
    }
    let left = loan.months.saturating_sub(loan.paid);
    loan.sanctioned.saturating_mul(left) / loan.months
}

fn detail(loan: &Loan, dice: &mut Dice, now: Timestamp) -> Value {
    let today = now.day_in_india();
    let opened = today.first_of_month().saturating_sub(loan.paid.months());
    let reported = today.first_of_month().yesterday().unwrap_or(today);
    let open = balance(loan) > 0;
    let instalment =
        if loan.months == 0 { 0 } else { loan.sanctioned.saturating_mul(106) / (loan.months * 100) };
    let months = loan.paid.clamp(1, 24);
    let history: Vec<Value> = (0..months)
        .map(|back| {
            let month = reported.saturating_sub(back.months());
            json!({ "Year": month.year().to_string(), "Month": format!("{:02}", month.month()),
                "Days_Past_Due": if back == 2 && loan.days_late == "1" { "12" } else { "0" },
                "Asset_Classification": "S" })
        })
        .collect();
    let profile: String = (0..months).map(|back| if back == 2 { loan.days_late } else { "0" }).collect();
    json!({
        "Identification_Number": "PVTXXXXXXXX", "Subscriber_Name": "XXXXXXXX",
        "Account_Number": format!("XXXXXX{}", dice.digits(4)), "Portfolio_Type": loan.portfolio,
        "Account_Type": loan.account_type, "Open_Date": compact(opened),
        "Highest_Credit_or_Original_Loan_Amount": loan.sanctioned.to_string(),
        "Repayment_Tenure": loan.months.to_string(), "Scheduled_Monthly_Payment_Amount": instalment.to_string(),
        "Account_Status": if open { "11" } else { "13" }, "Payment_Rating": "0", "Payment_History_Profile": profile,
        "Current_Balance": balance(loan).to_string(), "Amount_Past_Due": "0", "Date_Reported": compact(reported),
        "Date_Closed": if open { String::new() } else { compact(reported) }, "CurrencyCode": "INR",
        "AccountHoldertypeCode": "1", "CAIS_Account_History": history,
    })
}
