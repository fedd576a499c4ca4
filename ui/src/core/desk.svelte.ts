import { ask, commands, Ears, events, Refusal, sentenceOf } from './door';
import type { VanishedAnswer, Branched, Change, Clash, Counts, Database, Decision, Detail, Mode, NewWords, Order, PhotoKind, Show, SignedIn, UnsentEdit, Workflow } from './bindings';
import { readable } from './escapes';
import { canTakeBack, changeClause, fieldName } from './field_words';
import { Opened, photosOf } from './opened.svelte';
import { Pictures } from './pictures.svelte';
import { Queue } from './queue.svelte';
import { SyncRecord, type Copy } from './record';
import { ReportDraft } from './report.svelte';
import { Selecting } from './selecting.svelte';
import { Tray } from './staging.svelte';
import type { Session } from './session.svelte';
import { statusLook, withoutRepeats } from './statuses';
import { counted, listed } from './sync_words';
import { Sync } from './sync.svelte';
import { wardClock } from './times';
import { Toasts } from './toasts.svelte';
import { UnsentWork, type UnsentView } from './unsent.svelte';
import { VanishedRecords } from './vanished.svelte';

export type DeskDialog = 'report' | 'shortcuts' | 'removeAccount' | 'selection' | 'signOut';

/** The desk of the officer who is signed in: what is shown, and what each key and button does. */
export class Desk {
  readonly who: SignedIn;
  readonly queue = new Queue();
  readonly opened = new Opened();
  readonly unsent = new UnsentWork();
  readonly vanished = new VanishedRecords();
  readonly record = new SyncRecord();
  readonly toasts = new Toasts();
  readonly report = new ReportDraft();
  readonly selecting = new Selecting();
  readonly tray: Tray;
  readonly pictures: Pictures;
  readonly sync: Sync;

  workflow = $state.raw<Workflow>({ zone: 'Asia/Kolkata', statuses: [], categories: [], replies: [] });
  clock = $derived(wardClock(this.workflow.zone));
  now = $state.raw(new Date());
  counts = $state.raw<Counts | null>(null);
  /** What the middle column lists. */
  view = $state<'queue' | 'vanished' | UnsentView>('queue');
  dialog = $state<DeskDialog | null>(null);
  /** Which photo of the open grievance fills the window. */
  enlarged = $state<number | null>(null);
  /** The newest change that can be taken back. */
  latest = $state.raw<UnsentEdit | null>(null);
  /** A note or report that was refused, while it gets other words. */
  rewording = $state.raw<UnsentEdit | null>(null);
  /** A report, photo or note that nobody else has, and what erases it: the officer is asked first. */
  lastCopy = $state.raw<{ edit: UnsentEdit; of: string | null; erase: () => Promise<void> } | null>(null);

  #offered = false;
  #doing = new Set<string>();
  #ears = new Ears();
  #leave: () => void;
  #minute: ReturnType<typeof setInterval>;

  constructor(who: SignedIn, leave: () => void) {
    this.who = who;
    this.#leave = leave;
    this.pictures = new Pictures(this.#ears, who.photoToken);
    this.tray = new Tray(this.#ears, (sentence) => this.toasts.trouble(sentence));
    this.sync = new Sync(this.#ears);
    this.#ears.hear(events.grievancesChanged, () => void this.reread());
    this.#ears.hear(events.notice, ({ sentence }) => this.toasts.hint(sentence));
    this.#minute = setInterval(() => (this.now = new Date()), 60_000);
  }

  async start() {
    if (this.who.notice) this.toasts.hint(this.who.notice);
    await this.try(async () => {
      await this.#rules();
      await Promise.all([this.queue.restart(), this.#recount(), this.selecting.reread(), this.sync.load(), this.unsent.reread(), this.vanished.reread()]);
    });
  }

  async close() {
    clearInterval(this.#minute);
    await this.#ears.close();
  }

  /** Something in the mirror changed: read again what is shown. */
  async reread() {
    await this.try(async () => {
      await Promise.all([this.queue.refresh(), this.#rules(), this.#recount(), this.selecting.reread(), this.opened.reread(), this.unsent.reread(), this.vanished.reread()]);
      // It left meanwhile, or is leaving.
      if (this.lastCopy && !this.unsent.all.some(({ edit }) => edit.id === this.lastCopy?.edit.id && edit.state.kind !== 'leaving')) this.lastCopy = null;
      const latest = this.unsent.all.find(({ edit }) => edit.id === this.latest?.id);
      if (this.latest === null || this.unsent.problem !== null || (latest && canTakeBack(latest.edit))) return;
      this.latest = null;
      this.toasts.departed();
    });
  }

  // --- looking around

  list(show: Show) {
    this.view = 'queue';
    this.queue.show = show;
    return this.queue.restart();
  }

  listUnsent(view: UnsentView) {
    this.view = view;
  }

  listVanished() {
    this.view = 'vanished';
  }

  searchFor(text: string) {
    this.view = 'queue';
    this.queue.search = text;
    return this.queue.restart();
  }

  orderBy(order: Order) {
    this.queue.order = order;
    return this.queue.restart();
  }

  step(by: number) {
    this.#open(this.#next(by));
  }

  select(index: number) {
    this.#open(this.queue.select(index));
  }

  selectVanished(id: string) {
    this.vanished.selected = id;
    this.#open(id);
  }

  selectUnsent(edit: string, grievance: string) {
    this.unsent.selected = edit;
    this.#open(grievance);
  }

  /** Fills the window with the first photo. */
  enlarge() {
    const detail = this.#detail;
    if (detail && photosOf(detail).length > 0) this.enlarged = 0;
    else this.toasts.hint('There is no photo to view.');
  }

  // --- deciding

  /** Why the status cannot be chosen; null when it can. */
  whyNot(status: string): string | null {
    if (this.opened.id === null) return 'Open a grievance first.';
    const detail = this.#detail;
    if (detail === null) return 'The grievance is still being read.';
    const label = statusLook(status, this.workflow).label;
    if (detail.triage.status === status) return `It is ${label} already.`;
    if (!detail.moves.includes(status)) {
      return `${statusLook(detail.triage.status, this.workflow).label} does not lead to ${label}.`;
    }
    const needs = this.workflow.statuses.find((rule) => rule.key === status)?.needs ?? [];
    if (needs.includes('afterPhoto') && !detail.triage.photos.some((photo) => photo.kind === 'after')) {
      return `${label} needs an after photo first.`;
    }
    return null;
  }

  /** Chooses a status; asks for words first where the workflow wants them. */
  async decide(status: string) {
    const why = this.whyNot(status);
    if (why !== null) return this.toasts.hint(why);
    const needs = this.workflow.statuses.find((rule) => rule.key === status)?.needs ?? [];
    if (needs.includes('reason') || status === 'duplicate') {
      this.opened.prompting = status;
      return;
    }
    await this.change({ field: 'status', status, reason: null, duplicateOf: null });
  }

  /** Whether the change is saved on this laptop. */
  change(change: Change): Promise<boolean> {
    return this.try(async () => {
      const which = this.#openedTitle;
      const edit = await this.opened.change(change);
      this.#saved(which, edit, edit ? `You ${changeClause(edit.wanted, this.workflow)}` : `${fieldName(asValue(change))} is as the server has it`);
    });
  }

  saveReply() {
    if (!this.opened.replyIsDraft) return Promise.resolve();
    return this.change({ field: 'reply', reply: this.opened.reply.trim() || null, seen: this.opened.replySeen });
  }

  /** Assigns the open grievance to the officer at this desk. */
  async takeOn() {
    if (!this.#detail?.case) return;
    await this.change({ field: 'assignee', assignee: this.who.user });
  }

  saveNote(visit: boolean) {
    if (this.opened.note.trim() === '') return Promise.resolve();
    return this.#once('note', async () => {
      const which = this.#openedTitle;
      const edit = await this.opened.saveNote(visit);
      this.#saved(which, edit, visit ? 'You noted a visit' : 'You added a note');
    });
  }

  attach(token: string, kind: PhotoKind) {
    return this.#once('photo', async () => {
      const which = this.#openedTitle;
      const edit = await this.opened.attach(token, kind);
      this.tray.used(token);
      this.#saved(which, edit, `You added ${kind === 'before' ? 'a before' : 'an after'} photo`);
    });
  }

  takeBack(edit: UnsentEdit) {
    return this.#unlessLast(edit, async () => {
      this.#left(edit, await ask(commands.takeBack(edit.id)));
      this.toasts.say(`Taken back: ${fieldName(edit.wanted).toLowerCase()}`);
    });
  }

  async takeBackLatest() {
    if (this.latest) await this.takeBack(this.latest);
    else this.toasts.hint('There is no change to take back.');
  }

  discard(edit: UnsentEdit) {
    return this.#unlessLast(edit, async () => {
      this.#left(edit, await ask(commands.discard(edit.id)));
      this.toasts.say(`Discarded: ${fieldName(edit.wanted).toLowerCase()}`);
    });
  }

  eraseLastCopy() {
    const erase = this.lastCopy?.erase;
    this.lastCopy = null;
    return erase ? this.try(erase) : Promise.resolve();
  }

  tryAgain(edit: UnsentEdit) {
    return this.try(async () => {
      await ask(commands.tryAgain(edit.id));
      this.toasts.say('It will be sent once more.');
      await this.reread();
    });
  }

  /** Gives what was refused other words; throws when they cannot be had, and then nothing has changed. */
  async reword(edit: UnsentEdit, words: NewWords) {
    await ask(commands.reword(edit.id, words));
    this.rewording = null;
    this.toasts.say('Saved on this laptop with other words, to send.');
    await this.reread();
  }

  settle(clash: Clash, decision: Decision) {
    const settle = () => this.#once('clash', async () => {
      await ask(commands.settle(clash.edit, clash.rev, decision));
      this.toasts.say(decision === 'keep' ? 'Your change is kept. Saved on this laptop, to send.' : 'What the office has stays.');
      await this.reread();
    });
    const clashing = this.unsent.all.find((unsent) => unsent.edit.id === clash.edit);
    return decision === 'drop' && clashing ? this.#unlessLast(clashing.edit, settle) : settle();
  }

  /** Says which version holds: the one of revision `holds`, or the one that is shown. */
  settleBranches(branched: Branched, holds: string | null) {
    return this.try(async () => {
      const versions = [branched.rev, ...branched.branches.map((branch) => branch.rev)];
      await ask(commands.settleBranches(branched.grievance, branched.isCase, versions, holds));
      this.toasts.say(`${holds === null ? 'What is shown holds.' : 'The other version is taken.'} Saved on this laptop, to send.`);
      await this.reread();
    });
  }

  /** Brings back the open grievance: as it was when it left the server, or the citizen's words as they were at first. */
  restore() {
    return this.try(async () => {
      const which = this.#openedTitle;
      const edit = await this.opened.restore();
      this.#saved(which, edit, `You ${edit?.wanted.field === 'report' ? 'filed it again' : 'brought the citizen’s words back'}`);
    });
  }

  /** Says that what was altered of the open grievance is right. Nothing is sent. */
  acceptAltered() {
    return this.try(async () => {
      await this.opened.acceptAltered();
      this.toasts.say('You said that the report is right as it is.');
      await this.reread();
    });
  }

  /** Says of all records that left the server at once whether they were meant to. */
  answerVanished(answer: VanishedAnswer) {
    return this.try(async () => {
      const count = counted(await this.vanished.answer(answer), 'record');
      this.toasts.say(answer === 'accept' ? `${count} marked as gone. What was last seen of them stays here.` : `${count} kept here until the server has them again.`);
      await this.reread();
    });
  }

  chooseGrievances() {
    this.selecting.begin(this.workflow);
    this.dialog = 'selection';
  }

  /** Of a large city nothing is fetched before the officer has chosen: she is asked once without her asking, with the wards and statuses that have just come. */
  async offerGrievances() {
    if (this.#offered) return;
    this.#offered = true;
    await this.reread();
    if (this.dialog === null) this.chooseGrievances();
  }

  /** Keeps what the dialog says from now on. */
  useSelection() {
    return this.try(async () => {
      const first = this.sync.state?.state === 'toChoose';
      const left = await this.selecting.use();
      this.dialog = null;
      this.toasts.say(first ? 'This laptop fetches what you chose.' : left === 0 ? 'This laptop keeps another selection.' : `${counted(left, 'grievance')} left this laptop. Nothing was deleted on the server.`);
      await this.queue.restart();
      await this.reread();
    });
  }

  /** The clash that keys 1 and 2 decide: of the open grievance, the one that is selected or else the first. */
  get clashAtHand(): Clash | null {
    const clashes = this.unsent.clashes.filter((clash) => clash.grievance === this.#detail?.id);
    const selected = this.view === 'clashes' && clashes.find((clash) => clash.edit === this.unsent.selected);
    return selected || (clashes[0] ?? null);
  }

  /** The versions that keys 1 and 2 decide between when no edit clashes: of the open grievance. */
  get branchedAtHand(): Branched | null {
    if (this.clashAtHand !== null || this.#detail === null) return null;
    return this.unsent.branched.find((branched) => branched.grievance === this.opened.id) ?? null;
  }

  fileReport() {
    return this.try(async () => {
      const staged = this.report.photo?.token;
      const detail = await this.report.file();
      if (detail === null) return;
      // First, or the open form would take the used photo again.
      if (staged) this.tray.used(staged);
      this.report.clear();
      this.dialog = null;
      this.queue.selected = detail.id;
      await this.opened.open(detail.id);
      this.#saved(this.#openedTitle, detail.edits.find((edit) => edit.wanted.field === 'report') ?? null, 'You filed a report');
    });
  }

  setMode(database: Database, mode: Mode) {
    return this.try(() => this.sync.setMode(database, mode).then(() => undefined));
  }

  syncNow() {
    return this.try(async () => {
      await this.sync.now();
    });
  }

  /** Saves a copy where the officer chooses. */
  saveCopy(of: Copy) {
    return this.try(async () => {
      const said = await this.record.save(of);
      if (said !== null) this.toasts.say(said);
    });
  }

  /** A sentence that names the texts and photos that signing out and closing the window would lose; null when there are none. A field whose value was refused says so beside it, and is not counted. */
  get drafts(): string | null {
    const { replies, notes, reasons } = this.opened.drafts;
    const reports = this.report.empty ? 0 : 1;
    // The photo of the report goes with it.
    const photos = this.tray.photos.filter((photo) => photo.token !== this.report.photo?.token).length;
    const words = listed([
      [replies, 'reply', 'replies'], [notes, 'note'], [reasons, 'reason for a status', 'reasons for a status'], [reports, 'report'], [photos, 'photo'],
    ]);
    return words && `Not saved, not even on this laptop: ${words}.`;
  }

  /** Signs out, and asks first when that would lose drafts. */
  async signOut(session: Session) {
    if (this.drafts !== null) this.dialog = 'signOut';
    else await this.try(() => session.signOut());
  }

  /** Does it, and says in a toast what went wrong; a session that ended leads to the sign-in screen. Returns whether it was done. */
  async try(what: () => Promise<void>): Promise<boolean> {
    try {
      await what();
      return true;
    } catch (thrown) {
      if (thrown instanceof Refusal && thrown.code === 'signedOut') this.#leave();
      else this.toasts.trouble(sentenceOf(thrown));
      return false;
    }
  }

  /** The grievance that comes next in the list that is shown. */
  #next(by: number): string | null {
    switch (this.view) {
      case 'queue': return this.queue.step(by);
      case 'vanished': return this.vanished.step(by)?.id ?? null;
      default: return this.unsent.step(this.view, by);
    }
  }

  #open(id: string | null) {
    if (id === null) return;
    if (id !== this.opened.id) this.enlarged = null;
    void this.opened.open(id);
  }

  /** The open grievance once it is read: a key that comes before that must not fall on the one before it. */
  get #detail(): Detail | null {
    const { id, detail } = this.opened;
    return detail?.id === id ? detail : null;
  }

  /** As `try`, but not while the same is being done: a key pressed twice does it once. */
  async #once(what: string, act: () => Promise<void>) {
    if (this.#doing.has(what)) return;
    this.#doing.add(what);
    await this.try(act);
    this.#doing.delete(what);
  }

  /** How the words of a change name its grievance: they stay while the officer goes on to another one. */
  get #openedTitle(): string {
    const text = readable(this.#detail?.description ?? '');
    return text.length > 40 ? `${text.slice(0, 40).trimEnd()}…` : text;
  }

  #saved(which: string, edit: UnsentEdit | null, what: string) {
    this.latest = edit;
    const takeBack = edit && { label: 'Take back', key: 'U', run: () => void this.takeBack(edit) };
    this.toasts.say(`${which && `“${which}”: `}${what}.${edit ? ' Saved on this laptop.' : ''}`, takeBack);
    void this.reread();
  }

  /** Asks before what cannot be had again is erased. A report that left the server stays as a record, whatever becomes of filing it again. */
  async #unlessLast(edit: UnsentEdit, erase: () => Promise<void>) {
    const isRecord = this.#detail?.id === edit.grievance && this.#detail.gone;
    if (!['report', 'photo', 'note'].includes(edit.wanted.field) || (edit.wanted.field === 'report' && isRecord)) {
      await this.try(erase);
      return;
    }
    const of = this.unsent.all.find((unsent) => unsent.edit.id === edit.id)?.description ?? null;
    this.lastCopy = { edit, of, erase };
  }

  /** An edit is gone. When it was the whole grievance, nothing is open any more. */
  #left(edit: UnsentEdit, detail: Detail | null) {
    if (this.latest?.id === edit.id) this.latest = null;
    this.toasts.withdraw();
    this.opened.replyTakenBack(edit);
    if (detail === null && this.opened.id === edit.grievance) this.opened.close();
    void this.reread();
  }

  /** The administrator may have changed them since; the same ones draw nothing anew. */
  async #rules() {
    const workflow = withoutRepeats(await ask(commands.workflow()));
    if (JSON.stringify(workflow) !== JSON.stringify(this.workflow)) this.workflow = workflow;
  }

  async #recount() {
    this.counts = await ask(commands.counts());
  }
}

function asValue(change: Change) {
  return change.field === 'status' ? { ...change, reason: change.reason ?? null, duplicateOf: change.duplicateOf ?? null } : change;
}
