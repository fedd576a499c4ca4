import { expect, test } from 'vitest';
import { PAGE, Queue } from '../src/core/queue.svelte';
import type { Query, Row } from '../src/core/bindings';
import { problem, row, wire } from './wire';

/** A ward whose rows a test may change while the queue is open. */
function ward(count: number) {
  const all = Array.from({ length: count }, (_, at) => row(`g${at}`));
  const asked = wire({
    queue: (args) => {
      const query = args['query'] as Query;
      const found = query.search ? all.filter((one) => one.description?.includes(query.search ?? '')) : all;
      const from = query.after ? found.findIndex((one) => one.id === query.after) + 1 : 0;
      const rows: Row[] = found.slice(from, from + query.limit);
      return { rows, next: from + query.limit < found.length ? (rows.at(-1)?.id ?? null) : null, total: found.length };
    },
  });
  return { all, asked };
}

test('ten thousand grievances are read ahead in pages, so that no scroll meets a blank row', async () => {
  const { asked } = ward(10_000);
  const queue = new Queue();
  await queue.restart();
  expect(queue.rows.length).toBe(10_000);
  expect(queue.rows.map((one) => one.id).slice(PAGE - 1, PAGE + 1)).toEqual([`g${PAGE - 1}`, `g${PAGE}`]);
  expect(asked.length).toBe(10_000 / PAGE);
});

test('beyond what is kept ready, rows are read as the officer gets there', async () => {
  ward(30_000);
  const queue = new Queue();
  await queue.restart();
  expect(queue.rows.length).toBe(20_000);
  expect(queue.total).toBe(30_000);
  queue.seen(19_990);
  await expect.poll(() => queue.rows.length).toBeGreaterThanOrEqual(20_990);
});

test('a refresh keeps the selection, and its place moves with it', async () => {
  const { all } = ward(600);
  const queue = new Queue();
  await queue.restart();
  queue.select(400);
  queue.seen(420);
  all.unshift(row('fresh'));
  await queue.refresh();
  expect(queue.selected).toBe('g400');
  expect(queue.place).toBe(401);
  expect(queue.rows[0]?.id).toBe('fresh');
  expect(queue.rows.length).toBe(601);
  expect(queue.swaps).toBe(1);
});

test('many changes at once become few readings', async () => {
  const { asked } = ward(10);
  const queue = new Queue();
  await queue.restart();
  const before = asked.length;
  await Promise.all(Array.from({ length: 50 }, () => queue.refresh()));
  await expect.poll(() => asked.length).toBe(before + 2);
});

test('when the selected row leaves the view, the next one takes its place', async () => {
  const { all } = ward(10);
  const queue = new Queue();
  await queue.restart();
  queue.select(4);
  all.splice(4, 1);
  await queue.refresh();
  expect(queue.step(1)).toBe('g5');
  all.splice(4, 1);
  await queue.refresh();
  expect(queue.step(-1)).toBe('g3');
});

test('the selection stops at both ends', async () => {
  ward(3);
  const queue = new Queue();
  await queue.restart();
  expect(queue.step(1)).toBe('g0');
  expect(queue.step(-1)).toBe('g0');
  expect(queue.step(Infinity)).toBe('g2');
  expect(queue.step(1)).toBe('g2');
  expect(queue.step(-Infinity)).toBe('g0');
});

test('an answer to an older search does not show under a newer one', async () => {
  const slow: (() => void)[] = [];
  wire({
    queue: (args) => {
      const { search } = args['query'] as Query;
      const page = { rows: [row(search ?? 'all')], next: null, total: 1 };
      return search === 'la' ? new Promise((answer) => slow.push(() => answer(page))) : page;
    },
  });
  const queue = new Queue();
  queue.search = 'la';
  const first = queue.restart();
  queue.search = 'lamp';
  await queue.restart();
  slow.forEach((answer) => answer());
  await first;
  expect(queue.rows.map((one) => one.id)).toEqual(['lamp']);
});

test('a list that cannot be read says why, and can be read again', async () => {
  let broken = true;
  wire({
    queue: () => {
      if (broken) throw problem('The disk of this laptop is full.');
      return { rows: [row('g0')], next: null, total: 1 };
    },
  });
  const queue = new Queue();
  await queue.restart();
  expect(queue.problem).toBe('The disk of this laptop is full.');
  broken = false;
  await queue.restart();
  expect(queue.problem).toBeNull();
  expect(queue.total).toBe(1);
});
