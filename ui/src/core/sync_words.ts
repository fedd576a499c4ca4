import type { SyncState } from './bindings';

export type SyncLook = {
  /** The pill's text. */
  words: string;
  shape: 'tick' | 'ring' | 'up' | 'turning' | 'cross' | 'lock' | 'pause';
  tone: 'calm' | 'busy' | 'wait' | 'trouble';
  /** What it means, for somebody who does not know. */
  meaning: string;
};

/**
 * How the sync state reads. "Everything is on the server" is said only when nothing at all waits
 * on this laptop, whatever the engine calls its state.
 */
export function syncLook(sync: SyncState): SyncLook {
  const waiting = unsentWords(sync.unsentEdits, sync.unsentPhotos);
  const and = (words: string) => (waiting ? `${words} · ${waiting} to send` : words);
  const kept = waiting
    ? `Saved on this laptop: ${waiting}. They go to the server by themselves as soon as it can be reached.`
    : 'Nothing on this laptop waits to be sent.';
  switch (sync.state) {
    case 'allSent':
      if (waiting) return { words: `${waiting} to send`, shape: 'up', tone: 'wait', meaning: kept };
      if (sync.clashes + sync.refused > 0) {
        return { words: attention(sync), shape: 'pause', tone: 'wait', meaning: 'What waits for you is saved on this laptop, not on the server.' };
      }
      return { words: 'Everything is on the server', shape: 'tick', tone: 'calm', meaning: 'The server has every change and photo made on this laptop.' };
    case 'toSend':
      return { words: `${waiting ?? 'Nothing'} to send`, shape: 'up', tone: 'wait', meaning: kept };
    case 'sending':
      return { words: progress('Sending', sync, waiting), shape: 'up', tone: 'busy', meaning: kept };
    case 'catchingUp':
      return {
        words: progress('Receiving', sync, null), shape: 'turning', tone: 'busy',
        meaning: `The ward's grievances are being copied to this laptop. You can work with those that are here already. ${kept}`,
      };
    case 'waiting':
      return { words: and('Trying again soon'), shape: 'turning', tone: 'wait', meaning: kept };
    case 'offline':
      return { words: and('Offline'), shape: 'ring', tone: 'wait', meaning: `The server cannot be reached from here. You can go on working. ${kept}` };
    case 'notOurServer':
      return {
        words: and('Not your city’s server'), shape: 'cross', tone: 'trouble',
        meaning: `Something else answers in its place, perhaps a sign-in page of this network. Nothing was sent to it. ${kept}`,
      };
    case 'signInNeeded':
      return { words: and('Password needed'), shape: 'lock', tone: 'trouble', meaning: `The server asks for your password again. ${kept}` };
    case 'lockedOut':
      return { words: and('Locked out'), shape: 'lock', tone: 'trouble', meaning: `The server has locked your account for a while. ${kept}` };
    case 'noAccess':
      return { words: and('No access'), shape: 'lock', tone: 'trouble', meaning: `Your account may not read or write this ward. Ask your administrator. ${kept}` };
  }
}

/** "3 changes and 2 photos"; null when there are none. */
export function unsentWords(edits: number, photos: number): string | null {
  const parts = [];
  if (edits > 0) parts.push(counted(edits, 'change'));
  if (photos > 0) parts.push(counted(photos, 'photo'));
  return parts.length ? parts.join(' and ') : null;
}

export function counted(count: number, what: string, many = `${what}s`): string {
  return `${count.toLocaleString('en-IN')} ${count === 1 ? what : many}`;
}

function attention(sync: SyncState): string {
  const parts = [];
  if (sync.clashes > 0) parts.push(`${counted(sync.clashes, 'decision')} needed`);
  if (sync.refused > 0) parts.push(`${sync.refused} refused`);
  return parts.join(' · ');
}

function progress(doing: string, sync: SyncState, otherwise: string | null): string {
  if (sync.total) return `${doing} ${(sync.done ?? 0).toLocaleString('en-IN')} of ${sync.total.toLocaleString('en-IN')}`;
  if (otherwise) return `${doing} ${otherwise}`;
  return sync.done ? `${doing} ${sync.done.toLocaleString('en-IN')}` : doing;
}
