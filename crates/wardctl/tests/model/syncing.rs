//! Syncs: whole ones, ones that much happens in, ones that end with the program.

use sync::{Engine, State, SyncError, SyncState};
use testkit::{Held, Proxy};
use tokio::task::JoinHandle;

use crate::history::{Request, Step};
use crate::laptop::Laptop;
use crate::world::World;

impl World {
    pub async fn sync(&mut self, who: usize) -> Result<(), String> {
        if self.busy == Some(who) {
            return Ok(());
        }
        let sync = Sync::of(&self.laptops[who]);
        let ended = sync.ended(&self.laptops[who]).await;
        self.synced(who, ended)
    }

    pub async fn sync_while(&mut self, who: usize, at: Request, meanwhile: &[Step]) -> Result<(), String> {
        let mut held = self.line(who, at).hold_next(at.pattern());
        let mut sync = Sync::of(&self.laptops[who]);
        if sync.reaches(&mut held, &self.laptops[who]).await {
            self.tell(who, format!("syncs; while {} is on its way,", at.pattern()));
            self.busy = Some(who);
            for step in meanwhile {
                Box::pin(self.take(step)).await?;
            }
            self.busy = None;
            self.tell(who, format!("{} arrives", at.pattern()));
            held.release();
        }
        let ended = sync.ended(&self.laptops[who]).await;
        self.synced(who, ended)
    }

    pub async fn crash_at(&mut self, who: usize, at: Request) -> Result<(), String> {
        let mut held = self.line(who, at).hold_next(at.pattern());
        let mut sync = Sync::of(&self.laptops[who]);
        if sync.reaches(&mut held, &self.laptops[who]).await {
            self.tell(who, format!("syncs, and the program ends before {} arrives", at.pattern()));
            sync.killed().await;
            let line = self.line(who, at);
            line.cut().await;
            line.restore();
        } else {
            let ended = sync.ended(&self.laptops[who]).await;
            self.synced(who, ended)?;
        }
        self.reopen(who).await
    }

    /// What a sync said of itself has to be true.
    fn synced(&mut self, who: usize, ended: Result<SyncState, String>) -> Result<(), String> {
        let state = match ended {
            Ok(state) => state,
            Err(why) => return Err(format!("{}'s sync {why}", self.laptops[who].name)),
        };
        self.tell(who, format!("syncs: {}", state.sentence));
        let unsent = self.laptops[who].unsent();
        match (state.state, unsent.is_empty()) {
            (State::AllSent, false) => Err(format!("all is said to be sent, but not {unsent:?}")),
            (State::ToSend, true) if state.lost == 0 && state.unsent_entries == 0 => {
                Err("something is said to be unsent, and nothing is".to_owned())
            }
            _ => Ok(()),
        }
    }

    pub async fn reopen(&mut self, who: usize) -> Result<(), String> {
        self.tally.crashes += 1;
        self.laptops[who].reopen().await.map_err(|error| format!("opening failed: {error}"))
    }

    pub fn line(&self, who: usize, request: Request) -> &Proxy {
        match request {
            Request::Upload => &self.store_line,
            Request::SignIn | Request::Changes | Request::Lost | Request::Push => &self.laptops[who].line,
        }
    }
}

/// An engine at work; dropping it ends it where it is.
struct Sync {
    task: JoinHandle<Result<SyncState, SyncError>>,
    /// Requests of this laptop, after which something is asked for ever.
    limit: usize,
    outcome: Option<Result<SyncState, String>>,
}

impl Sync {
    fn of(laptop: &Laptop) -> Sync {
        const PATIENCE: usize = 200;
        let mut engine = Engine::new(laptop.officer().clone());
        let task = tokio::spawn(async move {
            engine.catch_up().await?;
            Ok(engine.state().borrow().clone())
        });
        Sync { task, limit: laptop.line.requests().len() + PATIENCE, outcome: None }
    }

    /// Whether it comes to the request that is held before it ends.
    async fn reaches(&mut self, held: &mut Held, laptop: &Laptop) -> bool {
        tokio::select! {
            () = held.reached() => true,
            ended = self.wait(laptop) => {
                self.outcome = Some(ended);
                false
            }
        }
    }

    async fn killed(mut self) {
        self.task.abort();
        // Aborted is what it was to be.
        (&mut self.task).await.ok();
    }

    async fn ended(mut self, laptop: &Laptop) -> Result<SyncState, String> {
        match self.outcome.take() {
            Some(outcome) => outcome,
            None => self.wait(laptop).await,
        }
    }

    async fn wait(&mut self, laptop: &Laptop) -> Result<SyncState, String> {
        tokio::select! {
            ended = &mut self.task => match ended {
                Ok(Ok(state)) => Ok(state),
                Ok(Err(error)) => Err(format!("failed: {error}")),
                Err(error) => Err(error.to_string()),
            },
            () = laptop.line.until("/", self.limit) => Err("goes on for ever".to_owned()),
        }
    }
}

impl Drop for Sync {
    fn drop(&mut self) {
        self.task.abort();
    }
}
