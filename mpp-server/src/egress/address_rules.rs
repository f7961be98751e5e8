//! Which addresses are public, which are one's own.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Which addresses may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressRules {
    /// Whether this machine may be called.
    pub allow_loopback: bool,
    /// Whether private networks may be called.
    pub allow_private: bool,
}

impl AddressRules {
    /// Checks what can be seen without resolving.
    ///
    /// # Errors
    /// What is wrong with the address, for those who wrote it.
    pub fn check(self, url: &Url) -> Result<(), &'static str> {
        let is_here = Self::is_loopback_host(url);
        match url.scheme() {
            "https" => {}
            "http" if is_here && self.allow_loopback => {}
            _ => return Err("it must begin with https"),
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err("it must have no credentials and no fragment");
        }
        match url.host() {
            Some(Host::Ipv4(ip)) if !self.allows(ip.into()) => Err("it is not a public address"),
            Some(Host::Ipv6(ip)) if !self.allows(ip.into()) => Err("it is not a public address"),
            Some(Host::Domain(_)) if is_here && !self.allow_loopback => Err("it is not a public address"),
            Some(_) => Ok(()),
            None => Err("it names no host"),
        }
    }

    /// Whether the address is plainly this machine.
    #[must_use]
    pub fn is_loopback_host(url: &Url) -> bool {
        match url.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => {
                let name = name.trim_end_matches('.');
                name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost")
            }
            None => false,
        }
    }

    /// Whether a resolved address may be connected to.
    #[must_use]
    pub fn allows(self, ip: IpAddr) -> bool {
        match ip {
            IpAddr::V4(ip) => self.allows_v4(ip),
            IpAddr::V6(ip) => match ip.to_ipv4_mapped() {
                Some(mapped) => self.allows_v4(mapped),
                None => self.allows_v6(ip),
            },
        }
    }

    fn allows_v4(self, ip: Ipv4Addr) -> bool {
        if ip.is_loopback() {
            return self.allow_loopback;
        }
        if ip.is_private() {
            return self.allow_private;
        }
        let [a, b, c, _] = ip.octets();
        // link-local holds the metadata services of clouds
        let special = ip.is_link_local()
            || ip.is_unspecified()
            || ip.is_broadcast()
            || ip.is_multicast()
            || ip.is_documentation()
            || a == 0
            || a >= 240
            // shared by carriers (RFC 6598), protocol assignments (RFC 6890), benchmarks (RFC 2544)
            || (a == 100 && (64..128).contains(&b))
            || (a == 192 && b == 0 && c == 0)
            || (a == 198 && (b == 18 || b == 19));
        !special
    }

    fn allows_v6(self, ip: Ipv6Addr) -> bool {
        if ip.is_loopback() {
            return self.allow_loopback;
        }
        if ip.is_unique_local() {
            return self.allow_private;
        }
        let [first, second, ..] = ip.segments();
        // of the global space (2000::/3), documentation and the tunnels that carry IPv4 inside are left out
        let is_global = first & 0xe000 == 0x2000;
        let documentation = (first == 0x2001 && second == 0x0db8) || first == 0x3fff;
        let tunnel = first == 0x2002 || (first == 0x2001 && second < 0x0200);
        is_global && !documentation && !tunnel
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC_ONLY: AddressRules = AddressRules { allow_loopback: false, allow_private: false };
    const LOOPBACK_TOO: AddressRules = AddressRules { allow_loopback: true, allow_private: false };

    fn check(rules: AddressRules, url: &str) -> bool {
        rules.check(&Url::parse(url).unwrap()).is_ok()
    }

    #[test]
    fn only_public_addresses_with_tls_are_called() {
        for good in
            ["https://hooks.kaveri.example/mpp", "https://93.184.216.34/mpp", "https://[2606:4700::1111]/"]
        {
            assert!(check(PUBLIC_ONLY, good), "{good}");
        }
        for bad in [
            "http://hooks.kaveri.example/",
            "https://user:secret@hooks.kaveri.example/",
            "https://localhost/",
            "https://app.localhost./",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://0x7f000001/",
            "https://10.0.0.8/",
            "https://192.168.1.1/",
            "https://172.16.0.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/",
            "https://0.0.0.0/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[fe80::1]/",
            "https://[fd00::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[2002:7f00:1::]/",
            "https://[2001:0:0a00:1::]/",
            "https://[3fff::1]/",
            "https://2130706433/",
            "https://224.0.0.1/",
            "ftp://hooks.kaveri.example/",
        ] {
            assert!(!check(PUBLIC_ONLY, bad), "{bad}");
        }
    }

    #[test]
    fn this_machine_may_be_allowed() {
        assert!(check(LOOPBACK_TOO, "http://127.0.0.1:8080/hook"));
        assert!(check(LOOPBACK_TOO, "http://localhost:8080/hook"));
        assert!(!check(LOOPBACK_TOO, "http://10.0.0.8/hook"));
        assert!(!check(LOOPBACK_TOO, "http://hooks.kaveri.example/"));
    }
}
