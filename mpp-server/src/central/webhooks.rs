//! Pushes notifications over HTTP, never to an address inside one's own network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderName, HeaderValue, header};
use mpp_core::DeliveryFailure;
use mpp_services::central::{NotificationSender, Webhook};
use mpp_transport::{Request, Transport, TransportError};
use url::{Host, Url};

use super::config::Reach;

/// How long a client server may take to answer.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Sends over a transport what may be sent.
#[derive(Debug)]
pub(super) struct GuardedSender {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) reach: Reach,
}

#[async_trait]
impl NotificationSender for GuardedSender {
    fn permits(&self, url: &Url) -> bool {
        let clean = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        let by_tls = url.scheme() == "https";
        let here = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => return false,
        };
        let there = match url.host() {
            Some(Host::Ipv4(address)) => is_public(address.into()),
            Some(Host::Ipv6(address)) => is_public(address.into()),
            Some(Host::Domain(_)) => !here,
            None => return false,
        };
        let near = here && self.reach == Reach::Loopback && matches!(url.scheme(), "http" | "https");
        clean && ((there && by_tls) || near)
    }

    async fn send(&self, webhook: Webhook) -> Result<(), DeliveryFailure> {
        if !self.permits(&webhook.url) || !self.resolves_well(&webhook.url).await? {
            return Err(DeliveryFailure::ForbiddenAddress);
        }
        let mut request = Request::post(webhook.url)
            .with_header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .with_timeout(TIMEOUT);
        for (name, value) in webhook.headers.pairs() {
            let value = HeaderValue::from_str(value).map_err(|_| DeliveryFailure::Unreachable)?;
            request = request.with_header(HeaderName::from_static(name), value);
        }
        let answer = self.transport.send(request.with_body(webhook.body)).await.map_err(failure_of)?;
        if answer.status.is_success() {
            Ok(())
        } else {
            Err(DeliveryFailure::Refused { status: answer.status.as_u16() })
        }
    }
}

impl GuardedSender {
    /// Whether every address behind the name may be called. Asked each time, because names change their addresses.
    async fn resolves_well(&self, url: &Url) -> Result<bool, DeliveryFailure> {
        let (Some(Host::Domain(name)), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Ok(true);
        };
        let near = self.reach == Reach::Loopback;
        let found = tokio::net::lookup_host((name, port)).await.map_err(|_| DeliveryFailure::Unreachable)?;
        let addresses: Vec<IpAddr> = found.map(|address| address.ip()).collect();
        if addresses.is_empty() {
            return Err(DeliveryFailure::Unreachable);
        }
        Ok(addresses.into_iter().all(|address| is_public(address) || (near && address.is_loopback())))
    }
}

fn failure_of(error: TransportError) -> DeliveryFailure {
    match error {
        TransportError::Timeout => DeliveryFailure::TimedOut,
        TransportError::Connect { .. }
        | TransportError::Interrupted { .. }
        | TransportError::TooLarge { .. }
        | TransportError::Invalid { .. } => DeliveryFailure::Unreachable,
    }
}

/// Whether an address is one of the public internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        // shared by carriers (RFC 6598), protocol assignments (RFC 6890), benchmarks (RFC 2544)
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b));
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let [first, second, ..] = address.segments();
    // global unicast is 2000::/3; of it, documentation and the tunnels that carry IPv4 addresses are left out
    let global = (first & 0xe000) == 0x2000;
    let documentation = (first == 0x2001 && second == 0x0db8) || first == 0x3fff;
    let tunnel = first == 0x2002 || (first == 0x2001 && second < 0x0200);
    global && !documentation && !tunnel
}

#[cfg(test)]
mod tests {
    use super::*;
    use mpp_transport::LoopbackTransport;

    fn sender(reach: Reach) -> GuardedSender {
        GuardedSender { transport: Arc::new(LoopbackTransport::new()), reach }
    }

    #[test]
    fn only_public_addresses_by_https_are_permitted() {
        let guard = sender(Reach::Public);
        for good in
            ["https://client.kaveri.example/hook", "https://8.8.8.8/hook", "https://[2606:4700::1111]/"]
        {
            assert!(guard.permits(&good.parse().unwrap()), "{good}");
        }
        for bad in [
            "http://client.kaveri.example/hook",
            "https://localhost/hook",
            "https://a.localhost/hook",
            "https://127.0.0.1/hook",
            "https://2130706433/hook",
            "https://10.1.2.3/",
            "https://172.16.0.1/",
            "https://192.168.1.1/",
            "https://169.254.169.254/latest",
            "https://100.64.0.1/",
            "https://0.0.0.0/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://[2002:0a00:0001::]/",
            "https://user:secret@client.kaveri.example/",
            "ftp://client.kaveri.example/",
        ] {
            assert!(!guard.permits(&bad.parse().unwrap()), "{bad}");
        }
    }

    #[test]
    fn this_machine_is_reached_only_when_configured() {
        let url: Url = "http://127.0.0.1:9/hook".parse().unwrap();
        assert!(!sender(Reach::Public).permits(&url));
        assert!(sender(Reach::Loopback).permits(&url));
        assert!(!sender(Reach::Loopback).permits(&"http://10.0.0.1/hook".parse().unwrap()));
    }

    #[tokio::test]
    async fn a_name_for_an_inner_address_is_not_called() {
        let guard = sender(Reach::Public);
        assert_eq!(guard.resolves_well(&"https://localhost/".parse().unwrap()).await, Ok(false));
    }
}
