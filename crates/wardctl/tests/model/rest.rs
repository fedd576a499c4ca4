//! How a history ends: every fault is over, and everybody syncs.

use serde_json::Value;

use crate::part::Part;
use crate::world::World;

impl World {
    /// Every fault ends, and everybody syncs until a round in which nothing happened.
    pub async fn come_to_rest(&mut self) -> Result<(), String> {
        const ROUNDS: usize = 12;
        self.store_line.restore();
        for who in 0..self.laptops.len() {
            self.laptops[who].line.restore();
            if !self.laptops[who].knows_the_password() {
                self.laptops[who]
                    .reopen_with_the_servers_password()
                    .await
                    .map_err(|error| error.to_string())?;
            }
        }
        self.couch.unlock(self.laptops.iter().map(|laptop| &laptop.login)).await;
        let mut before = self.sequence().await;
        for _ in 0..ROUNDS {
            let mut any_asked = false;
            for who in 0..self.laptops.len() {
                self.sync(who).await?;
                any_asked |= self.believe(who).await?;
            }
            let now = self.sequence().await;
            if now == before && !any_asked {
                return Ok(());
            }
            before = now;
        }
        Err(format!("after {ROUNDS} rounds there is no rest"))
    }

    /// A server that was set back, and was given all the newest again as they were, is no other server to anybody until
    /// everything is compared. `why` is what is wrong until then.
    pub async fn after_a_week(&mut self, why: String) -> Result<(), String> {
        if !self.was_set_back {
            return Err(why);
        }
        self.say(format!("{why}; a week goes by, and everybody compares"));
        self.tally.weeks += 1;
        for laptop in &self.laptops {
            laptop.mirror().ask_to_compare().unwrap();
        }
        self.come_to_rest().await
    }

    /// Whether anybody had selected less.
    pub async fn everybody_selects_everything(&mut self) -> Result<bool, String> {
        let selecting = |who: &usize| self.laptops[*who].part != Part::Everything;
        let selecting: Vec<usize> = (0..self.laptops.len()).filter(selecting).collect();
        for &who in &selecting {
            self.select(who, Part::Everything).await?;
        }
        Ok(!selecting.is_empty())
    }

    /// Another one after every change on the server.
    async fn sequence(&self) -> [Value; 2] {
        let internal = self.couch.ops_database();
        [self.sequence_of(self.couch.database()).await, self.sequence_of(&internal).await]
    }

    async fn sequence_of(&self, database: &str) -> Value {
        let info = self.couch.admin("GET".parse().unwrap(), database, None).await;
        info["update_seq"].clone()
    }
}
