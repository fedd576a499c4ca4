import { expect, test } from 'vitest';
import { allowedWords, dayOf, instant, wardClock } from '../src/core/times';

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

test('the time allowed is said in hours, then in days', () => {
  const after = (hours: number) => allowedWords(new Date(now.getTime() + hours * 3_600_000), now);
  expect(after(0.5)).toEqual({ words: 'due in less than 1 h', late: false });
  expect([after(5.9).words, after(47.9).words, after(48).words]).toEqual(['due in 5 h', 'due in 47 h', 'due in 2 d']);
  expect([after(-0.1).words, after(-3).words, after(-72).words]).toEqual(['less than 1 h late', '3 h late', '3 d late']);
  expect(after(-3).late).toBe(true);
});

test('a day may be written as people here write it', () => {
  for (const written of ['1/12/2026', '01.12.2026', ' 1-12-2026 ', '2026-12-01']) expect(dayOf(written)).toBe('2026-12-01');
  for (const other of ['', 'tomorrow', '12/2026', '31/13/2026 or so']) expect(dayOf(other)).toBe(other);
});
