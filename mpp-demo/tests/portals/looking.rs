//! Looking at pages: faults that can be told by looking, what axe-core finds, and pictures.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mpp_api::desk::{DeskClient, InviteStaff};
use mpp_core::{Clock, Span};
use mpp_demo::once;
use mpp_demo::timeline::{Form, Timeline};
use mpp_demo::world::{Hosting, World};
use mpp_server::runtime::SystemClock;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};
use url::Url;

use crate::browser::{Browser, Colours, Size};

pub const PASSWORD: &str = "correct horse battery staple";

const LOOKS: [(&str, Colours, Size); 4] = [
    ("narrow-light", Colours::Light, Size { width: 375, height: 812 }),
    ("narrow-dark", Colours::Dark, Size { width: 375, height: 812 }),
    ("wide-light", Colours::Light, Size { width: 1280, height: 900 }),
    ("wide-dark", Colours::Dark, Size { width: 1280, height: 900 }),
];

/// A world in which one customer's journey is over.
pub async fn world(folder: &Path) -> World {
    let world = World::start(folder, Hosting::InProcess).await.unwrap();
    let timeline = Arc::new(Timeline::new(Form::Silent));
    once::run(&world, &timeline, 1).await.unwrap();
    world
}

/// Invites somebody; gives the address of the invitation.
pub async fn invite(desk: &DeskClient, portal: &Url, id: &str, roles: &[&str]) -> String {
    let roles = roles.iter().map(|role| (*role).to_owned()).collect();
    let invite = InviteStaff { id: id.into(), name: format!("{id} (test)"), roles };
    let invited = desk.invite(&format!("invite-{id}"), &invite).await.unwrap();
    format!("{}#{}", portal.join("portal/welcome").unwrap(), invited.invitation)
}

/// The newest month that can be closed, as a form takes it: in the first hour of a month that is the one before the last.
pub fn month_to_close() -> String {
    let an_hour_ago = SystemClock.now().minus(Span::from_hours(1)).day_in_india();
    an_hour_ago.first_of_month().yesterday().unwrap().strftime("%Y-%m").to_string()
}

/// The code an authenticator app shows at this moment, or the one after it.
pub fn code(secret: &str, later: u64) -> String {
    let secret = Secret::try_from_base32(secret.replace(' ', "")).unwrap();
    let totp = Builder::new().with_secret(secret).build_noncompliant();
    let now = u64::try_from(SystemClock.now().as_unix_seconds()).unwrap();
    totp.generate(now + later).to_string()
}

/// Where a portal is.
pub struct Portal(pub Url);

impl Portal {
    /// The address of a place in the portal, such as `/cases`.
    pub fn at(&self, place: &str) -> String {
        self.of(&format!("portal{place}"))
    }

    /// The address of a path of the server.
    pub fn of(&self, path: &str) -> String {
        self.0.join(path).unwrap().to_string()
    }
}

/// Somebody at a browser.
pub struct Visitor {
    pub browser: Browser,
    axe: String,
    pictures: PathBuf,
}

impl Visitor {
    pub fn new(portal: &str) -> Self {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let pictures = target.join("screenshots").join("portals").join(portal);
        let mut browser = Browser::start();
        browser.look(Colours::Light, Size { width: 1280, height: 900 });
        Self { browser, axe: axe(), pictures }
    }

    /// Somebody who has just come in.
    pub fn joined(portal: &str, invitation: &str) -> Self {
        let mut visitor = Self::new(portal);
        visitor.join(invitation);
        visitor
    }

    /// Goes through the page of an invitation, as its holder does; gives the secret of the second factor.
    pub fn join(&mut self, invitation: &str) -> String {
        let browser = &mut self.browser;
        browser.visit(invitation);
        assert_eq!(browser.run("location.hash"), json!(""), "the invitation is taken out of the address");
        browser.click("form[data-invitation] button");
        let secret = browser.run("document.querySelector('.stack code').textContent");
        let secret = secret.as_str().unwrap().to_owned();
        self.check("join", true);
        self.fill("password", PASSWORD);
        self.fill("again", PASSWORD);
        self.fill("code", &code(&secret, 0));
        self.browser.click("form[action='/portal/join'] button.primary");
        secret
    }

    pub fn fill(&mut self, field: &str, text: &str) {
        let script = format!(
            "(() => {{ const field = document.querySelector('main [name=\"' + {0} + '\"]'); field.value = {1}; return true; }})()",
            json!(field),
            json!(text)
        );
        assert_eq!(self.browser.run(&script), json!(true));
    }

    /// Looks at the present page from all sides.
    pub fn check(&mut self, name: &str, with_form: bool) {
        for (look, colours, size) in LOOKS {
            self.browser.look(colours, size);
            let place = format!("{name} {look}");
            let wide = self.browser.run("document.documentElement.scrollWidth - innerWidth");
            assert!(wide.as_f64().unwrap() <= 0.0, "{place} sticks out by {wide}");
            self.browser.run(&format!("{}; true", self.axe));
            let found = self.browser.run(
                "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
                    .then(found => found.violations.map(one => `${one.id}: ${one.nodes.map(node => node.html.slice(0, 160)).slice(0, 3).join(' | ')}`))",
            );
            assert_eq!(found, json!([]), "{place}");
            self.browser.picture(&self.pictures.join(format!("{name}-{look}.png")));
        }
        self.browser.look(Colours::Light, Size { width: 1280, height: 900 });
        let complaints = self.browser.take_complaints();
        assert_eq!(complaints, Vec::<String>::new(), "{name}");
        let forms = self.browser.run("document.querySelectorAll('main form').length");
        assert!(!with_form || forms.as_u64().unwrap() > 0, "{name} has no form");
    }

    /// What the page says.
    pub fn text(&mut self) -> String {
        match self.browser.run("document.body.innerText") {
            Value::String(text) => text,
            other => panic!("{other}"),
        }
    }
}

/// The source of axe-core, which `cargo xtask test` installs from a pinned list.
fn axe() -> String {
    const MODULES: &str = "MPP_AXE_NODE_MODULES";
    let usual = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../axe/node/node_modules");
    let modules = std::env::var_os(MODULES).map_or(usual, PathBuf::from);
    let file = modules.join("axe-core/axe.min.js");
    std::fs::read_to_string(&file).unwrap_or_else(|error| {
        panic!("{}: {error}; `cargo xtask test` installs it, or {MODULES} says where it is", file.display())
    })
}
