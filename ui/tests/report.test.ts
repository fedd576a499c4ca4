import { expect, test } from 'vitest';
import { parsePosition, ReportDraft } from '../src/core/report.svelte';
import { detail, problem, wire } from './wire';

const PHOTO = { token: 'staged-1', takenAt: null, position: { lng: 77.7886087, lat: 13.0768342 } };

test('what is missing is said only after the first try, and no longer once it is there', async () => {
  wire({});
  const report = new ReportDraft();
  expect(report.problems).toEqual({});
  expect(await report.file()).toBeNull();
  expect(Object.keys(report.problems).sort()).toEqual(['address', 'description', 'photo', 'position']);
  report.description = 'Lamp out';
  report.usePhoto(PHOTO);
  expect(Object.keys(report.problems)).toEqual(['address']);
  expect([report.lat, report.lng, report.source]).toEqual(['13.0768342', '77.7886087', 'from the photo']);
});

test('nothing is lost when filing fails, and all is gone when it worked', async () => {
  let broken = true;
  const asked = wire({
    file_report: () => {
      if (broken) throw problem('The disk of this laptop is full.');
      return detail('new');
    },
  });
  const report = new ReportDraft();
  report.description = ' Lamp out ';
  report.address = 'Market Road';
  report.usePhoto(PHOTO);
  expect(await report.file()).toBeNull();
  expect(report.problems.whole).toBe('The disk of this laptop is full.');
  expect([report.description, report.address, report.photo?.token]).toEqual([' Lamp out ', 'Market Road', 'staged-1']);
  broken = false;
  expect((await report.file())?.id).toBe('new');
  expect(asked.at(-1)?.args).toEqual({
    report: { description: 'Lamp out', address: 'Market Road', lng: 77.7886087, lat: 13.0768342, staged: 'staged-1' },
  });
  report.clear();
  expect(report.empty).toBe(true);
});

test('a typed position is not replaced by the photo’s', () => {
  const report = new ReportDraft();
  report.lat = '13.1';
  report.lng = '77.1';
  report.usePhoto(PHOTO);
  expect([report.lat, report.lng]).toEqual(['13.1', '77.1']);
  report.usePhotoPosition();
  expect(report.lat).toBe('13.0768342');
});

test('a laptop that does not know where it is says so', async () => {
  wire({ device_position: () => null });
  const report = new ReportDraft();
  await report.useDevicePosition();
  expect(report.problems.position).toMatch(/does not know where it is/);
});

test('positions as people type them', () => {
  expect(parsePosition('13.07', '77.78')).toEqual({ lat: 13.07, lng: 77.78 });
  expect(parsePosition(' 13,07 ', '−77.5°')).toEqual({ lat: 13.07, lng: -77.5 });
  for (const [lat, lng] of [['91', '77'], ['13', '181'], ['', '77'], ['13 N', '77'], ['1e1', '77'], ['NaN', '0']]) {
    expect(parsePosition(lat ?? '', lng ?? ''), `${lat} ${lng}`).toBeNull();
  }
});

test('a place that the laptop finds too late does not replace the one that was given meanwhile', async () => {
  let found: (place: unknown) => void = () => undefined;
  wire({ device_position: () => new Promise((answer) => (found = answer)) });
  const report = new ReportDraft();
  const looking = report.useDevicePosition();
  report.lat = '13.1';
  report.lng = '77.1';
  report.typed();
  found({ lng: 1, lat: 2, accuracy: null, source: 'from this laptop' });
  await looking;
  expect([report.lat, report.lng, report.source, report.locating]).toEqual(['13.1', '77.1', 'typed', false]);
});

test('the place of a photo goes with it, a typed one stays', () => {
  const report = new ReportDraft();
  report.usePhoto(PHOTO);
  report.noPhoto();
  expect([report.lat, report.lng, report.source, report.empty]).toEqual(['', '', null, true]);
  [report.lat, report.lng] = ['13.1', '77.1'];
  report.typed();
  report.usePhoto(PHOTO);
  report.noPhoto();
  expect([report.lat, report.lng, report.source]).toEqual(['13.1', '77.1', 'typed']);
});
