//! Without `--once`: one journey by itself, then everything stays up for a visitor.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use async_trait::async_trait;
use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use mpp_core::Clock;
use mpp_server::runtime::SystemClock;
use tokio::net::TcpListener;
use url::Url;

use crate::handset::Handset;
use crate::journey::Journey;
use crate::phone::view::DemoLink;
use crate::phone::{self, DemoDesk, DeskError, Invitation, Owner, Phone, PhoneFleet, TextMessage};
use crate::staff;
use crate::world::World;

/// The page a visitor opens, and the phones on it.
#[derive(Debug)]
pub struct Visit {
    address: SocketAddr,
    serving: tokio::task::JoinHandle<()>,
}

impl Visit {
    /// Opens the phone page for these phones.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn open(
        world: &World,
        journey: Journey,
        handsets: Vec<Handset>,
        listen: SocketAddr,
    ) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let phones = handsets.iter().map(|handset| Arc::new(phone_of(handset))).collect();
        let links = links(world)?;
        let accounts = staff::take_on(world).await.context("taking staff on")?;
        let desk = Arc::new(Desk { journey, handsets });
        let fleet = Arc::new(PhoneFleet::new(phones, desk, clock).with_links(links));
        let router = Router::new()
            .route("/", get(|| async { Redirect::temporary("/phone") }))
            .nest("/phone", phone::router(fleet))
            .merge(staff::router(accounts));
        let listener = TcpListener::bind(listen).await.with_context(|| format!("listening on {listen}"))?;
        let address = listener.local_addr()?;
        let serving = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the phone page ended");
            }
        });
        Ok(Self { address, serving })
    }

    /// Where the page is.
    #[must_use]
    pub fn page(&self) -> String {
        format!("http://{}/phone", self.address)
    }

    /// Closes the page.
    pub fn close(self) {
        self.serving.abort();
    }
}

fn phone_of(handset: &Handset) -> Phone {
    let owner = Owner {
        number: handset.number,
        name: handset.person.name.clone(),
        mobile: handset.person.mobile.clone(),
    };
    Phone::new(owner, Arc::clone(&handset.mpp), Arc::clone(&handset.private_share))
}

fn links(world: &World) -> anyhow::Result<Vec<DemoLink>> {
    let at = |base: &Url, path: &str| anyhow::Ok(base.join(path)?.to_string());
    let sandbox = &world.places().sandbox;
    let link = |title: &str, url: String| DemoLink { title: title.to_owned(), address: url };
    Ok(vec![
        link("How staff sign in", "/staff".to_owned()),
        link("Portal of Moneyone", at(&world.places().central, "/portal/")?),
        link("Portal of Kaveri Finance", at(&world.places().client, "/portal/")?),
        link("Partner's application", at(sandbox, "/partner-app/")?),
        link("Account Aggregator", at(sandbox, "/aa/web")?),
        link("The outside world", at(sandbox, "/")?),
    ])
}

/// What the phone page asks of the demo.
#[derive(Debug)]
struct Desk {
    journey: Journey,
    handsets: Vec<Handset>,
}

impl Desk {
    fn handset(&self, customer: usize) -> Result<&Handset, DeskError> {
        let found = self.handsets.iter().find(|handset| handset.number == customer);
        found.ok_or_else(|| DeskError { reason: "there is no such phone".to_owned() })
    }
}

#[async_trait]
impl DemoDesk for Desk {
    async fn start_case(&self, customer: usize) -> Result<Invitation, DeskError> {
        let handset = self.handset(customer)?;
        let case = self.journey.new_case(customer);
        let link = self.journey.start_case(handset, &case).await?;
        Ok(Invitation { from: "KAVERI".to_owned(), link })
    }

    async fn messages(&self, customer: usize) -> Result<Vec<TextMessage>, DeskError> {
        #[derive(serde::Deserialize)]
        struct Inbox {
            messages: Vec<TextMessage>,
        }
        let digits = self.handset(customer)?.person.mobile.digits().to_owned();
        let inbox: Inbox = self.journey.outside.get(&format!("/sms/v1/inbox/{digits}")).await?;
        Ok(inbox.messages)
    }
}
