import { emit, TauriEvent } from '@tauri-apps/api/event';
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Case, Clash, Detail, Photo, Staged, SyncState } from '../src/core/bindings';
import { events } from '../src/core/door';
import { Session } from '../src/core/session.svelte';
import { ThemeSwitch } from '../src/core/theme.svelte';
import DeskScreen from '../src/screens/DeskScreen.svelte';
import { detail, problem, row, statusEdit, wire, WORKFLOW, type Asked } from './wire';

const SYNC: SyncState = {
  state: 'allSent', sentence: '', done: null, total: null, unsentEdits: 0, unsentPhotos: 0, unsentEntries: 0, refusedEntries: 0, clashes: 0,
  refused: 0, vanished: 0, kept: 0, branched: 0, lost: 0, outside: 0, grievancesMode: 'bothWays', internalMode: 'bothWays', lastContact: null, retryAt: null, internalTrouble: null, internalRetryAt: null, storeRetryAt: null, leavingPhoto: null,
};
const CASE: Case = { assignee: null, priority: 'high', due: '2026-12-01', tags: [], ward: '12' };
const STAGED: Staged = { token: 'staged-1', takenAt: null, position: null };

const QUIET = {
  workflow: () => WORKFLOW,
  queue: () => ({ rows: [row('g1'), row('g2')], next: null, total: 2 }),
  counts: () => ({ statuses: [], all: 2, open: 2, toSend: 0, clashes: 0, refused: 0 }),
  selection: () => ({ ward: null, statuses: null, days: null, words: null, wards: [], wardsDrawn: false }),
  measure_selection: () => ({ sentence: 'Two.', unsentOutside: 0 }),
  sync_state: () => SYNC,
  to_send: () => [], clashes: () => [], branched: () => [], vanished: () => [],
  grievance: (args: Record<string, unknown>): Detail => ({ ...detail(String(args['id'])), case: CASE }),
  sign_out: () => null,
  'plugin:window|destroy': () => null,
};

// What WebKit has and the test's document does not.
beforeAll(() => {
  vi.stubGlobal('ResizeObserver', class { observe() {} unobserve() {} disconnect() {} });
  HTMLElement.prototype.showPopover = HTMLElement.prototype.hidePopover = () => undefined;
  HTMLDialogElement.prototype.showModal = function () { this.open = true; };
  HTMLDialogElement.prototype.close = function () { this.open = false; };
});

let leave = () => Promise.resolve();
afterEach(() => leave());

/** Asha's desk in the window, as it stands once everything was read. */
async function sitDown(answers: Parameters<typeof wire>[0] = {}, notice: string | null = null): Promise<{ asked: Asked[]; session: Session }> {
  const asked = wire({ ...QUIET, ...answers });
  const session = new Session();
  const who = { site: 'https://ward.example.org', user: 'asha', photoToken: 't', notice };
  session.signedIn = who;
  const screen = mount(DeskScreen, { target: document.body, props: { session, theme: new ThemeSwitch(), who } });
  leave = () => unmount(screen);
  flushSync();
  await expect.poll(() => document.querySelectorAll('[role=option]').length).toBe(2);
  return { asked, session };
}

function press(key: string, more: KeyboardEventInit = {}) {
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }));
  flushSync();
}

function find<E extends Element>(selector: string): E {
  const found = document.querySelector<E>(selector);
  if (found === null) throw new Error(`no ${selector} in the window`);
  return found;
}

function button(words: string): HTMLButtonElement {
  const found = [...document.querySelectorAll('button')].find((button) => button.textContent.trim().startsWith(words));
  if (!found) throw new Error(`no button “${words}” in the window`);
  return found;
}

/** Opens the first grievance. */
async function open() {
  press('j');
  await expect.poll(() => document.querySelector('article[data-grievance]')).not.toBeNull();
}

/** Types into a field and leaves it, or chooses from a list. */
function give(selector: string, value: string) {
  const field = find<HTMLInputElement>(selector);
  field.value = value;
  for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, { bubbles: true }));
  flushSync();
}

const said = () => [...document.querySelectorAll('.toast')].map((toast) => toast.textContent.trim());
const times = (asked: Asked[], command: string) => asked.filter((one) => one.command === command).length;

test('asha’s weak password is said once, and the desk goes on hearing what happens', async () => {
  const { asked } = await sitDown({}, 'This password is weak.');
  expect(said().filter((words) => words.includes('weak'))).toHaveLength(1);
  await events.notice.emit({ sentence: 'The disk is nearly full.' });
  await expect.poll(() => said().some((words) => words.includes('nearly full'))).toBe(true);
  flushSync();
  expect([times(asked, 'workflow'), times(asked, 'sync_state')]).toEqual([1, 1]);
  await events.grievancesChanged.emit();
  await expect.poll(() => times(asked, 'workflow')).toBe(2);
});

test('asha is offered an open twin and no duplicate of this report', async () => {
  const notice = () => document.querySelector('[aria-label="Sent twice"]')?.textContent ?? '';
  const twin = (id: string, duplicateOf: string | null) => ({ id, duplicateOf });
  let now: Detail = { ...detail('g1'), moves: ['duplicate'], twins: [twin('g2', 'g1'), twin('g3', null)] };
  const { asked } = await sitDown({ grievance: () => now, change: () => now });
  await open();
  expect(notice()).toContain('sent it again. Its duplicate is g2.');
  button('Make this one its duplicate').click();
  await expect.poll(() => asked.find((one) => one.command === 'change')?.args['change']).toEqual({ field: 'status', status: 'duplicate', reason: null, duplicateOf: 'g3' });
  now = { ...now, twins: [twin('g2', 'g1'), twin('g3', 'g1')] };
  await events.grievancesChanged.emit();
  await expect.poll(notice).toContain('Its duplicates are g2, g3.');
  expect(notice()).not.toContain('Make this one');
});

test('a list is not said to be empty while sync counts what it has not read', async () => {
  let sync = SYNC;
  await sitDown({ sync_state: () => sync });
  find<HTMLElement>('[data-view=clashes]').click();
  const list = () => find('[data-list]').textContent;
  await expect.poll(list).toContain('No decision is needed');
  sync = { ...SYNC, clashes: 1, unsentEdits: 1 };
  await events.syncChanged.emit(sync);
  await expect.poll(list).toContain('Reading what is saved');
});

test('a key decides a clash as it is shown', async () => {
  const { id: edit, grievance, seen, wanted, at } = statusEdit('g1', 'acknowledged', { kind: 'clash' });
  const clash: Clash = { edit, grievance, rev: '3-c', description: null, seen, wanted, found: seen, at, foundBy: 'ravi', foundAt: null };
  const { asked } = await sitDown({ clashes: () => [clash], settle: () => { throw problem('Somebody changed this report a moment ago. Look at it once more.'); } });
  await open();
  expect(document.querySelector('[data-clash]')).not.toBeNull();
  press('1');
  await expect.poll(() => asked.find((one) => one.command === 'settle')?.args).toEqual({ edit, rev: '3-c', decision: 'keep' });
  await expect.poll(() => said().some((words) => words.includes('Look at it once more'))).toBe(true);
});

test('what was just saved is not said to be on the server', async () => {
  let now = detail('g1');
  await sitDown({ grievance: () => now });
  await open();
  const pill = () => document.querySelector('[data-sync]')?.textContent?.trim();
  await expect.poll(pill).toBe('Everything is on the server');
  now = detail('g1', [statusEdit('g1', 'acknowledged')]);
  await events.grievancesChanged.emit();
  await expect.poll(pill).toBe('1 change to send');
});

test('asha is told that two reports are duplicates of each other, and that neither is open', async () => {
  const notice = () => document.querySelector('[aria-label="Duplicates of each other"]')?.textContent ?? '';
  const joined = { ...detail('g1').triage, status: 'duplicate', duplicateOf: 'g2' };
  let now: Detail = { ...detail('g1'), triage: joined, twins: [{ id: 'g2', duplicateOf: 'g1' }] };
  const { asked } = await sitDown({ grievance: () => now });
  await open();
  expect(notice()).toContain('This report and g2 are marked as duplicates of each other');
  now = { ...now, twins: [{ id: 'g2', duplicateOf: null }] };
  await events.grievancesChanged.emit();
  await expect.poll(notice).toBe('');
  expect(asked.some((one) => one.command === 'change')).toBe(false);
});

test('asha sees what somebody decided while she wrote her reason', async () => {
  let now = detail('g1');
  await sitDown({ grievance: () => now });
  await open();
  press('t');
  give('#reason', 'Outside the ward');
  expect(document.querySelector('.overtaken')).toBeNull();
  now = { ...now, triage: { ...now.triage, status: 'resolved', reason: 'Lamp replaced' } };
  await events.grievancesChanged.emit();
  await expect.poll(() => document.querySelector('.overtaken')?.textContent).toBe('Meanwhile somebody decided: Resolved, “Lamp replaced”. Rejected would replace that.');
  expect(find<HTMLTextAreaElement>('#reason').value).toBe('Outside the ward');
});

test('what asha saves herself is not told to her as somebody’s decision', async () => {
  const rejected: Detail = { ...detail('g1'), triage: { ...detail('g1').triage, status: 'rejected', reason: 'Outside the ward' } };
  await sitDown({ change: () => rejected });
  await open();
  press('t');
  give('#reason', 'Outside the ward');
  let told = false;
  const watch = new MutationObserver(() => (told ||= document.querySelector('.overtaken') !== null));
  watch.observe(document.body, { childList: true, subtree: true });
  find('form.prompt').dispatchEvent(new SubmitEvent('submit', { bubbles: true, cancelable: true }));
  await expect.poll(() => document.querySelector('form.prompt')).toBeNull();
  watch.disconnect();
  expect(told).toBe(false);
});

test('the same picture attached twice to one grievance is shown twice', async () => {
  const photo: Photo = { large: 'a.jpg', thumbnail: 'a-small.jpg', kind: 'after', takenAt: null, state: { kind: 'kept', proof: null }, edit: null };
  await sitDown({ grievance: () => ({ ...detail('g1'), triage: { ...detail('g1').triage, photos: [photo, photo] } }) });
  await open();
  expect(document.querySelectorAll('[aria-label=Photos] img')).toHaveLength(2);
});

test('what the administrator wrote twice is there once, and takes no pane away', async () => {
  const [first, ...others] = WORKFLOW.statuses;
  const rejected = { ...WORKFLOW.statuses[3]!, reasons: ['Outside the ward', 'Outside the ward'] };
  const twice = {
    ...WORKFLOW, statuses: [first!, ...others.map((status) => (status.key === 'rejected' ? rejected : status)), rejected, { ...first!, label: 'Fresh' }],
    categories: [...WORKFLOW.categories, ...WORKFLOW.categories],
  };
  await sitDown({ workflow: () => twice });
  await open();
  expect([...document.querySelectorAll<HTMLElement>('.step')].map((step) => step.dataset['status'])).toEqual(WORKFLOW.statuses.map(({ key }) => key));
  expect(document.querySelectorAll('#category option')).toHaveLength(2);
  press('t');
  expect(document.querySelectorAll('.often button')).toHaveLength(1);
  press('?');
  expect(document.querySelectorAll('dialog dt').length).toBeGreaterThan(20);
});

test('a value that was refused stays in its field, marked, until it is saved', async () => {
  let reply: string | null = null;
  let refuse = true;
  const changed: Detail = { ...detail('g1'), case: { ...CASE, due: '2026-12-31' } };
  const { asked } = await sitDown({
    change: () => {
      if (refuse) throw problem('That is no date.');
      return changed;
    },
    grievance: () => (refuse ? { ...detail('g1'), triage: { ...detail('g1').triage, reply }, case: CASE } : changed),
  });
  await open();
  give('#due', '2026-12-32');
  await expect.poll(() => find('#due-fault').textContent).toContain('Not saved.');
  flushSync();
  const due = find<HTMLInputElement>('#due');
  expect([due.value, due.getAttribute('aria-invalid')]).toEqual(['2026-12-32', 'true']);
  reply = 'Done';
  await events.grievancesChanged.emit();
  await expect.poll(() => find<HTMLTextAreaElement>('#reply').value).toBe('Done');
  expect(due.value, 'what arrives meanwhile leaves her words').toBe('2026-12-32');

  due.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
  expect(times(asked, 'change')).toBe(2);

  refuse = false;
  give('#due', '2026-12-31');
  await expect.poll(() => find('#due-fault').textContent).toBe('');
  expect([due.value, due.getAttribute('aria-invalid')]).toEqual(['2026-12-31', 'false']);
});

test('a refused value does not go along to another grievance', async () => {
  await sitDown({
    change: () => {
      throw problem('That is no date.');
    },
  });
  await open();
  give('#due', 'tomorrow');
  await expect.poll(() => find('#due-fault').textContent).toContain('Not saved.');
  press('j');
  await expect.poll(() => document.querySelector('article[data-grievance=g2]')).not.toBeNull();
  expect([find<HTMLInputElement>('#due').value, find('#due-fault').textContent]).toEqual(['2026-12-01', '']);
});

test('a refused name makes way when asha takes the grievance on', async () => {
  let assignee: string | null = null;
  const now = (): Detail => ({ ...detail('g1'), case: { ...CASE, assignee } });
  await sitDown({
    grievance: now,
    change: (args) => {
      const wanted = (args['change'] as { assignee: string }).assignee;
      if (wanted !== 'asha') throw problem('Nobody has that name.');
      assignee = wanted;
      return now();
    },
  });
  await open();
  give('#assignee', 'rvai');
  await expect.poll(() => find('#assignee-fault').textContent).toContain('Not saved.');
  press('m');
  await expect.poll(() => find<HTMLInputElement>('#assignee').value).toBe('asha');
  expect(find('#assignee-fault').textContent).toBe('');
});

test('a list whose choice was refused shows what is saved', async () => {
  await sitDown({
    change: () => {
      throw problem('The disk of this laptop is full.');
    },
  });
  await open();
  give('#priority', 'urgent');
  give('#category', 'lights');
  await expect.poll(() => said()).toHaveLength(2);
  await expect.poll(() => [find<HTMLSelectElement>('#priority').value, find<HTMLSelectElement>('#category').value]).toEqual(['high', '']);
});

test('asha is asked before signing out loses what she wrote, and no key works meanwhile', async () => {
  const { asked, session } = await sitDown();
  await open();
  give('#reply', 'Tomorrow');
  give('#note', 'The pole is bent');
  await events.photosStaged.emit({ staged: [STAGED], refused: [] });
  press('l', { ctrlKey: true });
  expect(find('dialog p').textContent).toBe('Not saved, not even on this laptop: 1 reply, 1 note and 1 photo. Leaving now loses that. Stay to save it.');
  expect(document.activeElement?.textContent).toBe('Stay signed in');
  press('j');
  expect(find('article[data-grievance]').getAttribute('data-grievance')).toBe('g1');
  button('Stay signed in').click();
  flushSync();
  expect([document.querySelector('dialog'), times(asked, 'sign_out'), find<HTMLTextAreaElement>('#reply').value]).toEqual([null, 0, 'Tomorrow']);

  button('Sign out').click();
  flushSync();
  button('Sign out without saving').click();
  await expect.poll(() => session.signedIn).toBeNull();
  expect(times(asked, 'sign_out')).toBe(1);
});

test('closing the window asks asha before it loses what she wrote, and leads back to it', async () => {
  const { asked } = await sitDown();
  const destroyed = () => times(asked, 'plugin:window|destroy');
  press('n');
  give('#description', 'The pole is bent');
  const close = async () => {
    await emit(TauriEvent.WINDOW_CLOSE_REQUESTED);
    flushSync();
  };
  await close();
  expect(find('dialog:last-of-type p').textContent).toBe('Not saved, not even on this laptop: 1 report. Leaving now loses that. Stay to save it.');
  button('Keep it open').click();
  flushSync();
  expect([destroyed(), find<HTMLTextAreaElement>('#description').value]).toEqual([0, 'The pole is bent']);

  await close();
  button('Close without saving').click();
  await expect.poll(destroyed).toBe(1);
});

test('the window closes at once when nothing would be lost', async () => {
  await sitDown();
  await open();
  give('#note', 'The pole is bent');
  give('#note', '');
  await emit(TauriEvent.WINDOW_CLOSE_REQUESTED);
  flushSync();
  expect(document.querySelector('dialog')).toBeNull();
});

test('asha signs out at once when everything she wrote is saved', async () => {
  const { session } = await sitDown();
  press('l', { ctrlKey: true });
  expect(document.querySelector('dialog')).toBeNull();
  await expect.poll(() => session.signedIn).toBeNull();
});
