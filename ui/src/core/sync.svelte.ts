import { ask, commands, events, type Ears } from './door';
import type { Database, Mode, SyncState } from './bindings';

/** What the engine in Rust says about sending and receiving. */
export class Sync {
  state = $state.raw<SyncState | null>(null);
  /** Counts what was heard: an answer that was asked for before it is older. */
  #heard = 0;

  constructor(ears: Ears) {
    ears.hear(events.syncChanged, (state) => {
      this.#heard += 1;
      this.state = state;
    });
  }

  async load() {
    const heard = this.#heard;
    const state = await ask(commands.syncState());
    if (heard === this.#heard) this.state = state;
  }

  setMode(database: Database, mode: Mode) {
    return ask(commands.setMode(database, mode));
  }

  now() {
    return ask(commands.syncNow());
  }
}
