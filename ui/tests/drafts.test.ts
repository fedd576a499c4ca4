import { expect, test } from 'vitest';
import { Desk } from '../src/core/desk.svelte';
import { detail, wire } from './wire';

test('what is not saved is named: texts of any grievance, a report begun, photos made ready', async () => {
  wire({ grievance: (args) => detail(String(args['id'])) });
  const desk = new Desk({ site: 's', user: 'asha', photoToken: 't', notice: null }, () => {});
  expect(desk.drafts).toBeNull();
  await desk.opened.open('g1');
  desk.opened.note = 'The pole is bent';
  expect(desk.drafts).toBe('Not saved, not even on this laptop: 1 note.');
  await desk.opened.open('g2');
  desk.opened.note = '  ';
  desk.opened.reply = ' ';
  expect(desk.drafts, 'blanks are nothing').toMatch(/: 1 note\.$/);
  desk.opened.reply = 'Tomorrow';
  desk.opened.reason = 'Outside the ward';
  const photo = (token: string) => ({ token, takenAt: null, position: null });
  desk.tray.photos = [photo('1'), photo('2'), photo('3')];
  desk.report.usePhoto(photo('1'));
  expect(desk.drafts, 'the photo of the report goes with it').toBe(
    'Not saved, not even on this laptop: 1 reply, 1 note, 1 reason for a status, 1 report and 2 photos.',
  );
  desk.opened.reply = '';
  desk.opened.reason = desk.opened.note = '';
  desk.report.clear();
  desk.tray.photos = [];
  await desk.opened.open('g1');
  desk.opened.note = '';
  expect(desk.drafts).toBeNull();
  await desk.close();
});
