// Development only: an invented ward behind the wire, so that the window can be looked at in a
// browser. It answers the commands of the contract; the build leaves it out.
// In the address: ?at=signin, ?sync=offline, ?rows=10000, ?open=2, ?dialog=report …
import { emit } from '@tauri-apps/api/event';
import { mockIPC } from '@tauri-apps/api/mocks';
import type {
  Change, Clash, Counts, Detail, EditState, FieldValue, Happened, Page, Photo, Query, Row, Staging, SyncPhase, SyncState, UnsentEdit, Workflow,
} from '../core/bindings';

const asked = new URLSearchParams(location.search);
const ROWS = Number(asked.get('rows') ?? 10_000);

export function inventWard() {
  mockIPC((command, args) => answer(command, (args ?? {}) as Record<string, never>), { shouldMockEvents: true });
  const internals = (window as unknown as { __TAURI_INTERNALS__: { convertFileSrc: (path: string) => string } }).__TAURI_INTERNALS__;
  internals.convertFileSrc = () => '/drawn-photo/';
  Object.assign(window, { ward: { changed, emit } });
}

const WORKFLOW: Workflow = {
  zone: 'Asia/Kolkata',
  statuses: [
    { key: 'new', label: 'New', next: ['acknowledged', 'inProgress', 'resolved', 'duplicate', 'notOurs', 'rejected'], needs: [], open: true },
    { key: 'acknowledged', label: 'Acknowledged', next: ['inProgress', 'resolved', 'duplicate', 'notOurs', 'rejected'], needs: [], open: true },
    { key: 'inProgress', label: 'In progress', next: ['acknowledged', 'resolved', 'duplicate', 'notOurs', 'rejected'], needs: [], open: true },
    { key: 'resolved', label: 'Resolved', next: ['reopened'], needs: [], open: false },
    { key: 'duplicate', label: 'Duplicate', next: ['reopened'], needs: [], open: false },
    { key: 'notOurs', label: 'Not ours', next: ['reopened'], needs: ['reason'], open: false },
    { key: 'rejected', label: 'Rejected', next: ['reopened'], needs: ['reason'], open: false },
    { key: 'reopened', label: 'Reopened', next: ['acknowledged', 'inProgress', 'resolved', 'duplicate', 'notOurs', 'rejected'], needs: [], open: true },
  ],
  categories: [
    { key: 'roads', label: 'Roads' }, { key: 'drains', label: 'Drains' }, { key: 'water', label: 'Water supply' }, { key: 'waste', label: 'Waste' },
    { key: 'lights', label: 'Street lights' }, { key: 'parks', label: 'Parks and trees' }, { key: 'traffic', label: 'Traffic and parking' }, { key: 'other', label: 'Other' },
  ],
};
const TEXTS = [
  'Water flows from a broken municipal pipe day and night', 'Road surface broken beside the open drain; risky for children and vehicles when it is dark',
  'Garbage dumped near the water tank next to the main road, and dogs spread it', 'Sewage drain blocked due to dumped rubbish',
  'Road dug up for a sewage line and left untarred for more than three months', 'Cars parked on both sides of the market road choke the movement of everybody',
  'ಚರಂಡಿ ತುಂಬಿ ರಸ್ತೆಗೆ ನೀರು ಹರಿಯುತ್ತಿದೆ, ಮಕ್ಕಳು ಶಾಲೆಗೆ ಹೋಗಲು ಕಷ್ಟ', 'सड़क की बत्ती तीन सप्ताह से बंद है, रात में बहुत अंधेरा रहता है', 'Street light out at the bus stop',
  'Tree branch hangs over the school gate and moves in the wind',
];
const PLACES = ['Invented Temple Road', 'Sample Market, Lake Side', 'Old Tank Circle', 'Near the invented school, 2nd Cross', 'ಮಾದರಿ ಬೀದಿ, ಕೆರೆ ಬದಿ', 'Example Layout, 14th Main'];
const SPREAD = ['new', 'new', 'acknowledged', 'new', 'inProgress', 'resolved', 'new', 'resolved', 'duplicate', 'reopened', 'resolved', 'notOurs', 'rejected'];

const NOW = Math.floor(Date.now() / 1000);
const me = 'asha.n';
const rows: Row[] = Array.from({ length: ROWS }, (_, at) => ({
  id: (at * 2654435761).toString(16).padStart(8, '0').repeat(4).slice(0, 32),
  description: TEXTS[(at * 7) % TEXTS.length] ?? '', address: PLACES[(at * 5) % PLACES.length] ?? '',
  reportedAt: NOW - at * 5_400 - 1_200, status: SPREAD[(at * 11) % SPREAD.length] ?? 'new', category: at % 3 ? 'drains' : null,
  thumbnail: `thumbnail_${at}.jpg`, position: { lng: 77.78 + (at % 97) / 9_000, lat: 13.06 + (at % 89) / 9_000 }, mark: null, gone: false, unsentPhotos: 0, photoMissing: at % 17 === 6,
}));
const details = new Map<string, Partial<Detail>>();
const edits: UnsentEdit[] = [];
const clashes: Clash[] = [];

function edit(at: number, seen: FieldValue, wanted: FieldValue, state: EditState, minutes = 12): UnsentEdit {
  const made = { id: `01EDIT${edits.length}${Date.now()}`, grievance: rows[at]?.id ?? '', seen, wanted, state, by: me, at: new Date(Date.now() - minutes * 60_000).toISOString() };
  edits.push(made);
  return made;
}
const status = (key: string, reason: string | null = null): FieldValue => ({ field: 'status', status: key, reason, duplicateOf: null });

if (ROWS > 8 && !asked.has('calm')) {
  edit(1, status('new'), status('inProgress'), { kind: 'saved' }, 4);
  edit(1, { field: 'photo', thumbnail: null }, { field: 'photo', thumbnail: 'thumbnail_after.jpg' }, { kind: 'waitsForPhoto' }, 2);
  edit(4, { field: 'reply', reply: null }, { field: 'reply', reply: 'The crew comes on Thursday before noon.' }, { kind: 'saved' }, 31);
  const clash = edit(2, status('new'), status('resolved'), { kind: 'clash' }, 58);
  clashes.push({ edit: clash.id, grievance: clash.grievance, description: rows[2]?.description ?? null, address: rows[2]?.address ?? null, seen: clash.seen, wanted: clash.wanted, found: status('rejected', 'The tank is on railway land.'), at: clash.at, foundBy: 'ravi.k', foundAt: new Date(Date.now() - 95 * 60_000).toISOString() });
  edit(5, { field: 'category', category: null }, { field: 'category', category: 'traffic' }, { kind: 'refused', reason: 'forbidden: only officers of ward 12 may write' }, 200);
  const [, r1, r2, , r4, r5, , r7] = rows;
  if (r1) Object.assign(r1, { status: 'inProgress', mark: 'toSend', unsentPhotos: 1, description: TEXTS[1], photoMissing: false });
  if (r2) Object.assign(r2, { status: 'resolved', mark: 'clash' });
  if (r4) r4.mark = 'leaving';
  if (r5) r5.mark = 'refused';
  if (r7) Object.assign(r7, { gone: true, description: '<img src=x onerror="window.__x=1"> \u202Egnp.exe {@html 1} <svg onload=alert(1)> ' + 'Z\u0351\u0352\u0353'.repeat(300), address: 'A'.repeat(4_000) });
  details.set(r7?.id ?? '', { reportedBy: '\u202Eevil\u200B@example.org' });
}

function listed(query: Query): Row[] {
  const { show } = query;
  const words = (query.search ?? '').toLowerCase();
  const open = new Set(WORKFLOW.statuses.filter((rule) => rule.open).map((rule) => rule.key));
  const found = rows.filter((row) => {
    if (show.kind === 'open' && !open.has(row.status)) return false;
    if (show.kind === 'status' && row.status !== show.status) return false;
    return !words || `${row.description} ${row.address} ${row.id}`.toLowerCase().includes(words);
  });
  return query.order === 'oldest' ? found.reverse() : found;
}

function detail(id: string): Detail {
  const row = rows.find((one) => one.id === id);
  if (!row) throw { code: 'other', sentence: 'This grievance is not on this laptop.' };
  const mine = edits.filter((one) => one.grievance === id);
  const wanted = <F extends FieldValue['field']>(field: F) => mine.find((one) => one.wanted.field === field)?.wanted as Extract<FieldValue, { field: F }> | undefined;
  const photos: Photo[] = mine.filter((one) => one.wanted.field === 'photo').map((one) => ({
    large: 'large_after.jpg', thumbnail: one.wanted.field === 'photo' ? one.wanted.thumbnail : null, kind: 'after', takenAt: one.at, state: { kind: 'toSend', problem: null },
  }));
  if (row.status === 'resolved') photos.push({ large: `large_done_${id}.jpg`, thumbnail: `thumbnail_done_${id}.jpg`, kind: 'after', takenAt: new Date((row.reportedAt ?? 0) * 1000 + 9e7).toISOString(), state: { kind: 'kept' } });
  const happened: Happened[] = mine.map((one) => ({ at: one.at, by: one.by, before: one.seen, change: one.wanted, rev: null }));
  if (row.status !== 'new') happened.push({ at: new Date((row.reportedAt ?? 0) * 1000 + 7e6).toISOString(), by: 'meena.s', before: null, change: status('acknowledged'), rev: '2-0' });
  happened.push({ at: new Date((row.reportedAt ?? 0) * 1000).toISOString(), by: 'citizen@example.org', before: null, change: { field: 'report' }, rev: '1-0' });
  return {
    id, rev: '1-0', gone: row.gone, reportedBy: 'citizen@example.org', reportedAt: row.reportedAt, reportedDateTime: null, description: row.description, address: row.address, position: row.position,
    picture: { large: `large_${row.thumbnail}`, thumbnail: row.thumbnail, kind: 'report', takenAt: null, state: { kind: row.photoMissing ? 'notUploaded' : 'notFetched' } },
    triage: { status: row.status, reason: wanted('status')?.reason ?? null, duplicateOf: wanted('status')?.duplicateOf ?? null, category: wanted('category')?.category ?? row.category, reply: wanted('reply')?.reply ?? null, photos, by: null, at: null },
    moves: WORKFLOW.statuses.find((rule) => rule.key === row.status)?.next ?? [], edits: mine, happened, ...details.get(id),
  };
}

function counts(): Counts {
  const of = new Map<string, number>();
  for (const row of rows) of.set(row.status, (of.get(row.status) ?? 0) + 1);
  const open = WORKFLOW.statuses.filter((rule) => rule.open).reduce((sum, rule) => sum + (of.get(rule.key) ?? 0), 0);
  const state = (kinds: string[]) => edits.filter((one) => kinds.includes(one.state.kind)).length;
  return { statuses: [...of].map(([key, count]) => ({ status: key, count })), all: rows.length, open, toSend: state(['saved', 'leaving', 'waitsForPhoto']), photosToSend: 1, clashes: clashes.length, refused: state(['refused']) };
}

function sync(): SyncState {
  const state = (asked.get('sync') ?? (asked.has('calm') ? 'allSent' : 'offline')) as SyncPhase;
  const sentences: Partial<Record<SyncPhase, string>> = {
    signInNeeded: 'Your password was changed on the server. Enter the new one to send and receive again.', lockedOut: 'Too many wrong passwords. The server lets you try again later.',
    notOurServer: 'A sign-in page of this network answered instead of your city’s server.', offline: 'The server does not answer.',
  };
  const told = counts();
  const busy = state === 'catchingUp' || state === 'sending';
  return { state, sentence: sentences[state] ?? '', done: busy ? 4_200 : null, total: busy ? 10_000 : null, unsentEdits: told.toSend, unsentPhotos: edits.some((one) => one.wanted.field === 'photo') ? 1 : 0, clashes: told.clashes, refused: told.refused, lastContact: NOW - 3_000, retryAt: state === 'offline' ? NOW + 45 : null };
}

let signedIn = asked.get('at') !== 'signin';
let stagedCount = 0;

function answer(command: string, args: Record<string, never>): unknown {
  const id = args['id'] as unknown as string;
  switch (command) {
    case 'session': return { signedIn: signedIn ? { site: 'https://ward.example.org/myward', user: me, photoToken: 'drawn', notice: null } : null, site: 'https://ward.example.org/myward' };
    case 'sign_in': {
      const input = Object.values(args)[0] as unknown as { password: string; previousPassword: string | null };
      if (input.password === 'wrong') throw { code: 'wrongPassword', sentence: 'The user name or the password is wrong.' };
      if (input.password === 'offline') throw { code: 'firstSignInNeedsNetwork', sentence: 'The first sign-in on this laptop needs a network, and the server cannot be reached.' };
      if (input.password === 'changed' && !input.previousPassword) throw { code: 'previousPasswordNeeded', sentence: 'Your password was changed on the server. Enter the previous one too.' };
      signedIn = true;
      return answer('session', {});
    }
    case 'new_password': throw { code: 'wrongPassword', sentence: 'The server does not take this password.' };
    case 'sign_out': return (signedIn = false), null;
    case 'remove_account': throw { code: 'unsentWork', sentence: '3 changes are not on the server yet.' };
    case 'workflow': return WORKFLOW;
    case 'counts': return counts();
    case 'queue': {
      const query = args['query'] as unknown as Query;
      const all = listed(query);
      const from = query.after ? Number(query.after) : 0;
      const end = from + query.limit;
      return { rows: all.slice(from, end), next: end < all.length ? String(end) : null, total: all.length } satisfies Page;
    }
    case 'grievance': return detail(id);
    case 'change': return change(id, args['change'] as unknown as Change);
    case 'take_back': case 'discard': return removeEdit(args['edit'] as unknown as string);
    case 'settle': return removeEdit(args['edit'] as unknown as string);
    case 'to_send': return edits.map((one) => {
      const row = rows.find((other) => other.id === one.grievance);
      return { edit: one, description: row?.description ?? null, address: row?.address ?? null, thumbnail: row?.thumbnail ?? null };
    });
    case 'clashes': return clashes;
    case 'sync_state': return sync();
    case 'sync_now': return null;
    case 'fetch_photo': return { kind: 'kept' };
    case 'choose_photos': case 'paste_photo': {
      const one = { token: `large_staged_${stagedCount++}`, takenAt: '2026-11-23T10:41:00', position: { lng: 77.7886087, lat: 13.0768342 } };
      return command === 'paste_photo' ? one : ({ staged: [one], refused: [] } satisfies Staging);
    }
    case 'unstage': return null;
    case 'attach': {
      const { id: to } = args['attachment'] as unknown as { id: string };
      edit(rows.findIndex((row) => row.id === to), { field: 'photo', thumbnail: null }, { field: 'photo', thumbnail: 'thumbnail_new.jpg' }, { kind: 'waitsForPhoto' }, 0);
      return detail(to);
    }
    case 'device_position': return { lng: 77.79, lat: 13.07, accuracy: 35, source: 'from the desktop' };
    case 'file_report': {
      const report = args['report'] as unknown as { description: string; address: string };
      rows.unshift({ ...(rows[0] as Row), id: 'f'.repeat(32), status: 'new', reportedAt: NOW, mark: 'toSend', description: report.description, address: report.address });
      edit(0, { field: 'report' }, { field: 'report' }, { kind: 'waitsForPhoto' }, 0);
      return detail('f'.repeat(32));
    }
    default: throw { code: 'other', sentence: `The invented ward does not know ${command}.` };
  }
}

function change(id: string, wanted: Change): Detail {
  const row = rows.find((one) => one.id === id);
  const before = edits.findIndex((one) => one.grievance === id && one.wanted.field === wanted.field);
  const seen = edits[before]?.seen ?? (wanted.field === 'status' ? status(row?.status ?? 'new') : wanted.field === 'category' ? { field: 'category', category: row?.category ?? null } : { field: 'reply', reply: null });
  if (before >= 0) edits.splice(before, 1);
  edit(rows.findIndex((one) => one.id === id), seen as FieldValue, { ...wanted } as FieldValue, { kind: 'saved' }, 0);
  if (row && wanted.field === 'status') row.status = wanted.status;
  if (row) row.mark = 'toSend';
  changed();
  return detail(id);
}

function removeEdit(id: string): Detail {
  const at = edits.findIndex((one) => one.id === id);
  const [gone] = edits.splice(at, 1);
  const clash = clashes.findIndex((one) => one.edit === id);
  if (clash >= 0) clashes.splice(clash, 1);
  const row = rows.find((one) => one.id === gone?.grievance);
  if (row && gone?.seen.field === 'status') row.status = gone.seen.status;
  if (row && !edits.some((one) => one.grievance === row.id)) row.mark = null;
  changed();
  return detail(gone?.grievance ?? '');
}

function changed() {
  void emit('grievances-changed');
  void emit('sync-changed', sync());
}
