/**
 * Makes characters visible that would otherwise move, hide or reverse what stands around them:
 * controls, bidirectional overrides and isolates, zero-width and invisible ones. For ids and names, where every
 * character counts; joiners that Indian scripts need stay in running text, which `<bdi>` isolates.
 */
export function visible(text: string): string {
  return text.replace(HIDDEN, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16).toUpperCase()}}`;
  });
}

/**
 * Running text as it may be shown: its marks that reorder or control text are made visible, its
 * line breaks and the joiners of Indian scripts stay.
 */
export function readable(text: string): string {
  return text.replace(REORDERING, visible);
}

const REORDERING = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200E\u200F\u061C\u2028-\u202E\u2066-\u206F]|[\u{E0000}-\u{E0FFF}]/gu;

const HIDDEN =
  /[\u0000-\u001F\u007F-\u009F\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180E\u200B-\u200F\u2028-\u202E\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF9-\uFFFB]|[\u{E0000}-\u{E0FFF}]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/gu;
