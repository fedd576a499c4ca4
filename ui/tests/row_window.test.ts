import { expect, test } from 'vitest';
import { ROW, rowWindow, scrolledTo } from '../src/core/row_window';

test('every row that can be seen is drawn, wherever the list is scrolled', () => {
  const total = 10_000;
  const height = 650;
  for (let scrollTop = 0; scrollTop <= total * ROW - height; scrollTop += 997) {
    const { first, end, top } = rowWindow(scrollTop, height, total);
    expect(first * ROW).toBeLessThanOrEqual(scrollTop);
    expect(Math.min(end, total) * ROW).toBeGreaterThanOrEqual(Math.min(scrollTop + height, total * ROW));
    expect(end - first).toBeLessThan(40);
    expect(top).toBe(first * ROW);
  }
  expect(rowWindow(0, 650, 0)).toEqual({ first: 0, end: 0, top: 0 });
  expect(rowWindow(1e9, 650, 5).first).toBeLessThan(5);
});

test('the selection scrolls no further than it must', () => {
  expect(scrolledTo(2, 0, 650)).toBe(0);
  expect(scrolledTo(2, 10 * ROW, 650)).toBe(2 * ROW);
  expect(scrolledTo(20, 0, 650)).toBe(21 * ROW - 650);
});
