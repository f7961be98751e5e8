//! From a click to what is painted: the pages of the menu, clicked one after the other in a browser.

use anyhow::Context;
use serde_json::{Value, json};
use url::Url;

use crate::browser::{Browser, Colours, Size};
use crate::{PASSWORD, code};

/// Clicks a link of the menu: the milliseconds until the page it leads to was painted in the place of the present one. The message is
/// sent while that frame is made, so it arrives behind it.
const CLICK_AND_PAINT: &str = "new Promise(done => {
    const begun = performance.now();
    document.addEventListener('moved', () => requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => done(performance.now() - begun);
        port2.postMessage(0);
    }), { once: true });
    document.querySelector(SELECTOR).click();
})";
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
    over(&entries, "click to paint", rounds, |entry| {
        let selector = json!(format!("nav.side a[href='{entry}']")).to_string();
        browser.run(&CLICK_AND_PAINT.replace("SELECTOR", &selector))
    })?;
    over(&entries, "opened anew, to the first paint", rounds, |entry| {
        browser.visit(at.join(entry).map_or_else(|_| String::new(), Into::into).as_str());
        browser.run(FIRST_PAINT)
    })
}

/// Times every entry of the menu so many times.
fn over(
    entries: &[String],
    what: &str,
    rounds: usize,
    mut time: impl FnMut(&str) -> Value,
) -> anyhow::Result<()> {
    println!("\n{what:<44}{:>9}{:>9}{:>9}", "p50 ms", "p95 ms", "max ms");
    let mut all = Vec::new();
    for entry in entries {
        let mut times = Vec::new();
        for _ in 0..rounds.max(1) {
            times.push(time(entry).as_f64().context("nothing was painted")?);
        }
        all.extend(times.iter().copied());
        line(entry, times);
    }
    line("all of them", all);
    Ok(())
}

fn line(name: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    let at = |share: usize| {
        let place = (times.len() * share / 100).min(times.len().saturating_sub(1));
        times.get(place).copied().unwrap_or(f64::NAN)
    };
    println!("{name:<44}{:>9.1}{:>9.1}{:>9.1}", at(50), at(95), at(100));
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
