// @vitest-environment node
// What the content security policy would refuse must not be in the build in the first place.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test, vi } from 'vitest';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const files = new Map<string, string>();

beforeAll(async () => {
  // Vite builds for development in an environment that calls itself a test.
  vi.stubEnv('NODE_ENV', 'production');
  const built = await build({ root, logLevel: 'error', build: { write: false } });
  for (const { output } of [built].flat() as { output: ({ fileName: string } & ({ code: string } | { source: string | Uint8Array }))[] }[]) {
    for (const file of output) files.set(file.fileName, 'code' in file ? file.code : String(file.source));
  }
}, 60_000);

test('the page has no inline script, style or handler, and loads only files of its own', () => {
  const page = files.get('index.html') ?? '';
  expect(page).toMatch(/<script type="module"[^>]* src="\/assets\//);
  for (const script of page.match(/<script[^>]*>[^<]*/g) ?? []) expect(script).toMatch(/ src="\/assets\/[^"]+"><?$/);
  expect(page).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:|https?:|data:/i);
});

test('styles and scripts bring nothing from elsewhere', () => {
  const styles = [...files].filter(([name]) => name.endsWith('.css'));
  expect(styles.length).toBeGreaterThan(0);
  for (const [name, text] of styles) {
    expect(text, name).not.toMatch(/url\((?!\/assets\/|["']?\/assets\/)/);
    expect(text, name).not.toMatch(/@import/);
  }
  const fonts = [...files.keys()].filter((name) => /\.(woff2?|ttf|otf)$/.test(name));
  expect(fonts.every((name) => name.endsWith('.woff2'))).toBe(true);
  expect(fonts.join()).toMatch(/kannada.*devanagari|devanagari.*kannada/);
});

test('the invented ward stays outside', () => {
  for (const [name, text] of files) expect(text.includes('invented') || text.includes('drawn-photo'), name).toBe(false);
});

test('components show text only as text: no raw HTML, no style attributes', () => {
  const sources = ['src', 'src/pieces', 'src/screens'].flatMap((folder) =>
    readdirSync(`${root}${folder}`).filter((name) => name.endsWith('.svelte')).map((name) => `${root}${folder}/${name}`),
  );
  expect(sources.length).toBeGreaterThan(20);
  for (const source of sources) {
    expect(readFileSync(source, 'utf8'), source).not.toMatch(/\{@html|\sstyle=|innerHTML|insertAdjacentHTML|document\.write/);
  }
});
