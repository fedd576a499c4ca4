/** The height of a row in pixels: fixed, so that no text can push others out of their place. */
export const ROW = 82;
/** Rows drawn outside of what is seen, above and below: a fast wheel finds them there. */
const OVERSCAN = 12;

export type RowWindow = { first: number; end: number; /** Pixels above the first row. */ top: number };

/** Which rows of `total` to draw for a list scrolled to `scrollTop`. */
export function rowWindow(scrollTop: number, height: number, total: number): RowWindow {
  const first = Math.max(0, Math.min(Math.floor(scrollTop / ROW) - OVERSCAN, total - 1));
  const end = Math.min(total, Math.ceil((scrollTop + height) / ROW) + OVERSCAN);
  return { first, end, top: first * ROW };
}

/** Where to scroll so that row `index` is seen; the same place when it is seen already. */
export function scrolledTo(index: number, scrollTop: number, height: number): number {
  const top = index * ROW;
  if (top < scrollTop) return top;
  return top + ROW > scrollTop + height ? top + ROW - height : scrollTop;
}
