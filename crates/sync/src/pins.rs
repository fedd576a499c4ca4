//! The keys that the city announced for its server, and when the server is held to them.

use domain::Pins;

use crate::{Engine, Officer, SyncError, clock};

/// For the officer whose server was refused; the announcement counts until that unix second.
pub(crate) fn refused(until: i64) -> String {
    format!(
        "The server's certificate is not one that your city announced, so nothing was sent to it. Tell the administrator. \
         Until {} this laptop trusts only the announced ones.",
        Pins::day(until)
    )
}

impl Engine {
    pub(crate) async fn pin_server(&mut self) -> Result<(), SyncError> {
        let is_announced = self.officer.pin_server().await?;
        self.timeline.key(is_announced, clock::now());
        Ok(())
    }
}

impl Officer {
    /// Remembers the key that the server shows, and holds it from now on to what the city announced. `false`: it shows
    /// one that is not announced, and is not refused.
    pub(crate) async fn pin_server(&self) -> Result<bool, SyncError> {
        let (now, shown) = (clock::now(), self.server().shown_key());
        let (announced, seen) = self
            .with_mirror(move |mirror| {
                let (announced, seen) = (mirror.pins(now)?, mirror.server_key()?);
                // A sign-in may ask a server before the mirror is open: a stranger seen then undoes nothing.
                let refused = |key: &String| {
                    announced.as_ref().is_some_and(|announced| announced.refuse(key, seen.as_deref()))
                };
                let shown = shown.clone().filter(|shown| !refused(shown));
                if let Some(shown) = shown.as_deref().filter(|shown| seen.as_deref() != Some(shown)) {
                    mirror.set_server_key(shown)?;
                }
                Ok((announced, shown.or(seen)))
            })
            .await?;
        let is_announced = match (&announced, &seen) {
            (Some(announced), Some(seen)) => announced.keys.contains(seen),
            (None, _) | (_, None) => true,
        };
        let held = announced.filter(|announced| announced.hold(seen.as_deref()));
        self.server().pin(held.map(|held| couch::Pins { keys: held.keys, until: held.until }))?;
        Ok(is_announced)
    }
}
