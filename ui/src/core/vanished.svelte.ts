import { ask, commands } from './door';
import type { Believed, Vanished } from './bindings';

/** Records that left the server many at once, and what the officer says of them. */
export class VanishedRecords {
  all = $state.raw<Vanished[]>([]);
  selected = $state<string | null>(null);

  async reread() {
    this.all = await ask(commands.vanished());
  }

  /** Those that wait for an answer. */
  get asked(): Vanished[] {
    return this.all.filter((vanished) => !vanished.kept);
  }

  /** How many were answered for. */
  answer(answer: Believed): Promise<number> {
    return ask(commands.answerVanished(answer));
  }

  step(by: number): Vanished | null {
    const from = this.all.findIndex((vanished) => vanished.id === this.selected);
    const vanished = this.all[Math.min(Math.max(from + by, 0), this.all.length - 1)] ?? null;
    this.selected = vanished?.id ?? null;
    return vanished;
  }
}
