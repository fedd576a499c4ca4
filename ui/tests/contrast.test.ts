// @vitest-environment node
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const css = readFileSync(new URL('../src/look/theme.css', import.meta.url), 'utf8');
const colours = new Map([...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(([, name, light, dark]) => [name ?? '', [light ?? '', dark ?? '']]));

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const TEXT = ['ink', 'ink-2', 'ink-3', 'accent', 'new', 'acknowledged', 'progress', 'resolved', 'rejected', 'reopened', 'plain', 'trouble'];
const GROUNDS = ['bg', 'card', 'hover', 'sel'];
const COLOURED: [string, string][] = [
  ['ink', 'calm-bg'], ['ink', 'wait-bg'], ['ink-2', 'wait-bg'], ['ink', 'busy-bg'], ['ink', 'trouble-bg'], ['trouble', 'trouble-bg'], ['accent-ink', 'accent'], ['card', 'ink'],
];

test.each(['light', 'dark'])('%s: every text is readable on every ground (WCAG AA)', (theme) => {
  const colour = (name: string) => colours.get(name)?.[theme === 'light' ? 0 : 1] ?? '';
  const pairs = [...TEXT.flatMap((text) => GROUNDS.map((ground): [string, string] => [text, ground])), ...COLOURED];
  const weak = pairs.map(([text, ground]) => ({ text, ground, ratio: contrast(colour(text), colour(ground)) })).filter(({ ratio }) => !(ratio >= 4.5));
  expect(weak).toEqual([]);
  expect(contrast(colour('line-2'), colour('card')), 'edges of controls').toBeGreaterThanOrEqual(3);
});
