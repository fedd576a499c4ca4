import { expect, test } from 'vitest';
import { instant, wardClock } from '../src/core/times';

const now = new Date('2026-11-24T06:00:00Z');

test('times are the ward’s, whatever the laptop thinks', () => {
  const clock = wardClock('Asia/Kolkata');
  // 19:00 in London is already tomorrow in the ward.
  expect(clock.full(new Date('2026-11-23T19:00:00Z'), now)).toBe('Today 00:30');
  expect(clock.full(new Date('2026-11-23T18:00:00Z'), now)).toBe('Yesterday 23:30');
  expect(clock.full(new Date('2026-03-05T10:00:00Z'), now)).toBe('5 Mar, 15:30');
  expect(clock.full(new Date(1_511_603_787_000), now)).toBe('25 Nov 2017, 15:26');
  expect(clock.inSentence(new Date('2026-11-24T05:11:00Z'), now)).toBe('today 10:41');
  expect(clock.short(new Date('2026-11-24T05:11:00Z'), now)).toBe('10:41');
});

test('a zone nobody knows does not take the times away', () => {
  expect(wardClock('Mars/Olympus').zone).toBe('Asia/Kolkata');
  expect([instant(null), instant('yesterday'), instant(0)?.toISOString()]).toEqual([null, null, '1970-01-01T00:00:00.000Z']);
});
