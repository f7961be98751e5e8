//! Welch's t over all times, and over those below each of a few limits: long ones are mostly the machine's own.

/// Which part of the usual times a test keeps.
const QUANTILES: [f64; 5] = [0.5, 0.75, 0.9, 0.95, 0.99];

/// One test for each limit.
pub(crate) struct Cropped(Vec<(f64, [Moments; 2])>);

impl Cropped {
    /// Tests that keep what lies within these parts of the usual times, and one that keeps all.
    pub(crate) fn at_quantiles_of(mut usual: Vec<f64>) -> Self {
        usual.sort_by(f64::total_cmp);
        let mut limits = vec![f64::INFINITY];
        let mut passed = 0.0;
        let share = 1.0 / usual.iter().fold(0.0, |count, _| count + 1.0);
        for time in usual {
            let before = passed;
            passed += share;
            limits.extend(QUANTILES.iter().filter(|at| before < **at && **at <= passed).map(|_| time));
        }
        Self(limits.into_iter().map(|limit| (limit, [Moments::default(); 2])).collect())
    }

    pub(crate) fn add(&mut self, fixed: bool, time: f64) {
        for (limit, [of_random, of_fixed]) in &mut self.0 {
            if time <= *limit {
                if fixed { of_fixed.add(time) } else { of_random.add(time) }
            }
        }
    }

    /// How many times there were.
    pub(crate) fn count(&self) -> f64 {
        self.0.first().map_or(0.0, |(_, [one, other])| one.count + other.count)
    }

    pub(crate) fn largest_t(&self) -> f64 {
        self.0.iter().map(|(_, [one, other])| one.t(other)).fold(0.0, f64::max)
    }
}

/// Mean and variance of one class, by Welford's method.
#[derive(Clone, Copy, Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        let distance = value - self.mean;
        self.mean += distance / self.count;
        self.squares += distance * (value - self.mean);
    }

    /// |t|; 0 while there is too little to say anything.
    fn t(&self, other: &Self) -> f64 {
        let error = |of: &Self| of.squares / (of.count - 1.0) / of.count;
        let t = (self.mean - other.mean).abs() / (error(self) + error(other)).sqrt();
        if self.count > 100.0 && other.count > 100.0 && t.is_finite() { t } else { 0.0 }
    }
}
