import { expect, test } from 'vitest';
import type { SyncPhase, SyncState } from '../src/core/bindings';
import { syncLook, unsentWords } from '../src/core/sync_words';

const QUIET: SyncState = {
  state: 'allSent', sentence: '', done: null, total: null, unsentEdits: 0, unsentPhotos: 0, unsentEntries: 0, clashes: 0, refused: 0, vanished: 0, kept: 0, branched: 0, lost: 0, outside: 0, refusedEntries: 0, grievancesMode: 'bothWays', internalMode: 'bothWays', lastContact: null, retryAt: null, internalTrouble: null, internalRetryAt: null, storeRetryAt: null, leavingPhoto: null,
};
const PHASES = Object.keys({
  catchingUp: 0, sending: 0, allSent: 0, toSend: 0, offline: 0, unreachable: 0, notOurServer: 0, signInNeeded: 0, lockedOut: 0, noAccess: 0, waiting: 0, diskFull: 0, ailing: 0, restored: 0, vanished: 0, paused: 0, toChoose: 0,
} satisfies Record<SyncPhase, 0>) as SyncPhase[];

test('"everything is on the server" is said only when it is', () => {
  expect(syncLook(QUIET).words).toBe('Everything is on the server');
  const waiting: Partial<SyncState>[] = [{ unsentEdits: 1 }, { unsentPhotos: 1 }, { unsentEntries: 1 }, { unsentEdits: 1, clashes: 1 }, { unsentEdits: 1, refused: 1 }, { kept: 1 }, { branched: 1 }, { lost: 1 }, { outside: 9 }, { unsentEntries: 1, refusedEntries: 1 }];
  for (const state of PHASES) {
    for (const one of waiting) {
      const look = syncLook({ ...QUIET, state, ...one });
      expect(look.words, state).not.toMatch(/on the server/i);
      expect(look.tone, state).not.toBe('calm');
    }
    if (state !== 'allSent' && state !== 'toSend') expect(syncLook({ ...QUIET, state }).words).not.toMatch(/on the server/i);
  }
});

test('numbers are said in words', () => {
  expect(unsentWords(0, 0, 0)).toBeNull();
  expect(unsentWords(1, 0, 0)).toBe('1 change');
  expect(unsentWords(3, 2, 0)).toBe('3 changes and 2 photos');
  expect(unsentWords(3, 2, 1)).toBe('3 changes, 2 photos and 1 history line');
  expect(syncLook({ ...QUIET, state: 'offline', unsentEdits: 3, unsentPhotos: 2 }).words).toBe('Offline · 3 changes and 2 photos to send');
  expect(syncLook({ ...QUIET, state: 'catchingUp', done: 4200, total: 10_000 }).words).toBe('Receiving 4,200 of 10,000');
  expect(syncLook({ ...QUIET, unsentEdits: 3, clashes: 2, refused: 1 }).words).toBe('2 decisions needed · 1 refused');
  expect(syncLook({ ...QUIET, state: 'toSend', clashes: 1, unsentEdits: 1, branched: 1 }).words).toBe('2 decisions needed');
  expect(syncLook({ ...QUIET, unsentEdits: 2, clashes: 1 }).words).toBe('1 change to send · 1 decision needed');
});

test('records that the office’s own database does not take are not said to leave when the server is reached', () => {
  const waits: SyncState = { ...QUIET, state: 'toSend', unsentEdits: 1 };
  const looks = (['noAccess', 'notThere', 'unwell'] as const).map((internalTrouble) => syncLook({ ...waits, internalTrouble }));
  expect(looks.map((look) => look.words)).toEqual([
    'No access to office’s records · 1 change to send',
    'Office’s records missing · 1 change to send',
    'Office’s records away · 1 change to send',
  ]);
  expect(looks.map((look) => look.tone)).toEqual(['trouble', 'trouble', 'wait']);
  for (const look of looks) expect(look.kept).not.toContain('can be reached');
  expect(syncLook({ ...waits, state: 'offline', internalTrouble: 'noAccess' }).words).toBe('Offline · 1 change to send');
});

test('what waits says what it waits for', () => {
  const kept = (more: Partial<SyncState>) => syncLook({ ...QUIET, unsentEdits: 1, ...more }).kept;
  expect(kept({ state: 'offline' })).toBe('Saved on this laptop: 1 change. It goes to the server by itself as soon as that can be reached.');
  for (const state of ['diskFull', 'ailing'] as const) expect(kept({ state })).toMatch(/as soon as this laptop is well again\.$/);
  expect(kept({ state: 'toSend', internalTrouble: 'noAccess' })).toMatch(/as soon as the server takes it\.$/);
  expect(kept({ state: 'paused', grievancesMode: 'paused' })).toBe('Saved on this laptop: 1 change. What you have paused stays here.');
});

test('every state has its own words and a meaning', () => {
  const looks = PHASES.filter((state) => state !== 'toSend').map((state) => syncLook({ ...QUIET, state }));
  expect(new Set(looks.map((look) => look.words)).size).toBe(looks.length);
  for (const look of looks) expect(look.meaning).toMatch(/\.$/);
});

test('what the server lost with its reports is no all-clear', () => {
  const look = syncLook({ ...QUIET, state: 'toSend', lost: 2 });
  expect(look.words).toBe('2 changes lost by the server');
  expect(look.tone).toBe('wait');
});
