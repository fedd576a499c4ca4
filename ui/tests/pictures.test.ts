import { emit } from '@tauri-apps/api/event';
import { expect, test } from 'vitest';
import { Ears } from '../src/core/door';
import { Pictures } from '../src/core/pictures.svelte';
import { wire } from './wire';

test('a picture that arrived is asked for anew, even while it is still being refused', async () => {
  wire({});
  const pictures = new Pictures(new Ears(), 'token');
  const refused = pictures.address('a/lamp.jpg');
  await emit('photo-changed', { key: 'a/lamp.jpg' });
  await expect.poll(() => pictures.version('a/lamp.jpg')).toBe(1);
  expect(pictures.address('a/lamp.jpg')).not.toBe(refused);
});
