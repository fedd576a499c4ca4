import { ask, commands, sentenceOf } from './door';
import type { Measured, Selected, Selection, Workflow } from './bindings';

/** Which grievances this laptop keeps, and the choice of others in the dialog. */
export class Selecting {
  now = $state.raw<Selected | null>(null);

  /** Empty: all wards. */
  ward = $state('');
  /** Keys; all of them: any status. */
  statuses = $state<string[]>([]);
  /** Zero: any age. */
  days = $state(0);
  /** What the choice would bring; null while it is being counted. */
  measured = $state.raw<Measured | null>(null);
  problem = $state<string | null>(null);
  busy = $state(false);

  #all: string[] = [];
  #asked = 0;

  async reread() {
    this.now = await ask(commands.selection());
  }

  begin(workflow: Workflow) {
    this.#all = workflow.statuses.map((status) => status.key);
    this.ward = this.now?.ward ?? '';
    this.statuses = this.now?.statuses ?? this.#all;
    this.days = this.now?.days ?? 0;
    void this.measure();
  }

  get selection(): Selection {
    const any = this.#all.every((key) => this.statuses.includes(key));
    return { ward: this.ward || null, statuses: any ? null : this.statuses, days: this.days || null };
  }

  /** The dialog says something else than what is kept. */
  get changed(): boolean {
    const { ward, statuses, days } = this.now ?? { ward: null, statuses: null, days: null };
    return JSON.stringify(this.selection) !== JSON.stringify({ ward, statuses, days });
  }

  keepStatus(key: string, keep: boolean) {
    this.statuses = this.#all.filter((one) => (one === key ? keep : this.statuses.includes(one)));
    void this.measure();
  }

  /** The answer to an earlier choice is not shown for a later one. */
  async measure() {
    const asked = ++this.#asked;
    this.measured = null;
    this.problem = null;
    if (this.statuses.length === 0) return;
    try {
      const measured = await ask(commands.measureSelection(this.selection));
      if (asked === this.#asked) this.measured = measured;
    } catch (thrown) {
      if (asked === this.#asked) this.problem = sentenceOf(thrown);
    }
  }

  /** How many grievances left this laptop. */
  async use(): Promise<number> {
    this.busy = true;
    try {
      return await ask(commands.select(this.selection));
    } finally {
      this.busy = false;
    }
  }
}
