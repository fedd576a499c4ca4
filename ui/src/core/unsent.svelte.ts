import { ask, commands, sentenceOf } from './door';
import type { Clash, Unsent } from './bindings';

export type UnsentView = 'toSend' | 'clashes' | 'refused';

/** Everything changed on this laptop that the server has not got. */
export class UnsentWork {
  all = $state.raw<Unsent[]>([]);
  clashes = $state.raw<Clash[]>([]);
  ready = $state(false);
  problem = $state<string | null>(null);
  selected = $state<string | null>(null);

  async reread() {
    try {
      [this.all, this.clashes] = await Promise.all([ask(commands.toSend()), ask(commands.clashes())]);
      this.ready = true;
      this.problem = null;
    } catch (thrown) {
      this.problem = sentenceOf(thrown);
    }
  }

  of(view: UnsentView): Unsent[] {
    return this.all.filter((unsent) => belongs(unsent, view));
  }

  /** What the three sides of a clash say; absent when the edit does not clash. */
  clash(edit: string): Clash | null {
    return this.clashes.find((clash) => clash.edit === edit) ?? null;
  }

  step(view: UnsentView, by: number): Unsent | null {
    const shown = this.of(view);
    if (shown.length === 0) return null;
    const from = shown.findIndex((unsent) => unsent.edit.id === this.selected);
    const unsent = shown[Math.min(Math.max(from + by, 0), shown.length - 1)] ?? null;
    this.selected = unsent?.edit.id ?? null;
    return unsent;
  }
}

/** A clash and a refusal wait for the officer; all else waits for the server. */
function belongs(unsent: Unsent, view: UnsentView): boolean {
  switch (unsent.edit.state.kind) {
    case 'clash':
      return view === 'clashes';
    case 'refused':
      return view === 'refused';
    case 'saved':
    case 'leaving':
    case 'waitsForPhoto':
      return view === 'toSend';
  }
}
