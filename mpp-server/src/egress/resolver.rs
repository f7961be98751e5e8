//! Names, checked where the connection is made.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::AddressRules;

/// Resolves names to the addresses that may be called, and to nothing when one of them may not: a name that points
/// inside and outside is not trusted at all.
#[derive(Debug, Clone, Copy)]
pub(super) struct GuardedResolver(pub(super) AddressRules);

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let rules = self.0;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if !found.iter().all(|address| rules.allows(address.ip())) {
                return Err(ForbiddenAddress.into());
            }
            let found: Addrs = Box::new(found.into_iter());
            Ok(found)
        })
    }
}

/// A name resolved to an address that may not be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name points to an address that may not be called")]
pub(super) struct ForbiddenAddress;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_that_points_inside_is_not_resolved() {
        let resolve = |allow_loopback| {
            let rules = AddressRules { allow_loopback, allow_private: false };
            GuardedResolver(rules).resolve("localhost".parse().unwrap())
        };
        assert!(resolve(false).await.is_err());
        assert!(resolve(true).await.is_ok());
    }
}
