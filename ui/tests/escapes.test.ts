import { expect, test } from 'vitest';
import { readable, visible } from '../src/core/escapes';

test('names and ids show what would hide or reorder', () => {
  const table: [string, string][] = [
    ['asha@example.org', 'asha@example.org'],
    ['\u202Egnp.exe', '\\u{202E}gnp.exe'],
    ['a\u0000b\u001B[2J\u007F', 'a\\u{0}b\\u{1B}[2J\\u{7F}'],
    ['ra\u200Bvi\uFEFF', 'ra\\u{200B}vi\\u{FEFF}'],
    ['\u2066x\u2069', '\\u{2066}x\\u{2069}'],
    ['tag\u{E0041}', 'tag\\u{E0041}'],
    ['half\uD800', 'half\\u{D800}'],
    ['line\nbreak', 'line\\u{A}break'],
    ['ಕನ್ನಡ नमस्ते 😀', 'ಕನ್ನಡ नमस्ते 😀'],
  ];
  for (const [text, shown] of table) expect(visible(text)).toBe(shown);
});

test('running text keeps its lines and the joiners of Indian scripts, and reorders nothing', () => {
  expect(readable('ಕ್\u200Dಷ\nನ್\u200Cನ')).toBe('ಕ್\u200Dಷ\nನ್\u200Cನ');
  expect(readable('pay \u202Eevil\u202C now\u0007')).toBe('pay \\u{202E}evil\\u{202C} now\\u{7}');
});
