import { ask, commands, events, type Ears } from './door';
import type { SyncState } from './bindings';

/** What the engine in Rust says about sending and receiving. */
export class Sync {
  state = $state.raw<SyncState | null>(null);

  constructor(ears: Ears) {
    ears.hear(events.syncChanged, (state) => (this.state = state));
  }

  async load() {
    this.state = await ask(commands.syncState());
  }

  now() {
    return ask(commands.syncNow());
  }
}
