import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig(({ mode }) => ({
  plugins: [svelte()],
  // The content security policy lets nothing in but files of our own: no data: fonts or pictures.
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  clearScreen: false,
  server: { port: 5173, strictPort: true },
  resolve: mode === 'test' ? { conditions: ['browser'] } : {},
  test: { environment: 'jsdom', include: ['src/**/*.test.ts', 'tests/**/*.test.ts'] },
}));
