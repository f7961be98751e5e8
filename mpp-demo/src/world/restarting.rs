//! One role alone: killed or stopped, and started again where it was.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use url::{Position, Url};

use super::{Places, Role, Stopped, World};

impl Places {
    /// Where a role is reached.
    #[must_use]
    pub const fn of(&self, role: Role) -> &Url {
        match role {
            Role::Central => &self.central,
            Role::Client => &self.client,
            Role::PrivateShare => &self.private_share,
        }
    }
}

impl World {
    /// The configuration file of a role, which it reads when it starts.
    #[must_use]
    pub fn config(&self, role: Role) -> PathBuf {
        self.folder(role.folder()).join(format!("{}.toml", role.folder()))
    }

    /// The process a role is; `None` while it is down, and when it runs in this process.
    #[must_use]
    pub fn process_id(&self, role: Role) -> Option<u32> {
        self.host.process_id(role)
    }

    /// Kills the program of a role: it has no chance to finish anything.
    ///
    /// # Errors
    /// When it is down already, or runs in this process.
    pub async fn kill(&mut self, role: Role) -> anyhow::Result<()> {
        self.host.kill_role(role).await
    }

    /// Stops a role as an operator would, draining.
    ///
    /// # Errors
    /// When it is down already.
    pub async fn stop_role(&mut self, role: Role) -> anyhow::Result<Stopped> {
        self.host.stop_role(role).await
    }

    /// Starts a role that is down, on the same folder and at the same address.
    ///
    /// # Errors
    /// When it does not start, or not there.
    pub async fn start_again(&mut self, role: Role) -> anyhow::Result<()> {
        let config = self.config(role);
        self.start_from(role, &config).await
    }

    /// Starts a role that is down at the same address from another configuration file, as on another machine that took over its
    /// name.
    ///
    /// # Errors
    /// When it does not start, or not there.
    pub async fn start_from(&mut self, role: Role, config: &Path) -> anyhow::Result<()> {
        let earlier = self.places.of(role).clone();
        listen_at(config, &earlier)?;
        let base = self.host.start_role(role, config).await?;
        ensure!(base == earlier, "it is reached at {base} instead of {earlier}");
        Ok(())
    }
}

/// Has a configuration ask for one address, where it asked for any.
fn listen_at(config: &Path, base: &Url) -> anyhow::Result<()> {
    let text = fs::read_to_string(config).with_context(|| format!("reading {}", config.display()))?;
    let address = &base[Position::BeforeHost..Position::AfterPort];
    let lines = text.lines().map(|line| match line.starts_with("listen = ") {
        true => format!("listen = \"{address}\""),
        false => line.to_owned(),
    });
    let text: String = lines.flat_map(|line| [line, "\n".to_owned()]).collect();
    fs::write(config, text).with_context(|| format!("writing {}", config.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_address_changes() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("central.toml");
        fs::write(&config, "listen = \"127.0.0.1:0\"\ndata = \"/d\"\n").unwrap();
        listen_at(&config, &"http://127.0.0.1:4711/".parse().unwrap()).unwrap();
        let text = fs::read_to_string(&config).unwrap();
        assert_eq!(text, "listen = \"127.0.0.1:4711\"\ndata = \"/d\"\n");
    }
}
