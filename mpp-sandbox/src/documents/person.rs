//! Invented customers: everything about a person follows from the sandbox seed and the mobile number.

use jiff::civil::{Date, date};
use mpp_core::MobileNumber;
use sha2::{Digest, Sha256};

use super::dice::Dice;
use super::paise::Paise;

const FIRST_NAMES: [(&str, &str); 12] = [
    ("Asha", "Female"),
    ("Rohan", "Male"),
    ("Meera", "Female"),
    ("Vikram", "Male"),
    ("Kavya", "Female"),
    ("Imran", "Male"),
    ("Lakshmi", "Female"),
    ("Joseph", "Male"),
    ("Nandini", "Female"),
    ("Harpreet", "Male"),
    ("Fatima", "Female"),
    ("Suresh", "Male"),
];
const LAST_NAMES: [&str; 10] =
    ["Kulkarni", "Iyer", "Sharma", "Patil", "Reddy", "Khan", "Fernandes", "Bose", "Nair", "Singh"];
const CITIES: [(&str, &str, &str); 6] = [
    ("Pune", "411001", "Maharashtra"),
    ("Mysuru", "570001", "Karnataka"),
    ("Nashik", "422001", "Maharashtra"),
    ("Kochi", "682001", "Kerala"),
    ("Jaipur", "302001", "Rajasthan"),
    ("Indore", "452001", "Madhya Pradesh"),
];
const EMPLOYERS: [&str; 6] = [
    "ORCHID SOFTWARE",
    "GODAVARI CEMENTS",
    "SILVERLINE HOSPITALS",
    "MONSOON FOODS",
    "LAKESIDE PACKAGING",
    "DECCAN MOTORS",
];

/// One invented customer.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) mobile: MobileNumber,
    pub(crate) first_name: &'static str,
    pub(crate) last_name: &'static str,
    pub(crate) gender: &'static str,
    pub(crate) born: Date,
    pub(crate) pan: String,
    pub(crate) email: String,
    pub(crate) street: String,
    pub(crate) city: &'static str,
    pub(crate) pincode: &'static str,
    pub(crate) circle: &'static str,
    pub(crate) employer: &'static str,
    pub(crate) salary: Paise,
    /// A text found nowhere else, planted in every document about this customer so that leaks can be searched for.
    pub(crate) canary: String,
    seed: String,
}

impl Person {
    /// The customer behind `mobile`. `9000000001` is always Asha Kulkarni of the protocol description.
    pub(crate) fn of(seed: &str, mobile: &MobileNumber, canary_prefix: &str) -> Self {
        let mut dice = Dice::seeded(&[seed, mobile.digits(), "person"]);
        let (mut first_name, mut gender) = dice.pick(&FIRST_NAMES);
        let mut last_name = dice.pick(&LAST_NAMES);
        let (mut city, mut pincode, mut circle) = dice.pick(&CITIES);
        let mut employer = dice.pick(&EMPLOYERS);
        let mut born = born(&mut dice);
        let mut pan = pan(&mut dice, last_name);
        let house = dice.between(1, 240);
        let mut street = format!("{house} Lake Road");
        if mobile.digits() == "9000000001" {
            (first_name, last_name, gender) = ("Asha", "Kulkarni", "Female");
            (city, pincode, circle, employer) = ("Pune", "411001", "Maharashtra", "ORCHID SOFTWARE");
            born = date(1990, 5, 14);
            pan = "ABCPK1234D".to_owned();
            street = "12 Lake Road".to_owned();
        }
        let email = format!(
            "{}.{}@example.in",
            first_name.to_ascii_lowercase(),
            &mobile.digits().chars().skip(6).collect::<String>()
        );
        Self {
            mobile: mobile.clone(),
            first_name,
            last_name,
            gender,
            born,
            pan,
            email,
            street,
            city,
            pincode,
            circle,
            employer,
            salary: Paise::rupees(dice.between(45, 180).saturating_mul(1000)),
            canary: canary(seed, mobile, canary_prefix),
            seed: seed.to_owned(),
        }
    }

    /// First and last name.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }

    /// The postal address, with the canary in it.
    pub(crate) fn address(&self) -> String {
        format!("{}, {}, {} {}", self.street, self.canary, self.city, self.pincode)
    }

    /// Dice for one matter of this customer.
    pub(crate) fn dice(&self, matter: &str) -> Dice {
        Dice::seeded(&[&self.seed, self.mobile.digits(), matter])
    }
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Person").field("mobile", &self.mobile).finish_non_exhaustive()
    }
}

fn canary(seed: &str, mobile: &MobileNumber, prefix: &str) -> String {
    let digest = Sha256::new().chain_update(seed).chain_update([0]).chain_update(mobile.digits()).finalize();
    let shown: String = hex::encode(digest).chars().take(16).collect();
    format!("{prefix}-{shown}")
}

fn born(dice: &mut Dice) -> Date {
    let year = i16::try_from(dice.between(1962, 2002)).unwrap_or(1990);
    let month = i8::try_from(dice.between(1, 12)).unwrap_or(1);
    let day = i8::try_from(dice.between(1, 28)).unwrap_or(1);
    Date::new(year, month, day).unwrap_or(date(1990, 1, 1))
}

fn pan(dice: &mut Dice, last_name: &str) -> String {
    let letters = ["A", "B", "C", "D", "E", "F", "G", "H", "J", "K", "L", "M"];
    let initial: String = last_name.chars().take(1).collect();
    let start: String = (0..3).map(|_| dice.pick(&letters)).collect();
    let number = dice.digits(4);
    format!("{start}P{initial}{number}{}", dice.pick(&letters))
}
