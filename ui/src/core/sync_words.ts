import type { InternalTrouble, SyncState } from './bindings';
import type { UnsentView } from './unsent.svelte';

export type SyncLook = {
  /** The pill's text. */
  words: string;
  /** The state alone, without numbers. */
  short: string;
  shape: 'tick' | 'ring' | 'up' | 'turning' | 'cross' | 'lock' | 'pause' | 'alert';
  tone: 'calm' | 'busy' | 'wait' | 'trouble';
  /** What it means, for somebody who does not know; the engine's own sentence says it better. */
  meaning: string;
  /** What becomes of the work on this laptop. */
  kept: string;
};

/**
 * How the sync state reads. "Everything is on the server" is said only when nothing at all waits
 * on this laptop, whatever the engine calls its state.
 */
export function syncLook(sync: SyncState): SyncLook {
  const waiting = unsentWords(editsToSend(sync), sync.unsentPhotos, sync.unsentEntries - sync.refusedEntries);
  const sends = allSend(sync);
  const leaves = `It goes to the server by itself as soon as ${leavesWhen(sync)}.`;
  const kept = waiting
    ? `Saved on this laptop: ${waiting}. ${sends ? leaves : 'What you have paused stays here.'}`
    : '';
  const state = (short: string, shape: SyncLook['shape'], tone: SyncLook['tone'], meaning: string): SyncLook => ({
    words: waiting ? `${short} · ${waiting} to send` : short, short, shape, tone, meaning, kept,
  });
  switch (sync.state) {
    case 'allSent':
    case 'toSend': {
      const words = [waiting && `${waiting} to send`, attention(sync)].filter((part) => part !== null).join(' · ');
      if (words === '') {
        const all = 'Everything is on the server';
        return { words: all, short: all, shape: 'tick', tone: 'calm', meaning: 'The server has every change and photo made on this laptop.', kept };
      }
      if (sync.internalTrouble) {
        const needsSomebody = sync.internalTrouble !== 'unwell';
        return { words: `${INTERNAL_TROUBLE[sync.internalTrouble]} · ${words}`, short: INTERNAL_TROUBLE[sync.internalTrouble], shape: 'alert', tone: needsSomebody ? 'trouble' : 'wait', meaning: 'The office’s records wait on this laptop; what citizens see does not wait for them.', kept };
      }
      const meaning = waiting ? 'What waits is saved on this laptop, not on the server.' : 'Nothing else waits to be sent, but something needs you.';
      return { words, short: words, shape: waiting ? 'up' : 'alert', tone: 'wait', meaning, kept };
    }
    case 'sending':
      return { ...state('Sending', 'up', 'busy', 'Changes and photos are on their way.'), words: progress('Sending', sync, waiting) };
    case 'catchingUp':
      return {
        ...state('Receiving', 'turning', 'busy', 'The ward’s grievances are being copied to this laptop. You can work with those that are here already.'),
        words: progress('Receiving', sync, null),
      };
    case 'waiting':
      return state('Trying again soon', 'turning', 'wait', 'The server asked for patience, or an answer did not come.');
    case 'diskFull':
      return state('Disk full', 'alert', 'trouble', 'This laptop has no room for what arrives. Free some space.');
    case 'ailing':
      return state('Laptop trouble', 'alert', 'trouble', 'This laptop cannot read or write its own file. New work may not be saved.');
    case 'restored':
      return state('Server restored', 'turning', 'wait', `The server was set back to an older copy. What you had sent ${sends ? 'is being sent again' : 'goes again where sending is on'}.`);
    case 'vanished':
      return state(`${counted(sync.vanished, 'record')} left the server`, 'alert', 'trouble', 'They left at once. Until you say whether that is right, they stay as they are.');
    case 'paused':
      return state('Grievances paused', 'pause', 'wait', 'You paused them: none is fetched or sent until you choose “Both ways” again.');
    case 'toChoose':
      return state('Choose what to keep', 'alert', 'wait', 'The city has more grievances than a laptop fetches unasked. Say which of them this one keeps.');
    case 'offline':
      return state('Offline', 'ring', 'wait', 'This laptop has no network. You can go on working.');
    case 'unreachable':
      return state('No server', 'ring', 'wait', 'This laptop has a network, but the city’s server cannot be reached over it. You can go on working.');
    case 'notOurServer':
      return state('Not your city’s server', 'cross', 'trouble', 'Something else answers in its place, perhaps a sign-in page of this network. Nothing was sent to it.');
    case 'signInNeeded':
      return state('Password needed', 'lock', 'trouble', 'The server asks for your password again.');
    case 'lockedOut':
      return state('Locked out', 'lock', 'trouble', 'The server has locked your account for a while.');
    case 'noAccess':
      return state('No access', 'lock', 'trouble', 'Your account may not read or write this ward. Ask your administrator.');
  }
}

/** What has to change before anything leaves. */
function leavesWhen(sync: SyncState): string {
  if (sync.state === 'diskFull' || sync.state === 'ailing') return 'this laptop is well again';
  return sync.internalTrouble && sync.state === 'toSend' ? 'the server takes it' : 'that can be reached';
}

/** Why the office’s records wait, in the pill. */
const INTERNAL_TROUBLE: Record<InternalTrouble, string> = {
  noAccess: 'No access to office’s records',
  notThere: 'Office’s records missing',
  unwell: 'Office’s records away',
};

/** Whether the officer holds nothing back. */
export function allSend(sync: SyncState): boolean {
  return sync.grievancesMode === 'bothWays' && sync.internalMode === 'bothWays';
}

/** What needs a decision or was refused does not leave by itself. */
export function editsToSend(sync: SyncState): number {
  return sync.unsentEdits - sync.clashes - sync.refused;
}

/** How many changes and questions a list of unsent work has. */
export function countedIn(view: UnsentView, sync: SyncState): number {
  switch (view) {
    case 'toSend': return editsToSend(sync);
    case 'clashes': return sync.clashes + sync.branched;
    case 'refused': return sync.refused;
  }
}

/** "3 changes, 2 photos and 1 history line"; null when there are none. */
export function unsentWords(edits: number, photos: number, entries: number): string | null {
  return listed([[edits, 'change'], [photos, 'photo'], [entries, 'history line']]);
}

/** What there is of each, as one says it; null when there is nothing. */
export function listed(kinds: [count: number, what: string, many?: string][]): string | null {
  const parts = kinds.filter(([count]) => count > 0).map((kind) => counted(...kind));
  const last = parts.pop();
  if (last === undefined) return null;
  return parts.length ? `${parts.join(', ')} and ${last}` : last;
}

export function counted(count: number, what: string, many = `${what}s`): string {
  return `${count.toLocaleString('en-IN')} ${count === 1 ? what : many}`;
}

function attention(sync: SyncState): string | null {
  const parts = [];
  const decisions = sync.clashes + sync.branched;
  if (decisions > 0) parts.push(`${counted(decisions, 'decision')} needed`);
  if (sync.refused > 0) parts.push(`${sync.refused} refused`);
  if (sync.kept > 0) parts.push(`${counted(sync.kept, 'record')} kept here`);
  if (sync.refusedEntries > 0) parts.push(`${counted(sync.refusedEntries, 'history line')} refused`);
  if (sync.outside > 0) parts.push(`${sync.outside.toLocaleString('en-IN')} outside your ward`);
  if (sync.lost > 0) parts.push(`${counted(sync.lost, 'change')} lost by the server`);
  return parts.length ? parts.join(' · ') : null;
}

function progress(doing: string, sync: SyncState, otherwise: string | null): string {
  if (sync.total) return `${doing} ${(sync.done ?? 0).toLocaleString('en-IN')} of ${sync.total.toLocaleString('en-IN')}`;
  if (otherwise) return `${doing} ${otherwise}`;
  return sync.done ? `${doing} ${sync.done.toLocaleString('en-IN')}` : doing;
}
