import { SvelteMap } from 'svelte/reactivity';
import { ask, commands, Refusal, sentenceOf } from './door';
import type { Change, Detail, Photo, PhotoKind, UnsentEdit } from './bindings';

/** Who stays on a grievance for so long wants its large pictures; who passes by does not. */
const STAYS_MS = 600;

/** The reporter's picture, then the officers' photos. */
export function photosOf(detail: Detail): Photo[] {
  return [...(detail.picture ? [detail.picture] : []), ...detail.triage.photos];
}

/** The grievance the officer looks at. Drafts of its texts stay when another one is opened. */
export class Opened {
  id = $state<string | null>(null);
  detail = $state.raw<Detail | null>(null);
  problem = $state<string | null>(null);
  /** A status that asks for words first. */
  prompting = $state<string | null>(null);

  /** `seen`: the reply that was there when the draft was begun. What the office replies meanwhile is a clash. */
  #replies = new SvelteMap<string, { text: string; seen: string | null }>();
  #reasons = new SvelteMap<string, string>();
  #notes = new SvelteMap<string, string>();
  #staying: ReturnType<typeof setTimeout> | undefined;

  async open(id: string) {
    if (this.id !== id) {
      this.id = id;
      this.prompting = null;
    }
    await this.reread();
  }

  close() {
    clearTimeout(this.#staying);
    this.id = null;
    this.detail = null;
    this.problem = null;
  }

  async reread() {
    const id = this.id;
    if (id === null) return;
    try {
      const detail = await ask(commands.grievance(id));
      if (this.id === id) this.#show(detail);
    } catch (thrown) {
      if (this.id !== id) return;
      if (thrown instanceof Refusal && thrown.code === 'notHere') this.close();
      else this.problem = sentenceOf(thrown);
    }
  }

  /** Makes the change and returns the edit that holds it; null when there is nothing left to send. */
  async change(change: Change): Promise<UnsentEdit | null> {
    const detail = await this.#do((id) => ask(commands.change(id, change)));
    if (change.field === 'reply') this.#replySaved(detail.id, change.reply);
    if (change.field === 'status') {
      saved(this.#reasons, detail.id, change.reason);
      if (this.id === detail.id) this.prompting = null;
    }
    return detail.edits.find((edit) => edit.wanted.field === change.field) ?? null;
  }

  async attach(staged: string, kind: PhotoKind): Promise<UnsentEdit | null> {
    const detail = await this.#do((id) => ask(commands.attach({ id, staged, kind })));
    return detail.edits.findLast((edit) => edit.wanted.field === 'photo') ?? null;
  }

  /** Saves the note box as a line of the case's history and returns the edit that holds it. */
  async saveNote(visit: boolean): Promise<UnsentEdit | null> {
    const text = this.note;
    const detail = await this.#do((id) => ask(commands.note(id, { visit, text })));
    saved(this.#notes, detail.id, text);
    return detail.edits.findLast((edit) => edit.wanted.field === 'note') ?? null;
  }

  /** Brings back what the server lost of it, and returns the edit that does. */
  async restore(): Promise<UnsentEdit | null> {
    const detail = await this.#do((id) => ask(commands.restore(id)));
    return detail.edits.find((edit) => edit.wanted.field === 'report' || edit.wanted.field === 'words') ?? null;
  }

  async acceptAltered() {
    const rev = this.detail?.rev ?? '';
    await this.#do((id) => ask(commands.acceptAltered(id, rev)));
  }

  get note(): string {
    return this.#notes.get(this.id ?? '') ?? '';
  }
  set note(text: string) {
    if (this.id !== null) this.#notes.set(this.id, text);
  }

  get reply(): string {
    return this.#replies.get(this.id ?? '')?.text ?? this.detail?.triage.reply ?? '';
  }
  set reply(text: string) {
    if (this.id === null) return;
    if (text === (this.detail?.triage.reply ?? '')) this.#replies.delete(this.id);
    else this.#replies.set(this.id, { text, seen: this.replySeen });
  }

  /** The reply that was there when the draft in the box was begun. */
  get replySeen(): string | null {
    const draft = this.#replies.get(this.id ?? '');
    return draft ? draft.seen : (this.detail?.triage.reply ?? null);
  }

  /** Her own reply `edit` is gone before it left: a draft begun over it goes on from what was there before. */
  replyTakenBack({ grievance, seen, wanted }: UnsentEdit) {
    const draft = this.#replies.get(grievance);
    if (draft && wanted.field === 'reply' && seen.field === 'reply' && draft.seen === wanted.reply) this.#replies.set(grievance, { ...draft, seen: seen.reply });
  }

  /** Whether somebody replied since the draft in the box was begun. */
  get replyIsOvertaken(): boolean {
    return this.replyIsDraft && this.replySeen !== (this.detail?.triage.reply ?? null);
  }

  /** Whether the reply box holds words that are not saved on this laptop. */
  get replyIsDraft(): boolean {
    return this.reply.trim() !== (this.detail?.triage.reply ?? '').trim();
  }

  get reason(): string {
    return this.#reasons.get(this.id ?? '') ?? '';
  }
  set reason(text: string) {
    if (this.id !== null) this.#reasons.set(this.id, text);
  }

  /** How many texts, of any grievance, are not saved on this laptop. */
  get drafts(): { replies: number; notes: number; reasons: number } {
    const written = (texts: Iterable<string>) => [...texts].filter((text) => text.trim() !== '').length;
    // An emptied reply is a draft too; of the open grievance it is known whether only blanks differ.
    const replies = [...this.#replies.keys()].filter((id) => id !== this.id || this.replyIsDraft).length;
    return { replies, notes: written(this.#notes.values()), reasons: written(this.#reasons.values()) };
  }

  /** What was written while it was being saved goes on from there. */
  #replySaved(id: string, reply: string | null) {
    const draft = this.#replies.get(id);
    if (draft?.text.trim() === (reply ?? '').trim()) this.#replies.delete(id);
    else if (draft) this.#replies.set(id, { ...draft, seen: reply });
  }

  async #do(command: (id: string) => Promise<Detail>): Promise<Detail> {
    const id = this.id;
    if (id === null) throw new Error('no grievance is open');
    const detail = await command(id);
    if (this.id === id) this.#show(detail);
    return detail;
  }

  #show(detail: Detail) {
    this.detail = detail;
    this.problem = null;
    clearTimeout(this.#staying);
    this.#staying = setTimeout(() => void this.#bringLarge(detail), STAYS_MS);
  }

  /** Brings the large pictures to this laptop. Without a line they stay where they are, and their captions say so. */
  async #bringLarge(detail: Detail) {
    let brought = false;
    for (const photo of photosOf(detail)) {
      if (this.id !== detail.id) return;
      const mayCome = photo.state.kind === 'notFetched' || photo.state.kind === 'notUploaded';
      if (!mayCome || photo.large === null) continue;
      const answer = await commands.fetchPhoto(photo.large);
      brought ||= answer.status === 'ok' && answer.data.kind !== photo.state.kind;
    }
    if (brought && this.id === detail.id) await this.reread();
  }
}

/** A draft is over once it is saved, unless more was written meanwhile. */
function saved(drafts: SvelteMap<string, string>, id: string, text: string | null | undefined) {
  if (drafts.get(id)?.trim() === (text ?? '').trim()) drafts.delete(id);
}
