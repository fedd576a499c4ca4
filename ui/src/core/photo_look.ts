import type { EditState, Photo } from './bindings';
import { readable } from './escapes';
import { pictureWaits } from './field_words';

export type PhotoLook = { words: string; shape: 'tick' | 'up' | 'cross' | 'alert' | 'ring'; tone: 'there' | 'wait' | 'trouble' | 'plain' };

/**
 * Where a photo stands: its picture in the photo store, and on the server the edit that adds it to the report.
 * `leaving`: the object key of the picture that is on its way to the store at this moment.
 */
export function photoLook({ state, edit, large }: Pick<Photo, 'state' | 'edit' | 'large'>, leaving: string | null): PhotoLook {
  if (edit?.kind === 'refused') return { words: `Refused by the server: ${readable(edit.reason)}`, shape: 'cross', tone: 'trouble' };
  if (edit?.kind === 'clash') return { words: 'Saved on this laptop, needs your decision', shape: 'alert', tone: 'trouble' };
  if (edit && (state.kind === 'kept' || state.kind === 'notFetched')) return { words: storedWords(edit), shape: 'up', tone: 'wait' };
  switch (state.kind) {
    case 'kept': return { words: 'On the server and on this laptop', shape: 'tick', tone: 'there' };
    case 'notFetched': return { words: 'Not on this laptop yet, comes when online', shape: 'ring', tone: 'plain' };
    case 'toSend':
      if (leaving !== null && leaving === large) return { words: 'On its way to the photo store', shape: 'up', tone: 'wait' };
      return { words: `Saved on this laptop, to send${state.problem ? `. ${pictureWaits(state.problem)}` : ''}`, shape: 'up', tone: 'wait' };
    case 'notUploaded': return { words: 'Not uploaded by the reporter yet', shape: 'ring', tone: 'plain' };
    case 'unusable': return { words: state.sentence, shape: 'alert', tone: 'trouble' };
  }
}

/** The picture has arrived, and nobody can know of it yet. */
function storedWords(edit: EditState): string {
  return `Picture in the photo store, its change ${edit.kind === 'leaving' ? 'is on its way' : 'to send'}`;
}
