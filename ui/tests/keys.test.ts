import { expect, test, vi } from 'vitest';
import type { Unsent } from '../src/core/bindings';
import { Desk } from '../src/core/desk.svelte';
import { keyCap, keyTable, meantKey, type Keyboard } from '../src/core/keys';
import { Session } from '../src/core/session.svelte';
import { ThemeSwitch } from '../src/core/theme.svelte';
import { detail, statusEdit, wire, WORKFLOW } from './wire';

function keyboard(): Keyboard {
  const desk = new Desk({ site: 's', user: 'asha', photoToken: 't', notice: null }, () => {});
  desk.workflow = WORKFLOW;
  return { desk, session: new Session(), theme: new ThemeSwitch(), focus: vi.fn(), toggleSync: vi.fn(), stepView: vi.fn() };
}

function pressed(key: string, on: Element = document.body, more: KeyboardEventInit = {}): string | null {
  let meant: string | null = null;
  const heard = (event: Event) => (meant = meantKey(event as KeyboardEvent));
  addEventListener('keydown', heard, { once: true });
  on.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, ...more }));
  return meant;
}

function inside(html: string[]): Element {
  const elements = html.map((name) => document.createElement(name));
  elements.reduce((outer, inner) => (outer.append(inner), inner));
  document.body.append(elements[0] as Element);
  return elements.at(-1) as Element;
}

test('no key means two things, and every line of the sheet says what it does', () => {
  wire({});
  const table = keyTable(keyboard());
  const keys = table.filter((key) => key.run).flatMap((key) => key.keys);
  expect(new Set(keys).size).toBe(keys.length);
  for (const key of table) {
    expect(key.says, key.keys.join()).toMatch(/^[A-Z]/);
    expect(key.keys.map(keyCap).join('')).not.toBe('');
  }
});

test('every status that can be reached has its letter, the usual ones theirs', () => {
  wire({});
  const letters = Object.fromEntries(keyTable(keyboard()).map((key) => [key.says, key.keys[0]]));
  expect(letters).toMatchObject({ Acknowledged: 'a', Resolved: 'r', Rejected: 't', Reopened: 'o' });
  expect(letters).not.toHaveProperty('New');
});

test('a city’s own statuses get letters nobody else has', () => {
  wire({});
  const on = keyboard();
  const own = ['Joint visit', 'Jalsa', 'Nala', '९'].map((label, at) => ({ key: `own${at}`, label, next: ['own0', 'own1', 'own2', 'own3'], needs: [], reasons: [], open: true }));
  on.desk.workflow = { ...WORKFLOW, statuses: [...WORKFLOW.statuses, ...own] };
  const table = keyTable(on);
  const keys = table.filter((key) => key.run).flatMap((key) => key.keys);
  expect(new Set(keys).size).toBe(keys.length);
  for (const { label } of own) expect(table.find((key) => key.says === label)?.keys[0], label).toMatch(/^[a-z]$/);
});

test('a list of choices moves with arrows, and a letter there means what it means everywhere', () => {
  const choices = inside(['div', 'select']);
  for (const key of ['ArrowDown', 'Enter', 'End', 'Tab']) expect(pressed(key, choices), key).toBeNull();
  expect([pressed('r', choices), pressed('Escape', choices)]).toEqual(['r', 'escape']);
  expect(pressed('r', inside(['dialog', 'select']))).toBeNull();
});

test('typing stays typing, and controls keep their own keys', () => {
  expect(pressed('j')).toBe('j');
  expect(pressed('J')).toBe('j');
  expect(pressed('r', inside(['input']))).toBeNull();
  expect(pressed('r', inside(['textarea']))).toBeNull();
  expect(pressed('c', inside(['dialog', 'button']))).toBeNull();
  expect(pressed('Enter', inside(['button']))).toBeNull();
  expect(pressed('r', inside(['button']))).toBe('r');
  expect(pressed('r', document.body, { ctrlKey: true })).toBe('ctrl+r');
  expect(pressed('r', document.body, { altKey: true })).toBeNull();
  const detail = inside(['main', 'p']);
  detail.parentElement?.setAttribute('data-scrolls', '');
  expect(pressed('ArrowDown', detail)).toBeNull();
  expect(pressed('j', detail)).toBe('j');
});

test('on a Kannada layout the keys are where they were', () => {
  expect(pressed('ರ', document.body, { code: 'KeyJ' })).toBe('j');
});

test('a status key changes the status, asks for a reason, or says why not', async () => {
  let unsent: Unsent[] = [];
  const asked = wire({
    grievance: (args) => detail(String(args['id'])),
    change: (args) => {
      const edit = statusEdit(String(args['id']), 'acknowledged');
      unsent = [{ edit, description: null, address: null, thumbnail: null, photoProblem: null }];
      return detail(edit.grievance, [edit]);
    },
    queue: () => ({ rows: [], next: null, total: 0 }),
    workflow: () => WORKFLOW,
    counts: () => ({ statuses: [], all: 0, open: 0, toSend: 1, clashes: 0, refused: 0 }),
    to_send: () => unsent,
    clashes: () => [],
    branched: () => [],
    vanished: () => [],
    selection: () => ({ ward: null, statuses: null, days: null, words: null, wards: [], wardsDrawn: false }),
  });
  const on = keyboard();
  const press = (letter: string) => keyTable(on).find((key) => key.keys.includes(letter))?.run?.(on);
  await on.desk.opened.open('g1');

  press('t');
  expect(on.desk.opened.prompting).toBe('rejected');

  press('r');
  expect(on.desk.toasts.shown.at(-1)?.text).toBe('Resolved needs an after photo first.');
  press('o');
  expect(on.desk.toasts.shown.at(-1)?.text).toBe('New does not lead to Reopened.');
  expect(asked.some(({ command }) => command === 'change')).toBe(false);

  press('a');
  await expect.poll(() => on.desk.toasts.shown.at(-1)?.text).toBe('“Lamp g1 is out”: You moved it to Acknowledged. Saved on this laptop.');
  expect(asked.find(({ command }) => command === 'change')?.args).toEqual({
    id: 'g1', change: { field: 'status', status: 'acknowledged', reason: null, duplicateOf: null },
  });
  expect(on.desk.latest?.id).toBe('edit-g1-acknowledged');

  // It has arrived.
  unsent = [];
  await on.desk.reread();
  expect(on.desk.latest).toBe(null);
  expect(on.desk.toasts.shown.some((toast) => toast.action)).toBe(false);
});
