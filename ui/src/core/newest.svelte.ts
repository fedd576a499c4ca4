import { sentenceOf } from './door';

/** Rows read at first, and more each time the officer asks for older ones. */
const PAGE = 100;

/** The newest rows of something that only grows, newest first. */
export class Newest<Row> {
  rows = $state.raw<Row[]>([]);
  /** How many there are, with those that were not read. */
  all = $state(0);
  ready = $state(false);
  problem = $state<string | null>(null);

  #read: (limit: number) => Promise<{ newest: Row[]; all: number }>;
  #limit = PAGE;
  /** Which question was the last: slower answers to earlier ones are dropped. */
  #asked = 0;

  constructor(read: (limit: number) => Promise<{ newest: Row[]; all: number }>) {
    this.#read = read;
  }

  async reread() {
    const asked = ++this.#asked;
    try {
      const { newest, all } = await this.#read(this.#limit);
      if (asked !== this.#asked) return;
      [this.rows, this.all, this.ready, this.problem] = [newest, all, true, null];
    } catch (thrown) {
      if (asked === this.#asked) this.problem = sentenceOf(thrown);
    }
  }

  older() {
    this.#limit += PAGE;
    return this.reread();
  }
}
