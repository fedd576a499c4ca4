import { expect, test, vi } from 'vitest';
import type { Detail } from '../src/core/bindings';
import { Opened } from '../src/core/opened.svelte';
import { detail, problem, statusEdit, wire } from './wire';

test('a reply being written stays when another grievance is opened', async () => {
  wire({ grievance: (args) => detail(String(args['id'])) });
  const opened = new Opened();
  await opened.open('g1');
  opened.reply = 'The crew comes on';
  await opened.open('g2');
  expect(opened.reply).toBe('');
  expect(opened.replyIsDraft).toBe(false);
  await opened.open('g1');
  expect(opened.reply).toBe('The crew comes on');
  expect(opened.replyIsDraft).toBe(true);
});

test('a draft goes only when it was saved', async () => {
  let full = true;
  wire({
    grievance: (args) => detail(String(args['id'])),
    change: (args) => {
      if (full) throw problem('The disk of this laptop is full.');
      return { ...detail('g1'), triage: { ...detail('g1').triage, reply: (args['change'] as { reply: string }).reply } };
    },
  });
  const opened = new Opened();
  await opened.open('g1');
  opened.reply = 'Tomorrow';
  await expect(opened.change({ field: 'reply', reply: 'Tomorrow', seen: null })).rejects.toThrow('The disk of this laptop is full.');
  expect(opened.reply).toBe('Tomorrow');
  expect(opened.replyIsDraft).toBe(true);
  full = false;
  await opened.change({ field: 'reply', reply: 'Tomorrow', seen: null });
  expect(opened.replyIsDraft).toBe(false);
});

test('a slow answer about one grievance never shows under another', async () => {
  const slow: (() => void)[] = [];
  wire({
    grievance: (args) => {
      const id = String(args['id']);
      return id === 'g1' ? new Promise((answer) => slow.push(() => answer(detail(id)))) : detail(id);
    },
  });
  const opened = new Opened();
  const first = opened.open('g1');
  await opened.open('g2');
  slow.forEach((answer) => answer());
  await first;
  expect(opened.detail?.id).toBe('g2');
});

test('a change gives the edit that can be taken back, or none when nothing is left to send', async () => {
  let edits = [statusEdit('g1', 'resolved')];
  wire({ grievance: () => detail('g1'), change: () => detail('g1', edits) });
  const opened = new Opened();
  await opened.open('g1');
  expect((await opened.change({ field: 'status', status: 'resolved' }))?.id).toBe('edit-g1-resolved');
  edits = [];
  expect(await opened.change({ field: 'status', status: 'new' })).toBeNull();
});

test('large pictures come for a grievance the officer stays on, not for those passed by', async () => {
  vi.useFakeTimers();
  const withPicture = (id: string): Detail => ({
    ...detail(id),
    picture: { large: `${id}.jpg`, thumbnail: null, kind: 'report', takenAt: null, state: here.has(id) ? { kind: 'kept', proof: null } : { kind: 'notFetched' }, edit: null },
  });
  const here = new Set<string>();
  const asked = wire({
    grievance: (args) => withPicture(String(args['id'])),
    fetch_photo: (args) => {
      here.add(String(args['key']).replace('.jpg', ''));
      return { kind: 'kept' };
    },
  });
  const opened = new Opened();
  await opened.open('g1');
  await opened.open('g2');
  await vi.advanceTimersByTimeAsync(5_000);
  expect(asked.filter(({ command }) => command === 'fetch_photo').map(({ args }) => args['key'])).toEqual(['g2.jpg']);
  expect(opened.detail?.picture?.state.kind).toBe('kept');
  vi.useRealTimers();
});

test('what is written while the same box is being saved stays a draft', async () => {
  let answer: (detail: Detail) => void = () => undefined;
  wire({
    grievance: () => detail('g1'),
    change: () => new Promise((done) => (answer = done)),
  });
  const opened = new Opened();
  await opened.open('g1');
  opened.reply = 'Tomorrow';
  const saving = opened.change({ field: 'reply', reply: 'Tomorrow', seen: null });
  opened.reply = 'Tomorrow at nine';
  answer({ ...detail('g1'), triage: { ...detail('g1').triage, reply: 'Tomorrow' } });
  await saving;
  expect([opened.reply, opened.replyIsDraft, opened.replySeen, opened.replyIsOvertaken]).toEqual(['Tomorrow at nine', true, 'Tomorrow', false]);
});

test('a draft that was thrown away does not come back when a colleague writes another reply', async () => {
  let reply = 'Tomorrow';
  wire({ grievance: () => ({ ...detail('g1'), triage: { ...detail('g1').triage, reply } }) });
  const opened = new Opened();
  await opened.open('g1');
  opened.reply = 'Today';
  opened.reply = 'Tomorrow';
  reply = 'Next week';
  await opened.reread();
  expect([opened.reply, opened.replyIsDraft]).toEqual(['Next week', false]);
});

test('a reply that was begun before another one came says what was there when it was begun', async () => {
  let reply: string | null = null;
  wire({ grievance: (args) => ({ ...detail(String(args['id'])), triage: { ...detail('g1').triage, reply } }) });
  const opened = new Opened();
  await opened.open('g1');
  opened.reply = 'The crew';
  reply = 'Done';
  await opened.reread();
  expect([opened.reply, opened.replySeen, opened.replyIsOvertaken]).toEqual(['The crew', null, true]);
  opened.reply = 'The crew comes';
  expect(opened.replySeen, 'more words begin nothing').toBe(null);
  opened.reply = 'Done';
  opened.reply = 'Done, says Ravi';
  expect([opened.replySeen, opened.replyIsOvertaken]).toEqual(['Done', false]);
});

test('a draft over a reply of her own that she takes back goes on from what was there before', async () => {
  let reply: string | null = 'Tomorrow';
  wire({ grievance: (args) => ({ ...detail(String(args['id'])), triage: { ...detail('g1').triage, reply } }) });
  const opened = new Opened();
  await opened.open('g1');
  opened.reply = 'Tomorrow at nine';
  opened.replyTakenBack({ ...statusEdit('g1', 'resolved'), seen: { field: 'reply', reply: null }, wanted: { field: 'reply', reply: 'Tomorrow' } });
  reply = null;
  await opened.reread();
  expect([opened.reply, opened.replySeen, opened.replyIsOvertaken]).toEqual(['Tomorrow at nine', null, false]);
});
