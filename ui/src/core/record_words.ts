import type { Exported, HistoryLine, Proof, TimelineLine } from './bindings';
import { readable, visible } from './escapes';
import { counted } from './sync_words';

/** What proves that it arrived. */
export function proofWords(proof: Proof): string {
  switch (proof.kind) {
    case 'revision': return `On the server, revision ${shortRevision(proof.rev)}`;
    case 'lost': return 'Lost when the server was set back; sent again if the report returns';
    case 'photo': return `In the photo store, checksum ${visible(proof.sha256.slice(0, 7))}`;
  }
}

/** "2-967a00d" of "2-967a00dff5e02add41819138abb3284d". */
function shortRevision(rev: string): string {
  const [generation, ...rest] = rev.split('-');
  return visible(`${generation}-${rest.join('-').slice(0, 7)}`);
}

/** Where the line is that tells of it in the case's history. */
export function historyLineWords(line: HistoryLine): string {
  switch (line.kind) {
    case 'toSend': return 'Its line in the history is still to be sent';
    case 'onServer': return 'In the history too';
    case 'refused': return `The server refused its line in the history: ${readable(line.reason)}`;
  }
}

/** Whether a line of the timeline tells of something that did not work or needs the officer. */
export function isTrouble(line: TimelineLine): boolean {
  const kinds = ['failed', 'storeFailed', 'diskFull', 'clash', 'refused', 'altered', 'vanished', 'branched', 'setBack', 'notAnnounced'];
  return kinds.includes(line.kind);
}

export function exportedWords({ edits, lostPictures }: Exported): string {
  const lost = lostPictures > 0 ? ` ${counted(lostPictures, 'picture')} could not be read and ${lostPictures === 1 ? 'is' : 'are'} not in it.` : '';
  return `A copy of ${counted(edits, 'change')} is saved, pictures included.${lost} The work itself stays here and is still sent. Whoever has the file can read it.`;
}
