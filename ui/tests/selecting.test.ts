import { expect, test } from 'vitest';
import { Selecting } from '../src/core/selecting.svelte';
import type { Measured, Selected, Selection } from '../src/core/bindings';
import { problem, wire, WORKFLOW } from './wire';

const EVERYTHING: Selected = { ward: null, statuses: null, days: null, words: null, wards: ['12', '13'], wardsDrawn: true };

async function chooser(answer: (selection: Selection) => unknown, now = EVERYTHING) {
  const asked = wire({
    selection: () => now,
    measure_selection: (args) => answer(args['selection'] as Selection),
    select: () => 7,
  });
  const selecting = new Selecting();
  await selecting.reread();
  selecting.begin(WORKFLOW);
  return { selecting, asked };
}

test('all statuses and no ward are everything', async () => {
  const { selecting } = await chooser(() => ({ sentence: '8 grievances.', unsentOutside: 0 }));
  expect(selecting.selection).toEqual({ ward: null, statuses: null, days: null });
  expect(selecting.changed).toBe(false);
  selecting.keepStatus('resolved', false);
  selecting.keepStatus('new', false);
  selecting.keepStatus('new', true);
  expect(selecting.selection.statuses).toEqual(['new', 'acknowledged', 'rejected', 'reopened']);
  expect(selecting.changed).toBe(true);
});

test('the count of an earlier choice is not shown for a later one', async () => {
  const waiting: ((measured: Measured) => void)[] = [];
  const { selecting } = await chooser(() => new Promise((answer) => waiting.push(answer)));
  selecting.ward = '12';
  void selecting.measure();
  await expect.poll(() => waiting.length).toBe(2);
  waiting[1]?.({ sentence: '4 grievances.', unsentOutside: 1 });
  await expect.poll(() => selecting.measured?.sentence).toBe('4 grievances.');
  waiting[0]?.({ sentence: '8 grievances.', unsentOutside: 0 });
  await new Promise((done) => setTimeout(done));
  expect(selecting.measured?.unsentOutside).toBe(1);
});

test('without a status nothing is counted, and what fails is said', async () => {
  const { selecting, asked } = await chooser(() => { throw problem('The disk is full.'); }, { ...EVERYTHING, ward: '12', days: 30, statuses: ['new'] });
  await expect.poll(() => selecting.problem).toBe('The disk is full.');
  expect(selecting.selection).toEqual({ ward: '12', statuses: ['new'], days: 30 });
  const before = asked.length;
  selecting.keepStatus('new', false);
  expect(selecting.problem).toBe(null);
  expect(asked.length).toBe(before);
});
