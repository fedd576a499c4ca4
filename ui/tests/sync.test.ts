import { emit } from '@tauri-apps/api/event';
import { expect, test } from 'vitest';
import type { SyncState } from '../src/core/bindings';
import { Ears } from '../src/core/door';
import { Sync } from '../src/core/sync.svelte';
import { wire } from './wire';

const OFFLINE: SyncState = {
  state: 'offline', sentence: '', done: null, total: null, unsentEdits: 0, unsentPhotos: 0, unsentEntries: 0, clashes: 0, refused: 0, vanished: 0, kept: 0, branched: 0, lost: 0, outside: 0, refusedEntries: 0, grievancesMode: 'bothWays', internalMode: 'bothWays', lastContact: null, retryAt: null, internalTrouble: null, internalRetryAt: null, storeRetryAt: null, leavingPhoto: null,
};

test('what the engine says meanwhile is newer than the answer to what was asked before', async () => {
  let answer: (state: SyncState) => void = () => {};
  wire({ sync_state: () => new Promise((answered) => (answer = answered)) });
  const sync = new Sync(new Ears());
  const loaded = sync.load();
  await emit('sync-changed', { ...OFFLINE, state: 'allSent' });
  await expect.poll(() => sync.state?.state).toBe('allSent');
  answer(OFFLINE);
  await loaded;
  expect(sync.state?.state).toBe('allSent');
});
