import { expect, test } from 'vitest';
import { Newest } from '../src/core/newest.svelte';

const upTo = (limit: number, all: number) => ({ newest: Array.from({ length: Math.min(limit, all) }, (_, at) => all - at), all });

test('older rows come when they are asked for, and stay when something new arrives', async () => {
  let all = 250;
  const rows = new Newest((limit) => Promise.resolve(upTo(limit, all)));
  await rows.reread();
  expect([rows.rows.length, rows.rows[0], rows.all]).toEqual([100, 250, 250]);
  await rows.older();
  expect(rows.rows.length).toBe(200);
  all = 251;
  await rows.reread();
  expect([rows.rows.length, rows.rows[0], rows.all]).toEqual([200, 251, 251]);
});

test('a slow answer does not replace a newer one', async () => {
  const answers: (() => void)[] = [];
  const rows = new Newest((limit) => new Promise<{ newest: number[]; all: number }>((answer) => answers.push(() => answer(upTo(limit, answers.length)))));
  const [first, second] = [rows.reread(), rows.reread()];
  answers[1]?.();
  await second;
  const shown = rows.rows;
  answers[0]?.();
  await first;
  expect(rows.rows).toBe(shown);
});

test('what cannot be read is said, and goes when it can be read again', async () => {
  let full = true;
  const rows = new Newest(() => (full ? Promise.reject(new Error('The disk is full.')) : Promise.resolve(upTo(1, 1))));
  await rows.reread();
  expect(rows.problem).toContain('The disk is full.');
  full = false;
  await rows.reread();
  expect([rows.problem, rows.rows.length]).toEqual([null, 1]);
});
