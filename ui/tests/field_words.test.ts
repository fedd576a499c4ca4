import { expect, test } from 'vitest';
import type { EditState, Photo, PhotoState, UnsentEdit } from '../src/core/bindings';
import { changeClause, editStateWords, fieldWords, happenedClause, hasOwnWords } from '../src/core/field_words';
import { photoLook } from '../src/core/photo_look';
import { WORKFLOW } from './wire';

test('"On the server" and "Saved on this laptop" are each said only when true', () => {
  const unsent: EditState[] = [{ kind: 'saved' }, { kind: 'leaving' }, { kind: 'waitsForPhoto' }, { kind: 'clash' }, { kind: 'refused', reason: 'no' }];
  for (const state of unsent) expect(editStateWords(state)).not.toMatch(/on the server/i);

  const states: PhotoState[] = [{ kind: 'kept', proof: null }, { kind: 'notFetched' }, { kind: 'toSend', problem: null }, { kind: 'notUploaded' }, { kind: 'unusable', sentence: 'Damaged.' }];
  const photo: Photo = { large: 'a', thumbnail: 'b', kind: 'after', takenAt: null, state: { kind: 'kept', proof: null }, edit: null };
  const said = states.filter((state) => /on the server/i.test(photoLook({ ...photo, state }, null).words));
  expect(said.map((state) => state.kind)).toEqual(['kept']);
  // The picture is stored, and the server does not name it yet.
  for (const edit of unsent) for (const state of states) expect(photoLook({ ...photo, state, edit }, null).words).not.toMatch(/on the server/i);
});

test('a picture that leaves at this moment says so, and no other', () => {
  const photo: Photo = { large: 'a', thumbnail: 'b', kind: 'after', takenAt: null, state: { kind: 'toSend', problem: null }, edit: { kind: 'waitsForPhoto' } };
  const words = (leaving: string | null, edit = photo.edit) => photoLook({ ...photo, edit }, leaving).words;
  expect(words('a')).toBe('On its way to the photo store');
  expect([null, 'b'].map((leaving) => words(leaving))).toEqual(['Saved on this laptop, to send', 'Saved on this laptop, to send']);
  expect(words('a', { kind: 'refused', reason: 'no' })).toBe('Refused by the server: no');
});

test('a citizen’s words are not the officer’s to change', () => {
  const edit = (by: string, wanted: UnsentEdit['wanted']): UnsentEdit => ({ id: '01', grievance: '0f', seen: wanted, wanted, state: { kind: 'refused', reason: 'no' }, by, at: '' });
  const filedBy = (reportedBy: string) => edit('asha', { field: 'report', description: 'Lamp', address: 'Mill Road', reportedBy });
  expect([filedBy('asha'), filedBy('citizen'), edit('asha', { field: 'note', visit: false, text: 'Seen' }), edit('asha', { field: 'reply', reply: 'Soon' })].map(hasOwnWords)).toEqual([true, false, true, false]);
});

test('a version that was set aside is told with what it held', () => {
  const before = { field: 'branch' as const, holds: [{ field: 'status' as const, status: 'resolved', reason: null, duplicateOf: null }, { field: 'reply' as const, reply: 'Done' }] };
  const after = { field: 'branch' as const, holds: [] };
  expect(happenedClause({ kind: 'delivered', before, after }, WORKFLOW)).toBe('set another version aside: status Resolved, public reply “Done”');
  expect(changeClause(after, WORKFLOW)).toBe('set another version aside');
  expect(fieldWords(after, WORKFLOW)).toBe('Set aside');
});

test('changes read like sentences, with hostile words made harmless', () => {
  const status = { field: 'status', status: 'rejected', reason: 'Private \u202Eland', duplicateOf: null } as const;
  expect(changeClause(status, WORKFLOW)).toBe('moved it to Rejected: “Private \\u{202E}land”');
  expect(changeClause({ field: 'category', category: 'lights' }, WORKFLOW)).toBe('put it under Street lights');
  expect(changeClause({ field: 'reply', reply: null }, WORKFLOW)).toBe('took the public reply away');
  expect(changeClause({ field: 'ward', ward: 'Lakeside' }, WORKFLOW)).toBe('gave it to ward Lakeside');
  expect(fieldWords({ field: 'category', category: 'unheard' }, WORKFLOW)).toBe('unheard');
  const altered = { kind: 'reportAltered', members: [{ member: 'address', before: 'Mill Road', after: null }] } as const;
  expect(happenedClause({ ...altered, members: [...altered.members] }, WORKFLOW)).toBe('altered the report: Address was “Mill Road”, now missing');
});
