import { ask, commands } from './door';
import type { VanishedAnswer, Vanished } from './bindings';

/** Records that left the server many at once, the first of them, and what the officer says of all. */
export class VanishedRecords {
  all = $state.raw<Vanished[]>([]);
  selected = $state<string | null>(null);

  async reread() {
    this.all = await ask(commands.vanished());
  }

  /** How many were answered for. */
  answer(answer: VanishedAnswer): Promise<number> {
    return ask(commands.answerVanished(answer));
  }

  step(by: number): Vanished | null {
    const from = this.all.findIndex((vanished) => vanished.id === this.selected);
    const vanished = this.all[Math.min(Math.max(from + by, 0), this.all.length - 1)] ?? null;
    this.selected = vanished?.id ?? null;
    return vanished;
  }
}
