//! From a click to what is painted: the pages of the menu, clicked one after the other in a browser.

use anyhow::Context;
use serde_json::{Value, json};
use url::Url;

use crate::browser::{Browser, Colours, Size};
use crate::{PASSWORD, code};

/// Clicks a link of the menu: the milliseconds until the page it leads to was painted in the place of the present one, and how they
/// went, see [`STEPS`]. The message is sent while that frame is made, so it arrives behind it.
const CLICK_AND_PAINT: &str = "new Promise(done => {
    const begun = performance.now();
    const { text } = Response.prototype, { parseFromString } = DOMParser.prototype;
    let came, read;
    Response.prototype.text = async function () {
        const body = await text.call(this);
        came = performance.now();
        return body;
    };
    DOMParser.prototype.parseFromString = function (...given) {
        const page = parseFromString.apply(this, given);
        read = performance.now();
        return page;
    };
    document.addEventListener('moved', () => {
        const put = performance.now();
        requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => {
                Object.assign(Response.prototype, { text });
                Object.assign(DOMParser.prototype, { parseFromString });
                const drawn = performance.now();
                done([drawn - begun, came - begun, read - came, put - read, drawn - put]);
            };
            port2.postMessage(0);
        });
    }, { once: true });
    document.querySelector(SELECTOR).click();
})";
/// What comes after the click: until the answer is there, until it is read as HTML, until it is in its place with styles and boxes, until
/// it is drawn.
const STEPS: [&str; 4] = ["answer", "read", "placed", "drawn"];
/// The first paint of a page that was gone to, style and script included, in milliseconds since that began.
const FIRST_PAINT: &str = "new Promise(done => new PerformanceObserver(list => {
    const found = list.getEntriesByName('first-contentful-paint')[0]; if (found) done(found.startTime);
}).observe({ type: 'paint', buffered: true }))";

/// Joins by the invitation and clicks through the menu so many times.
///
/// # Errors
/// When a page is not as expected.
pub(crate) fn measure(at: &Url, invitation: &str, rounds: usize) -> anyhow::Result<()> {
    let mut browser = Browser::start();
    browser.look(Colours::Light, Size { width: 1280, height: 900 });
    join(&mut browser, at, invitation)?;
    let entries =
        browser.run("[...document.querySelectorAll('nav.side a')].map(link => link.getAttribute('href'))");
    let entries: Vec<String> = serde_json::from_value(entries)?;
    anyhow::ensure!(entries.len() > 5, "the menu has {} entries", entries.len());
    over(&entries, "click to paint", &STEPS, rounds, |entry| {
        let selector = json!(format!("nav.side a[href='{entry}']")).to_string();
        browser.run(&CLICK_AND_PAINT.replace("SELECTOR", &selector))
    })?;
    over(&entries, "opened anew, to the first paint", &[], rounds, |entry| {
        browser.visit(at.join(entry).map_or_else(|_| String::new(), Into::into).as_str());
        browser.run(FIRST_PAINT)
    })
}

/// Times every entry of the menu so many times. What is timed is one time, or a time and those of its steps.
fn over(
    entries: &[String],
    what: &str,
    steps: &[&str],
    rounds: usize,
    mut time: impl FnMut(&str) -> Value,
) -> anyhow::Result<()> {
    print!("\n{what:<44}{:>9}{:>9}{:>9}", "p50 ms", "p95 ms", "max ms");
    println!("{}", steps.iter().map(|step| format!("{step:>9}")).collect::<String>());
    let mut all = vec![Vec::new(); steps.len() + 1];
    for entry in entries {
        let mut times = vec![Vec::new(); steps.len() + 1];
        for _ in 0..rounds.max(1) {
            let taken = match time(entry) {
                Value::Array(taken) => taken,
                one => vec![one],
            };
            anyhow::ensure!(taken.len() == times.len(), "{} times of {}", taken.len(), times.len());
            for (times, taken) in times.iter_mut().zip(&taken) {
                times.push(taken.as_f64().context("nothing was painted")?);
            }
        }
        for (all, times) in all.iter_mut().zip(&times) {
            all.extend(times);
        }
        line(entry, times);
    }
    line("all of them", all);
    Ok(())
}

/// The whole with its spread, then the medians of its steps.
fn line(name: &str, times: Vec<Vec<f64>>) {
    let mut times = times.into_iter().map(Spread::of);
    let whole = times.next().unwrap_or_else(|| Spread::of(Vec::new()));
    print!("{name:<44}{:>9.1}{:>9.1}{:>9.1}", whole.at(50), whole.at(95), whole.at(100));
    println!("{}", times.map(|step| format!("{:>9.1}", step.at(50))).collect::<String>());
}

/// Times in their order.
struct Spread(Vec<f64>);

impl Spread {
    fn of(mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        Self(times)
    }

    /// The time that so many of a hundred did not take longer than.
    fn at(&self, share: usize) -> f64 {
        let place = (self.0.len() * share / 100).min(self.0.len().saturating_sub(1));
        self.0.get(place).copied().unwrap_or(f64::NAN)
    }
}

fn join(browser: &mut Browser, at: &Url, invitation: &str) -> anyhow::Result<()> {
    browser.visit(&format!("{}#{invitation}", at.join("portal/welcome")?));
    browser.click("form[data-invitation] button");
    let secret = browser.run("document.querySelector('.stack code').textContent");
    let secret = secret.as_str().context("no secret is shown")?.replace(' ', "");
    for (field, text) in [("password", PASSWORD), ("again", PASSWORD), ("code", &code(&secret)?)] {
        let script = format!(
            "document.querySelector(`main [name=\"${{{0}}}\"]`).value = {1}",
            json!(field),
            json!(text)
        );
        browser.run(&script);
    }
    browser.click("form[action='/portal/join'] button.primary");
    Ok(())
}
