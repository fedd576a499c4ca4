import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { drawnPhotos } from './src/dev/drawn_photos.ts';

export default defineConfig(({ mode }) => ({
  plugins: [svelte(), drawnPhotos()],
  // The content security policy lets nothing in but files of our own: no data: fonts or pictures.
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  clearScreen: false,
  server: { port: 5173, strictPort: true },
  resolve: mode === 'test' ? { conditions: ['browser'] } : {},
  test: { environment: 'jsdom', include: ['src/**/*.test.ts', 'tests/**/*.test.ts'] },
}));
