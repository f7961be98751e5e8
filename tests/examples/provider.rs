//! The register of `examples/write_a_provider` under the contract suite of the provider port.

use std::sync::Arc;

use mpp::connectors::DataProvider;
use mpp::core::{Clock, CustomerParticulars};
use mpp::transport::{LoopbackTransport, Transport};
use mpp_connectors::conformance::ProviderBench;
use mpp_connectors::provider_conformance;

use super::write_a_provider::{RegisterConfig, RegisterKey, VehicleRegister, fake_register};

#[derive(Debug)]
struct RegisterBench;

fn customer(mobile: &str) -> CustomerParticulars {
    CustomerParticulars {
        mobile: mobile.parse().unwrap(),
        vua: None,
        name: Some("Asha Kulkarni".into()),
        date_of_birth: None,
        pan: None,
        pincode: None,
    }
}

impl ProviderBench for RegisterBench {
    fn provider(&self, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Arc<dyn DataProvider> {
        let base_url = "https://register.example/api".parse().unwrap();
        let config = RegisterConfig::new("vehicle-register".parse().unwrap(), base_url);
        let key = RegisterKey::new(fake_register::KEY).unwrap();
        Arc::new(VehicleRegister::new(config, key, transport, clock))
    }

    fn simulator(&self) -> Arc<dyn Transport> {
        Arc::new(LoopbackTransport::new().with("register.example", fake_register::service()))
    }

    fn known(&self) -> CustomerParticulars {
        customer(fake_register::OWNER)
    }

    fn unknown(&self) -> CustomerParticulars {
        customer("9000000404")
    }

    fn deferred(&self) -> Option<CustomerParticulars> {
        None
    }

    fn document(&self) -> Vec<u8> {
        fake_register::DOCUMENT.into()
    }
}

provider_conformance!(register, RegisterBench);
