//! Everything running on loopback: the outside world and the three roles, each on a folder of its own.

mod billing;
mod hosting;
mod keeping;
mod onboarding;
mod restarting;
mod roles;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use mpp_api::central::{Holdings, OperatorClient};
use mpp_api::client::StaffClient;
use mpp_api::desk::DeskClient;
use mpp_core::{MobileNumber, ProductContent, ProductId};
use mpp_private_share::Patience;
use mpp_transport::{ConnectionSettings, ReqwestTransport, Transport};
use url::Url;

use crate::handset::{AppBuild, Handset};
use crate::outside::Outside;

use hosting::Host;
pub use hosting::{Hosting, Program, Role, Stopped};
pub use keeping::{Bucket, Database, Keeping, RecordsIn};
use onboarding::Onboarded;

/// Where everything is reached.
#[derive(Debug, Clone)]
pub struct Places {
    /// The outside world.
    pub sandbox: Url,
    /// Central.
    pub central: Url,
    /// The partner's client server.
    pub client: Url,
    /// The private share service.
    pub private_share: Url,
}

/// How patient central is with providers; what is absent has its usual value.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProviderPatience {
    /// How often a fetch is tried.
    pub attempts: Option<u32>,
    /// The wait after the first failed attempt, in seconds.
    pub first_wait_seconds: Option<u16>,
}

/// Everything running, onboarded and ready for customers.
#[derive(Debug)]
pub struct World {
    data: PathBuf,
    places: Places,
    outside: Outside,
    transport: Arc<dyn Transport>,
    operator: OperatorClient,
    central_desk: DeskClient,
    client_desk: DeskClient,
    client_staff: StaffClient,
    client_approver: StaffClient,
    product: ProductId,
    app: AppBuild,
    host: Host,
}

impl World {
    /// Starts everything under `data`, a sub-folder per role, and onboards the partner.
    ///
    /// # Errors
    /// When a part does not start; the error names it.
    pub async fn start(data: &Path, hosting: Hosting) -> anyhow::Result<Self> {
        Self::start_with(data, hosting, ProviderPatience::default()).await
    }

    /// Starts everything with a central of this patience.
    ///
    /// # Errors
    /// When a part does not start; the error names it.
    pub async fn start_with(
        data: &Path,
        hosting: Hosting,
        patience: ProviderPatience,
    ) -> anyhow::Result<Self> {
        Self::start_on(data, hosting, patience, &Keeping::default()).await
    }

    /// Starts everything with what the roles store in these places.
    ///
    /// # Errors
    /// When a part does not start; the error names it.
    pub async fn start_on(
        data: &Path,
        hosting: Hosting,
        patience: ProviderPatience,
        keeping: &Keeping,
    ) -> anyhow::Result<Self> {
        let transport: Arc<dyn Transport> = Arc::new(ReqwestTransport::new(ConnectionSettings::default())?);
        let mut host = Host::new(hosting);
        let started =
            roles::start_all(&mut host, roles::Ground { data, keeping }, &transport, patience).await;
        let started = match started {
            Ok(started) => started,
            Err(error) => {
                host.stop().await;
                return Err(error);
            }
        };
        let onboarded = onboarding::onboard(&started, &transport).await.context("onboarding the partner")?;
        let Onboarded {
            operator,
            central_desk,
            client_desk,
            client_staff,
            client_approver,
            product,
            central_keys,
        } = onboarded;
        let app = AppBuild {
            central: started.places.central.clone(),
            central_keys,
            private_share: started.places.private_share.clone(),
            aggregator: started.aggregator.entity,
            aggregator_keys: started.aggregator.keys,
            patience: Patience::default(),
        };
        let places = started.places;
        let outside = started.outside;
        Ok(Self {
            data: data.to_owned(),
            places,
            outside,
            transport,
            operator,
            central_desk,
            client_desk,
            client_staff,
            client_approver,
            product,
            app,
            host,
        })
    }

    /// Where everything is reached.
    #[must_use]
    pub const fn places(&self) -> &Places {
        &self.places
    }

    /// The way to the sandbox.
    #[must_use]
    pub const fn outside(&self) -> &Outside {
        &self.outside
    }

    /// The product the partner asks for.
    #[must_use]
    pub const fn product(&self) -> ProductId {
        self.product
    }

    /// Lets the partner offer another product, which one person drafts and another approves.
    ///
    /// # Errors
    /// When the client server or central does not take it.
    pub async fn offer(&self, content: &ProductContent) -> anyhow::Result<ProductId> {
        onboarding::define(&self.client_staff, &self.client_approver, content).await
    }

    /// What the customers' app is built with.
    #[must_use]
    pub const fn app(&self) -> &AppBuild {
        &self.app
    }

    /// Carries requests.
    #[must_use]
    pub const fn transport(&self) -> &Arc<dyn Transport> {
        &self.transport
    }

    /// The folder of a role: `central`, `client`, `private-share`, `phones`, `sandbox`.
    #[must_use]
    pub fn folder(&self, role: &str) -> PathBuf {
        self.data.join(role)
    }

    /// Switches on the phone of customer `number`, from 1.
    ///
    /// # Errors
    /// When its folder cannot be used.
    pub async fn phone(&self, number: usize) -> anyhow::Result<Handset> {
        let mobile = mobile_of(number)?;
        let person = self.outside.person(&mobile).await?;
        let folder = self.folder("phones").join(number.to_string());
        std::fs::create_dir_all(&folder)?;
        Handset::switch_on(number, person, &folder, &self.app, Arc::clone(&self.transport)).await
    }

    /// The parts that run as programs of their own; none when everything runs in this process.
    #[must_use]
    pub fn programs(&self) -> Vec<Program> {
        self.host.programs()
    }

    /// What central holds at this moment.
    ///
    /// # Errors
    /// When central does not answer.
    pub async fn holdings(&self) -> anyhow::Result<Holdings> {
        Ok(self.operator.holdings().await?)
    }

    /// The operator's way to central.
    #[must_use]
    pub const fn operator(&self) -> &OperatorClient {
        &self.operator
    }

    /// The desk of central's portal, as its configured key.
    #[must_use]
    pub const fn central_desk(&self) -> &DeskClient {
        &self.central_desk
    }

    /// The desk of the client server's portal, as a configured key.
    #[must_use]
    pub const fn client_desk(&self) -> &DeskClient {
        &self.client_desk
    }

    /// The partner's staff's way to the client server.
    #[must_use]
    pub const fn client_staff(&self) -> &StaffClient {
        &self.client_staff
    }

    /// Stops everything, draining; tells how each part ended, last started first.
    pub async fn stop(self) -> Vec<Stopped> {
        self.host.stop().await
    }
}

fn mobile_of(number: usize) -> anyhow::Result<MobileNumber> {
    format!("9{number:09}").parse().with_context(|| format!("there is no customer {number}"))
}
