//! The running account of a salaried person: what happens each day, and the balance after each of it.
//!
//! Each day depends on the seed, the account and the date only, so two fetches of overlapping ranges agree on
//! every transaction, whenever they are made.

use jiff::civil::{Date, DateTime, date};
use mpp_core::Timestamp;

use super::account::{Account, Institution};
use super::dice::Dice;
use super::movement::{Direction, Movement, instant};
use super::paise::Paise;
use super::person::Person;

const FIRST_DAY: Date = date(2023, 1, 1);
const LEAST_BALANCE: Paise = Paise::rupees(500);
const MERCHANTS: [&str; 14] = [
    "KIRANA CORNER",
    "METRO RAIL",
    "CHAI POINT STALL",
    "CITY PHARMACY",
    "RIVER TRAVELS",
    "GREEN GROCER",
    "BOOK NOOK",
    "SPICE KITCHEN",
    "AUTO FARE",
    "FUEL STATION",
    "STREAM MOVIES",
    "DAILY DAIRY",
    "QUICK COURIER",
    "PARK CINEMA",
];
const FRIENDS: [&str; 6] = ["ROHAN", "MEERA", "IMRAN", "KAVYA", "JOSEPH", "NANDINI"];

struct Planned {
    second: i64,
    direction: Direction,
    mode: &'static str,
    amount: Paise,
    narration: String,
    reference: String,
}

/// Every transaction of `account` up to `now`, oldest first.
pub(crate) fn ledger(person: &Person, account: &Account, now: Timestamp) -> Vec<Movement> {
    let mut book = Book { account, balance: person.salary, movements: Vec::new() };
    let last_day = now.day_in_india();
    let mut day = FIRST_DAY;
    while day <= last_day {
        let mut dice = person.dice(&format!("day {} {day}", account.reference));
        let mut plan = planned(person, account, day, book.balance, &mut dice);
        plan.sort_by_key(|planned| planned.second);
        book.live_through(day, plan, &mut dice);
        let Ok(next) = day.tomorrow() else { break };
        day = next;
    }
    book.movements.retain(|movement| instant(movement.at).is_some_and(|at| at <= now));
    book.movements
}

struct Book<'a> {
    account: &'a Account,
    balance: Paise,
    movements: Vec<Movement>,
}

impl Book<'_> {
    fn live_through(&mut self, day: Date, plan: Vec<Planned>, dice: &mut Dice) {
        let mut number = 0_u32;
        for planned in plan {
            if planned.direction == Direction::Debit && self.balance - planned.amount < LEAST_BALANCE {
                let amount = (planned.amount + Paise::rupees(6000)).rounded_to_rupees(1000);
                let rescue = Planned {
                    second: planned.second.saturating_sub(60),
                    direction: Direction::Credit,
                    mode: "FT",
                    amount,
                    narration: "IMPS/SELF TRANSFER/FROM SAVINGS".to_owned(),
                    reference: format!("I{}", dice.digits(11)),
                };
                self.enter(day, &mut number, rescue);
            }
            self.enter(day, &mut number, planned);
        }
    }

    fn enter(&mut self, day: Date, number: &mut u32, planned: Planned) {
        *number = number.saturating_add(1);
        self.balance = match planned.direction {
            Direction::Credit => self.balance + planned.amount,
            Direction::Debit => self.balance - planned.amount,
        };
        let compact: String = day.to_string().chars().filter(char::is_ascii_digit).collect();
        self.movements.push(Movement {
            at: time_of(day, planned.second),
            direction: planned.direction,
            kind: planned.direction.word(),
            mode: planned.mode,
            amount: planned.amount,
            balance: self.balance,
            id: format!("S{}{compact}{number:03}", self.account.tail),
            narration: planned.narration,
            reference: planned.reference,
        });
    }
}

fn time_of(day: Date, second: i64) -> DateTime {
    day.at(0, 0, 0, 0).saturating_add(jiff::SignedDuration::from_secs(second.clamp(0, 86_399)))
}

fn planned(person: &Person, account: &Account, day: Date, balance: Paise, dice: &mut Dice) -> Vec<Planned> {
    let main = account.institution == Institution::Sahyadri;
    let mut plan = if main { monthly(person, day, dice) } else { second_account(person, day, dice) };
    let purchases = if main { dice.pick(&[2, 3, 3, 4, 4, 5, 6]) } else { dice.pick(&[0, 0, 1, 1, 2]) };
    for _ in 0..purchases {
        plan.push(upi(person, dice));
    }
    if main && dice.happens(8) {
        let amount = Paise::rupees(dice.between(1, 8).saturating_mul(500));
        plan.push(debit(dice, "ATM", amount, &format!("ATM/CASH/{}", person.city.to_uppercase())));
    }
    if day == day.last_of_month() && day.month() % 3 == 0 {
        let mut interest = credit(dice, "OTHERS", balance.part(3, 400), "INTEREST CREDITED");
        interest.second = 86_000;
        plan.push(interest);
    }
    let ceiling = person.salary + person.salary;
    if day.day() == 27 && balance > ceiling {
        let surplus = (balance - person.salary).rounded_to_rupees(1000);
        plan.push(debit(dice, "FT", surplus, "NEFT/SWEEP/TO DEPOSITS"));
    }
    plan
}

fn monthly(person: &Person, day: Date, dice: &mut Dice) -> Vec<Planned> {
    let salary = person.salary;
    let tagged = |words: &str| format!("{words}/{}", person.canary);
    match day.day() {
        3 => vec![debit(
            dice,
            "FT",
            salary.part(26, 100).rounded_to_rupees(100),
            &tagged("IMPS/RENT/LANDLORD"),
        )],
        5 => vec![debit(dice, "OTHERS", salary.part(12, 100).rounded_to_rupees(1), "ACH/EMI/KAVERI FINANCE")],
        7 => vec![debit(dice, "OTHERS", Paise::rupees(5000), "ACH/SIP/DECCAN MUTUAL FUND")],
        9 => {
            let amount = Paise::new(dice.between(60_000, 240_000));
            vec![debit(dice, "UPI", amount, "UPI/BILL/ELECTRICITY BOARD")]
        }
        12 => vec![debit(dice, "UPI", Paise::rupees(799), "UPI/BILL/LAKESIDE BROADBAND")],
        18 => vec![debit(dice, "UPI", Paise::rupees(299), "UPI/RECHARGE/SAHYADRI TELECOM")],
        20 => {
            let amount = salary.part(dice.between(4, 12), 100);
            vec![debit(dice, "CARD", amount, "BILLPAY/CREDIT CARD/XXXX4471")]
        }
        28 => vec![credit(dice, "FT", salary, &tagged(&format!("NEFT/SALARY/{}", person.employer)))],
        _ => Vec::new(),
    }
}

fn second_account(person: &Person, day: Date, dice: &mut Dice) -> Vec<Planned> {
    match day.day() {
        1 => {
            let amount = person.salary.part(9, 100).rounded_to_rupees(100);
            vec![credit(dice, "FT", amount, &format!("NEFT/SELF TRANSFER/{}", person.canary))]
        }
        5 => vec![debit(dice, "OTHERS", Paise::rupees(3000), "SI/RECURRING DEPOSIT INSTALMENT")],
        _ => Vec::new(),
    }
}

fn upi(person: &Person, dice: &mut Dice) -> Planned {
    let base = match dice.between(1, 10) {
        1..=6 => dice.between(2_000, 40_000),
        7..=9 => dice.between(40_000, 150_000),
        _ => dice.between(150_000, 400_000),
    };
    let amount = Paise::new(base).part(person.salary.count().max(1), 20_000_000) + Paise::rupees(10);
    if dice.happens(6) {
        let friend = dice.pick(&FRIENDS);
        return credit(dice, "UPI", amount.rounded_to_rupees(1), &format!("UPI/FROM {friend}"));
    }
    let merchant = dice.pick(&MERCHANTS);
    debit(dice, "UPI", amount, &format!("UPI/{merchant}"))
}

fn debit(dice: &mut Dice, mode: &'static str, amount: Paise, narration: &str) -> Planned {
    entry(dice, Direction::Debit, mode, amount, narration)
}

fn credit(dice: &mut Dice, mode: &'static str, amount: Paise, narration: &str) -> Planned {
    entry(dice, Direction::Credit, mode, amount, narration)
}

fn entry(
    dice: &mut Dice,
    direction: Direction,
    mode: &'static str,
    amount: Paise,
    narration: &str,
) -> Planned {
    let reference = dice.digits(12);
    Planned {
        second: dice.between(6 * 3600, 23 * 3600),
        direction,
        mode,
        amount,
        narration: format!("{narration}/{reference}"),
        reference,
    }
}
