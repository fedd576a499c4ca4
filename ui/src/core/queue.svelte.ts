import { ask, commands, sentenceOf } from './door';
import type { Order, Row, Show } from './bindings';

/** Rows asked for at once. */
export const PAGE = 250;
/** Rows kept ready from the start: scrolling within them is never blank. */
const READY = 20_000;
/** Beyond those, rows read ahead of what is on screen. */
const AHEAD = 1_000;
/** While a pull runs, changes come faster than the list needs to be read again. */
const CALM_MS = 300;

/**
 * The triage queue: rows of the mirror in keyset pages, read one after the other and kept.
 *
 * A refresh reads as far as the officer can see into a second list and then swaps, so that the
 * selection and the scroll position stay where they are; the rest is read again behind it.
 */
export class Queue {
  show = $state<Show>({ kind: 'open' });
  search = $state('');
  order = $state<Order>('newest');

  rows = $state.raw<Row[]>([]);
  total = $state(0);
  /** False until the first page of this query is here. */
  ready = $state(false);
  problem = $state<string | null>(null);
  /** Counts swaps; the list then looks for its anchor. */
  swaps = $state(0);
  /** Counts queries begun anew and moves of the selection by key: the list scrolls for them. */
  restarts = $state(0);
  moves = $state(0);

  selected = $state<string | null>(null);
  /** Where the selected row is, or was before it left this view. */
  place = $state(-1);

  #next: string | null = null;
  #visibleEnd = 0;
  /** Which query the rows belong to; answers to older ones are dropped. */
  #query = 0;
  #reading = false;
  #refreshing = false;
  #stale = false;

  /** Begins the query anew, from its first row. */
  async restart() {
    const query = ++this.#query;
    this.#visibleEnd = 0;
    try {
      const page = await this.#page(null);
      if (query !== this.#query) return;
      this.#take(page.rows, page.next, page.total);
      this.ready = true;
      this.problem = null;
      this.place = this.#find(this.selected);
      this.restarts += 1;
    } catch (thrown) {
      if (query === this.#query) this.problem = sentenceOf(thrown);
      return;
    }
    await this.#fill();
  }

  /** The list shows rows up to `end`: see that they and those after them are here. */
  seen(end: number) {
    this.#visibleEnd = end;
    void this.#fill();
  }

  /** Something changed: read again what can be seen. Calls in quick succession become one. */
  async refresh() {
    this.#stale = true;
    if (this.#refreshing) return;
    this.#refreshing = true;
    try {
      while (this.#stale) {
        this.#stale = false;
        await this.#reread();
        if (this.#stale) await new Promise((done) => setTimeout(done, CALM_MS));
      }
    } finally {
      this.#refreshing = false;
    }
    await this.#fill();
  }

  /** Moves the selection and returns the row's id. */
  step(by: number): string | null {
    if (this.rows.length === 0) return null;
    const stands = this.#find(this.selected);
    // A row that left the view leaves its place to the next one.
    const from = stands >= 0 ? stands : by > 0 ? this.place - 1 : this.place;
    this.moves += 1;
    return this.select(Math.min(Math.max(from + by, 0), this.rows.length - 1));
  }

  select(index: number): string | null {
    const row = this.rows[index];
    if (!row) return null;
    this.selected = row.id;
    this.place = index;
    return row.id;
  }

  async #reread() {
    const query = this.#query;
    const reach = this.#visibleEnd + PAGE;
    const rows: Row[] = [];
    let next: string | null = null;
    let total = 0;
    try {
      do {
        const page = await this.#page(next);
        if (query !== this.#query) return;
        rows.push(...page.rows);
        ({ next, total } = page);
      } while (next !== null && rows.length < reach);
    } catch (thrown) {
      this.problem = sentenceOf(thrown);
      return;
    }
    this.problem = null;
    this.ready = true;
    this.#take(rows, next, total);
    const place = this.#find(this.selected);
    if (place >= 0) this.place = place;
    this.swaps += 1;
  }

  async #fill() {
    if (this.#reading || this.#refreshing) return;
    this.#reading = true;
    try {
      while (this.#next !== null && !this.#refreshing && this.rows.length < Math.max(READY, this.#visibleEnd + AHEAD)) {
        const query = this.#query;
        const after = this.#next;
        const page = await this.#page(after);
        if (query !== this.#query || after !== this.#next) continue;
        this.#take(this.rows.concat(page.rows), page.next, page.total);
      }
    } catch (thrown) {
      this.problem = sentenceOf(thrown);
    } finally {
      this.#reading = false;
    }
  }

  #page(after: string | null) {
    const search = this.search.trim() || null;
    return ask(commands.queue({ show: this.show, search, order: this.order, after, limit: PAGE }));
  }

  #take(rows: Row[], next: string | null, total: number) {
    this.rows = rows;
    this.#next = next;
    this.total = Math.max(total, rows.length);
  }

  #find(id: string | null): number {
    return id === null ? -1 : this.rows.findIndex((row) => row.id === id);
  }
}
