import { soleOther } from './branches';
import type { Desk } from './desk.svelte';
import type { Session } from './session.svelte';
import type { ThemeSwitch } from './theme.svelte';
import { reachable, statusLetters } from './statuses';

/** What the keys act on: the desk, and the few controls that a key only brings the focus to. */
export type Keyboard = {
  desk: Desk;
  session: Session;
  theme: ThemeSwitch;
  focus(place: 'search' | 'list' | 'detail' | 'reply' | 'category' | 'note'): void;
  toggleSync(): void;
  stepView(by: number): void;
};

export type KeyGroup = 'Moving' | 'Deciding' | 'Photos' | 'Everything else';
/** One line of the shortcut sheet, and the handler behind it. */
export type Key = {
  group: KeyGroup;
  /** As in `KeyboardEvent.key`, letters small; `ctrl+` before it when held. */
  keys: string[];
  says: string;
  /** Absent where the control itself handles the key: the sheet only tells of it. */
  run?: (on: Keyboard) => void;
};

/** Every shortcut there is. The sheet and the handlers both come from here. */
export function keyTable(on: Keyboard): Key[] {
  const { desk } = on;
  const letters = statusLetters(desk.workflow, TAKEN);
  const statuses = reachable(desk.workflow).flatMap((status): Key[] => {
    const letter = letters.get(status.key);
    return letter ? [{ group: 'Deciding', keys: [letter], says: status.label, run: () => void desk.decide(status.key) }] : [];
  });
  return [...MOVING, ...statuses, ...DECIDING, ...PHOTOS, ...ELSE];
}

/** The key an event means, or null when it belongs to the control that has the focus. */
export function meantKey(event: KeyboardEvent): string | null {
  const target = event.target instanceof Element ? event.target : null;
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  const key = latin(event);
  if (target?.closest('dialog, [popover], [role=menu]')) return null;
  if (target?.closest('input, textarea')) return null;
  // A letter is not taken for the name of a choice, which would be saved at once.
  if (plain && target?.closest('select') && (key.startsWith('arrow') || CHOOSING.has(key))) return null;
  if (plain && (key === 'enter' || key === ' ') && target?.closest('button, a, summary')) return null;
  // Inside the detail, arrows scroll what is read.
  if (plain && key.startsWith('arrow') && target?.closest('[data-scrolls]')) return null;
  if (plain) return key;
  return event.ctrlKey && !event.altKey && !event.metaKey ? `ctrl+${key}` : null;
}

/** What moves in a list of choices, besides arrows. */
const CHOOSING: ReadonlySet<string> = new Set(['enter', ' ', 'home', 'end', 'pageup', 'pagedown', 'tab']);

/** How a key is drawn on the sheet and on buttons. */
export function keyCap(key: string): string {
  const caps: Record<string, string> = {
    arrowdown: '↓', arrowup: '↑', arrowleft: '←', arrowright: '→', enter: 'Enter', escape: 'Esc', home: 'Home', end: 'End',
  };
  if (key.startsWith('ctrl+')) return `Ctrl ${keyCap(key.slice(5))}`;
  return caps[key] ?? key.toUpperCase();
}

const MOVING: Key[] = [
  { group: 'Moving', keys: ['j', 'arrowdown'], says: 'Next', run: ({ desk }) => desk.step(1) },
  { group: 'Moving', keys: ['k', 'arrowup'], says: 'Previous', run: ({ desk }) => desk.step(-1) },
  { group: 'Moving', keys: ['home'], says: 'First', run: ({ desk }) => desk.step(-Infinity) },
  { group: 'Moving', keys: ['end'], says: 'Last one loaded', run: ({ desk }) => desk.step(Infinity) },
  { group: 'Moving', keys: ['enter'], says: 'Into the grievance', run: ({ focus }) => focus('detail') },
  { group: 'Moving', keys: ['escape'], says: 'Back to the list', run: ({ focus, desk }) => ((desk.opened.prompting = null), focus('list')) },
  { group: 'Moving', keys: ['/'], says: 'Search', run: ({ focus }) => focus('search') },
  { group: 'Moving', keys: ['['], says: 'Previous list', run: ({ stepView }) => stepView(-1) },
  { group: 'Moving', keys: [']'], says: 'Next list', run: ({ stepView }) => stepView(1) },
];

const DECIDING: Key[] = [
  { group: 'Deciding', keys: ['c'], says: 'Category', run: ({ focus }) => focus('category') },
  { group: 'Deciding', keys: ['e'], says: 'Write the public reply', run: ({ focus }) => focus('reply') },
  { group: 'Deciding', keys: ['m'], says: 'Assign it to me', run: ({ desk }) => void desk.takeOn() },
  { group: 'Deciding', keys: ['b'], says: 'Write a note for the office', run: ({ focus }) => focus('note') },
  { group: 'Deciding', keys: ['ctrl+enter'], says: 'Save the reply, the note or the reason' },
  { group: 'Deciding', keys: ['u'], says: 'Take the last change back', run: ({ desk }) => void desk.takeBackLatest() },
  { group: 'Deciding', keys: ['1'], says: 'Clash: keep yours, or what is shown', run: ({ desk }) => settle(desk, 'keep') },
  { group: 'Deciding', keys: ['2'], says: 'Clash: drop yours, or take the other', run: ({ desk }) => settle(desk, 'drop') },
];

const PHOTOS: Key[] = [
  { group: 'Photos', keys: ['v'], says: 'View the photos', run: ({ desk }) => desk.enlarge() },
  { group: 'Photos', keys: ['i'], says: 'Add a photo from a file', run: ({ desk }) => void desk.tray.choose() },
  { group: 'Photos', keys: ['ctrl+v'], says: 'Paste a photo' },
  { group: 'Photos', keys: ['arrowleft', 'arrowright'], says: 'Large view: other photo' },
  { group: 'Photos', keys: ['+', '-', '0'], says: 'Large view: zoom' },
];

const ELSE: Key[] = [
  { group: 'Everything else', keys: ['n'], says: 'New report', run: ({ desk }) => (desk.dialog = 'report') },
  { group: 'Everything else', keys: ['y'], says: 'Sync now', run: ({ desk }) => void desk.syncNow() },
  { group: 'Everything else', keys: ['s'], says: 'What waits, what arrived, what sync did', run: ({ toggleSync }) => toggleSync() },
  { group: 'Everything else', keys: ['l'], says: 'Light, dark or as the desktop', run: ({ theme }) => theme.next() },
  { group: 'Everything else', keys: ['ctrl+l'], says: 'Sign out', run: ({ desk, session }) => void desk.signOut(session) },
  { group: 'Everything else', keys: ['?'], says: 'This sheet', run: ({ desk }) => (desk.dialog = 'shortcuts') },
];

/** Letters the statuses of a city cannot have. */
const TAKEN: ReadonlySet<string> = new Set([...MOVING, ...DECIDING, ...PHOTOS, ...ELSE].flatMap((key) => key.keys));

function settle(desk: Desk, decision: 'keep' | 'drop') {
  const clash = desk.clashAtHand;
  if (clash) return void desk.settle(clash, decision);
  const branched = desk.branchedAtHand;
  if (!branched) return;
  const holds = decision === 'keep' ? null : soleOther(branched);
  if (holds !== undefined) void desk.settleBranches(branched, holds);
}

/** On a Kannada or Hindi layout the letter comes from the key's place on the keyboard. */
function latin(event: KeyboardEvent): string {
  const key = event.key.toLowerCase();
  const place = /^Key([A-Z])$/.exec(event.code)?.[1];
  return key.length === 1 && key > '\u007f' && place ? place.toLowerCase() : key;
}
