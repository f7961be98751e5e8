//! A headless Chromium led over its debugging pipe: no port, no further program, no network but ours.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// How long an answer may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long the browser may be silent while it ends.
const PATIENCE_AT_THE_END: Duration = Duration::from_secs(10);

/// The colours a page is looked at in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    Light,
    Dark,
}

/// The size a page is looked at in, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub width: u32,
    pub height: u32,
}

pub struct Browser {
    child: Child,
    messages: Receiver<Value>,
    /// What the pages complained about since last asked.
    complaints: Vec<String>,
    events: Vec<String>,
    session: String,
    last_id: u64,
    _profile: tempfile::TempDir,
}

/// Where Chromium is: named by `MPP_CHROMIUM`, or at its usual place.
fn program() -> PathBuf {
    let told = std::env::var_os("MPP_CHROMIUM").map(PathBuf::from);
    let program = told.unwrap_or_else(|| PathBuf::from("/usr/bin/chromium"));
    assert!(
        program.is_file(),
        "these tests look at pages in Chromium, which is not at {}: install it (on Debian: apt-get install \
         chromium) or name it in MPP_CHROMIUM",
        program.display()
    );
    program
}

impl Browser {
    pub fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        // the debugging pipe is on descriptors 3 and 4, which only a shell can hand over without unsafe code
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$@\" 3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null", "sh"])
            .arg(program())
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args(["--disable-dev-shm-usage", "--force-color-profile=srgb", "--hide-scrollbars"])
            .arg("--remote-debugging-pipe")
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            // what it lays down beside its profile goes with the profile
            .env("TMPDIR", profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, messages) = channel();
        let mut pipe = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            let mut message = Vec::new();
            while pipe.read_until(0, &mut message).is_ok_and(|read| read > 0) {
                message.pop();
                let Ok(value) = serde_json::from_slice(&message) else { break };
                if sender.send(value).is_err() {
                    break;
                }
                message.clear();
            }
        });
        let mut browser = Self {
            child,
            messages,
            complaints: Vec::new(),
            events: Vec::new(),
            session: String::new(),
            last_id: 0,
            _profile: profile,
        };
        browser.attach();
        browser
    }

    fn attach(&mut self) {
        let target = self.ask("Target.createTarget", json!({ "url": "about:blank" }));
        let attached =
            self.ask("Target.attachToTarget", json!({ "targetId": target["targetId"], "flatten": true }));
        self.session = attached["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.ask(&format!("{domain}.enable"), json!({}));
        }
    }

    /// Asks the browser something and waits for the answer.
    fn ask(&mut self, method: &str, params: Value) -> Value {
        let message = self.try_ask(method, params);
        assert!(message.get("error").is_none(), "{method}: {message}");
        message["result"].clone()
    }

    /// Asks the browser something that it may refuse.
    fn try_ask(&mut self, method: &str, params: Value) -> Value {
        self.last_id += 1;
        let mut message = json!({ "id": self.last_id, "method": method, "params": params });
        if !self.session.is_empty() {
            message["sessionId"] = self.session.clone().into();
        }
        let mut bytes = serde_json::to_vec(&message).unwrap();
        bytes.push(0);
        self.child.stdin.as_mut().unwrap().write_all(&bytes).unwrap();
        loop {
            let message = self.read(method);
            if message["id"] == self.last_id {
                return message;
            }
        }
    }

    fn read(&mut self, why: &str) -> Value {
        let message = self.messages.recv_timeout(PATIENCE);
        let message = message.unwrap_or_else(|_| panic!("Chromium does not answer to {why}"));
        self.note(&message);
        message
    }

    /// Keeps what a page complains about, and the names of events.
    fn note(&mut self, message: &Value) {
        let Some(method) = message["method"].as_str() else { return };
        let params = &message["params"];
        match method {
            "Runtime.exceptionThrown" => self.complaints.push(params["exceptionDetails"].to_string()),
            "Log.entryAdded" if matches!(params["entry"]["level"].as_str(), Some("error" | "warning")) => {
                self.complaints.push(params["entry"].to_string());
            }
            "Runtime.consoleAPICalled" if matches!(params["type"].as_str(), Some("error" | "warning")) => {
                self.complaints.push(params["args"].to_string());
            }
            _ => {}
        }
        self.events.push(method.to_owned());
    }

    /// What the pages complained about since asked last.
    pub fn take_complaints(&mut self) -> Vec<String> {
        std::mem::take(&mut self.complaints)
    }

    /// Looks at pages in these colours and this size from now on.
    pub fn look(&mut self, colours: Colours, size: Size) {
        let scheme = if colours == Colours::Dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.ask("Emulation.setEmulatedMedia", json!({ "features": features }));
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": size.width, "height": size.height, "deviceScaleFactor": 1, "mobile": size.width < 500 }),
        );
    }

    /// Whether pages are looked at as they are printed from now on.
    pub fn print(&mut self, printed: bool) {
        let media = if printed { "print" } else { "" };
        self.ask("Emulation.setEmulatedMedia", json!({ "media": media }));
    }

    /// Whether pages may run scripts from now on.
    pub fn allow_scripts(&mut self, allowed: bool) {
        self.ask("Emulation.setScriptExecutionDisabled", json!({ "value": !allowed }));
    }

    /// Goes to a page and waits until it is there.
    pub fn visit(&mut self, address: &str) {
        self.events.clear();
        let answer = self.ask("Page.navigate", json!({ "url": address }));
        assert!(answer.get("errorText").is_none(), "{address}: {answer}");
        self.await_load(address);
    }

    /// Waits until the page that is on its way has loaded.
    fn await_load(&mut self, why: &str) {
        while !self.events.iter().any(|event| event == "Page.loadEventFired") {
            self.read(why);
        }
    }

    /// Follows the link, or sends the form that the button belongs to, as a click does, and waits for the page it leads to.
    pub fn click(&mut self, button: &str) {
        let there = self.run(&format!("document.querySelector({}) !== null", json!(button)));
        assert_eq!(there, json!(true), "no {button} on {}", self.run("document.body.innerText"));
        self.click_by(&format!("document.querySelector({}).click()", json!(button)));
    }

    /// Runs a statement that leads to another page, and waits for that.
    pub fn click_by(&mut self, statement: &str) {
        self.events.clear();
        let moving = "document.documentElement.dataset.moving !== undefined";
        if self.run(&format!("(() => {{ {statement}; return {moving}; }})()")) == json!(true) {
            self.await_move(statement);
        } else {
            self.await_load(statement);
        }
    }

    /// Waits until the page has put the next one in its own place, or has left for it.
    fn await_move(&mut self, why: &str) {
        let moved = "new Promise(done => { const root = document.documentElement;
             const look = () => root.dataset.moving === undefined && done(true); look();
             new MutationObserver(look).observe(root, { attributes: true }); })";
        let params = json!({ "expression": moved, "returnByValue": true, "awaitPromise": true });
        let answer = self.try_ask("Runtime.evaluate", params);
        let stayed = answer["result"]["result"]["value"] == json!(true);
        if !stayed || self.events.iter().any(|event| event == "Page.frameNavigated") {
            self.await_load(why);
        }
    }

    /// Presses a button that leads nowhere.
    pub fn press(&mut self, button: &str) {
        self.run(&format!("document.querySelector({}).click()", json!(button)));
    }

    /// Forgets who is signed in.
    pub fn forget(&mut self) {
        self.ask("Network.clearBrowserCookies", json!({}));
    }

    /// Puts an authenticator before the browser, which keeps passkeys and knows its person; gives its name.
    pub fn add_authenticator(&mut self) -> String {
        self.ask("WebAuthn.enable", json!({}));
        let options = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
            "isUserVerified": true, "automaticPresenceSimulation": true,
        });
        let added = self.ask("WebAuthn.addVirtualAuthenticator", json!({ "options": options }));
        added["authenticatorId"].as_str().unwrap().to_owned()
    }

    /// Whether the authenticator knows its person from now on.
    pub fn set_verified(&mut self, authenticator: &str, known: bool) {
        let params = json!({ "authenticatorId": authenticator, "isUserVerified": known });
        self.ask("WebAuthn.setUserVerified", params);
    }

    /// The passkeys that the authenticator keeps.
    pub fn credentials(&mut self, authenticator: &str) -> Vec<Value> {
        let kept = self.ask("WebAuthn.getCredentials", json!({ "authenticatorId": authenticator }));
        kept["credentials"].as_array().unwrap().clone()
    }

    /// Clicks, and waits until a page with these words has loaded, through those that go on by themselves.
    pub fn click_through(&mut self, button: &str, words: &str) {
        self.click(button);
        loop {
            // what loads from here on is noticed, also while the text is asked for
            self.events.clear();
            let text = self.text_if_any();
            if text.contains(words) {
                return;
            }
            self.await_load(&format!("{words}: {text}"));
        }
    }

    /// The page's text, unless the page is still loading or being left at this moment. (Whoever went on before it had loaded
    /// would take its loading for that of the next.)
    fn text_if_any(&mut self) -> String {
        let expression = "document.readyState === 'complete' ? document.body.innerText : ''";
        let params = json!({ "expression": expression, "returnByValue": true });
        let answer = self.try_ask("Runtime.evaluate", params);
        answer["result"]["result"]["value"].as_str().unwrap_or_default().to_owned()
    }

    /// The value of an expression on the page; promises are waited for.
    pub fn run(&mut self, expression: &str) -> Value {
        let params = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.ask("Runtime.evaluate", params);
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Waits until the page's text holds `words`, told by the page itself when it changes.
    pub fn await_words(&mut self, words: &str) {
        let script = format!(
            "new Promise(done => {{ const holds = () => document.body.innerText.includes({0}) && done(true); holds();
             new MutationObserver(holds).observe(document.body, {{ subtree: true, childList: true, characterData: true }}); }})",
            json!(words)
        );
        self.run(&script);
    }

    /// Writes a picture of the whole page.
    pub fn picture(&mut self, file: &Path) {
        let metrics = self.ask("Page.getLayoutMetrics", json!({}));
        let size = &metrics["cssContentSize"];
        let clip = json!({ "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1 });
        let params = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let answer = self.ask("Page.captureScreenshot", params);
        let bytes = base64_simd::STANDARD.decode_to_vec(answer["data"].as_str().unwrap()).unwrap();
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // asked to, the browser ends its helpers and clears away what it laid down; killing makes sure when it hangs
        if let Some(pipe) = &mut self.child.stdin {
            let _ = pipe.write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0");
        }
        while self.messages.recv_timeout(PATIENCE_AT_THE_END).is_ok() {}
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
