import { ask, commands, sentenceOf } from './door';
import type { Branched, Clash, Unsent } from './bindings';

export type UnsentView = 'toSend' | 'clashes' | 'refused';

/** Everything changed on this laptop that the server has not got, and what waits for a decision. */
export class UnsentWork {
  all = $state.raw<Unsent[]>([]);
  clashes = $state.raw<Clash[]>([]);
  /** Grievances and cases of which servers made several versions. */
  branched = $state.raw<Branched[]>([]);
  ready = $state(false);
  problem = $state<string | null>(null);
  selected = $state<string | null>(null);

  async reread() {
    try {
      [this.all, this.clashes, this.branched] = await Promise.all([ask(commands.toSend()), ask(commands.clashes()), ask(commands.branched())]);
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

  /** Selects what comes next in the list, and returns its grievance. */
  step(view: UnsentView, by: number): string | null {
    const branched = view === 'clashes' ? this.branched.map(({ grievance }) => ({ selects: grievance, grievance })) : [];
    const edits = this.of(view).map(({ edit }) => ({ selects: edit.id, grievance: edit.grievance }));
    const shown = [...branched, ...edits];
    const from = shown.findIndex(({ selects }) => selects === this.selected);
    const next = shown[Math.min(Math.max(from + by, 0), shown.length - 1)];
    this.selected = next?.selects ?? null;
    return next?.grievance ?? null;
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
