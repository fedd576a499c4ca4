import { expect, test } from 'vitest';
import type { HistoryLine, TimelineLine } from '../src/core/bindings';
import { exportedWords, historyLineWords, isTrouble, proofWords } from '../src/core/record_words';

test('the proof of an arrival is short and says where it is', () => {
  expect(proofWords({ kind: 'revision', rev: '12-967a00dff5e02add41819138abb3284d' })).toBe('On the server, revision 12-967a00d');
  expect(proofWords({ kind: 'revision', rev: '1-a-\u202Eb' })).toBe('On the server, revision 1-a-\\u{202E}b');
  expect(proofWords({ kind: 'lost' })).toBe('Lost when the server was set back; sent again if the report returns');
  expect(proofWords({ kind: 'photo', sha256: '0123456789abcdef' })).toBe('In the photo store, checksum 0123456');
});

test('a line of the history is said to be there only when it is', () => {
  const lines: HistoryLine[] = [{ kind: 'toSend' }, { kind: 'onServer' }, { kind: 'refused', reason: 'ask the \u202Emayor' }];
  expect(lines.map(historyLineWords)).toEqual([
    'Its line in the history is still to be sent', 'In the history too', 'The server refused its line in the history: ask the \\u{202E}mayor',
  ]);
});

test('what went wrong and what waits for the officer stands out in the timeline', () => {
  const kinds = ['signedIn', 'pulled', 'sent', 'uploaded', 'fetched', 'clash', 'refused', 'vanished', 'branched', 'setBack', 'notAnnounced', 'diskFull', 'failed', 'serverBack', 'storeFailed', 'storeBack', 'of a newer program'];
  const line = (kind: string): TimelineLine => ({ at: 0, kind, sentence: '' });
  expect(kinds.filter((kind) => isTrouble(line(kind)))).toEqual(['clash', 'refused', 'vanished', 'branched', 'setBack', 'notAnnounced', 'diskFull', 'failed', 'storeFailed']);
});

test('a copy of unsent work is not taken for having sent it', () => {
  expect(exportedWords({ edits: 1, lostPictures: 0 })).toBe(
    'A copy of 1 change is saved, pictures included. The work itself stays here and is still sent. Whoever has the file can read it.',
  );
  expect(exportedWords({ edits: 3, lostPictures: 2 })).toContain('2 pictures could not be read and are not in it.');
});
