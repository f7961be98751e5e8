use super::*;

fn per(value: u32, unit: FrequencyUnit) -> Frequency {
    Frequency { unit, value }
}

#[test]
fn frequencies_compare_across_units_by_the_fullest_bucket() {
    use FrequencyUnit::{Day, Hour, Inf, Month, Year};
    let within = [
        (per(1, Day), per(1, Day)),
        (per(1, Day), per(31, Month)),
        (per(1, Month), per(1, Day)),
        (per(1, Hour), per(8784, Year)),
        (per(12, Year), per(12, Hour)),
        (per(9, Hour), per(0, Inf)),
        (per(0, Inf), per(1, Inf)),
    ];
    let beyond = [
        (per(2, Day), per(1, Day)),
        (per(1, Day), per(30, Month)),
        (per(2, Month), per(1, Day)),
        (per(1, Hour), per(23, Day)),
        (per(0, Inf), per(100, Hour)),
        (per(u32::MAX, Hour), per(u32::MAX, Year)),
    ];
    for (signed, asked) in within {
        assert!(is_no_more_frequent(signed, asked), "{signed:?} {asked:?}");
    }
    for (signed, asked) in beyond {
        assert!(!is_no_more_frequent(signed, asked), "{signed:?} {asked:?}");
    }
}
