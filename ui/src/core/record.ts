import type { Delivery, TimelineLine } from './bindings';
import { ask, commands } from './door';
import { Newest } from './newest.svelte';
import { exportedWords } from './record_words';

export type Copy = 'arrived' | 'timeline' | 'unsent';

/** What this laptop records of sync. */
export class SyncRecord {
  readonly arrived = new Newest<Delivery>((limit) => ask(commands.deliveries(limit)));
  readonly timeline = new Newest<TimelineLine>((limit) => ask(commands.timeline(limit)));

  /** Into a file that the officer names. What to say of it; null when the officer cancels. */
  async save(copy: Copy): Promise<string | null> {
    switch (copy) {
      case 'arrived':
        return (await ask(commands.saveDeliveries())) ? 'What reached the server is saved as a table. Whoever has the file can read it.' : null;
      case 'timeline':
        return (await ask(commands.saveTimeline())) ? 'What sync did is saved. The file names nobody and no grievance.' : null;
      case 'unsent': {
        const exported = await ask(commands.exportUnsent());
        return exported && exportedWords(exported);
      }
    }
  }
}
