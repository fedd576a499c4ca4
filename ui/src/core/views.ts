import type { Show } from './bindings';
import type { Desk } from './desk.svelte';
import { statusLook, type StatusLook } from './statuses';

/** A line of the side list. */
export type View = {
  id: string;
  label: string;
  group: 'Queue' | 'By status' | 'Sync';
  count: number | null;
  look: StatusLook | null;
  /** Waits for the officer, and says so. */
  urgent: boolean;
  shown: boolean;
  open: () => void;
};

/** Every line of the side list, from top to bottom. */
export function views(desk: Desk): View[] {
  const { counts, workflow } = desk;
  const queue = (id: string, label: string, group: View['group'], show: Show, count: number | null, look: StatusLook | null = null): View => ({
    id, label, group, count, look, urgent: false,
    shown: desk.view === 'queue' && sameShow(desk.queue.show, show),
    open: () => void desk.list(show),
  });
  const unsent = (id: 'toSend' | 'clashes' | 'refused', label: string, count: number | null): View => ({
    id, label, group: 'Sync', count, look: null, urgent: id !== 'toSend' && (count ?? 0) > 0,
    shown: desk.view === id,
    open: () => desk.listUnsent(id),
  });
  const asked = desk.sync.state?.vanished ?? 0;
  const vanished = asked + (desk.sync.state?.kept ?? 0);
  const gone: View[] = vanished === 0 ? [] : [{
    id: 'vanished', label: 'Left the server', group: 'Sync', count: vanished, look: null, urgent: asked > 0,
    shown: desk.view === 'vanished', open: () => desk.listVanished(),
  }];
  const of = (status: string) => (counts === null ? null : (counts.statuses.find((one) => one.status === status)?.count ?? 0));
  // Another tool's statuses are listed too: no grievance is out of reach.
  const statuses = new Set([...workflow.statuses.map((status) => status.key), ...(counts?.statuses ?? []).map((one) => one.status)]);
  return [
    queue('inbox', 'Inbox', 'Queue', { kind: 'open' }, counts?.open ?? null),
    queue('all', 'All', 'Queue', { kind: 'all' }, counts?.all ?? null),
    ...[...statuses].map((status) => {
      const look = statusLook(status, workflow);
      return queue(`status-${status}`, look.label, 'By status', { kind: 'status', status }, of(status), look);
    }),
    unsent('toSend', 'To send', counts === null ? null : counts.toSend),
    unsent('clashes', 'Needs a decision', counts === null ? null : counts.clashes + desk.unsent.branched.length),
    unsent('refused', 'Refused by server', counts?.refused ?? null),
    ...gone,
  ];
}

function sameShow(one: Show, other: Show): boolean {
  return one.kind === other.kind && (one.kind !== 'status' || (other.kind === 'status' && one.status === other.status));
}
