import type { Status, Workflow } from './bindings';

export type StatusShape = 'dot' | 'quarter' | 'half' | 'tick' | 'equals' | 'cross' | 'slash' | 'again' | 'square';
export type StatusLook = { label: string; shape: StatusShape; tone: string };

/** A status by its word, a shape and, last, a colour. A city's own statuses get the plain look. */
export function statusLook(key: string, workflow: Workflow): StatusLook {
  const label = workflow.statuses.find((status) => status.key === key)?.label ?? key;
  const known = LOOKS[key];
  return known ? { label, ...known } : { label, shape: 'square', tone: 'plain' };
}

const LOOKS: Record<string, Omit<StatusLook, 'label'>> = {
  new: { shape: 'dot', tone: 'new' },
  acknowledged: { shape: 'quarter', tone: 'acknowledged' },
  inProgress: { shape: 'half', tone: 'progress' },
  resolved: { shape: 'tick', tone: 'resolved' },
  duplicate: { shape: 'equals', tone: 'plain' },
  notOurs: { shape: 'slash', tone: 'plain' },
  rejected: { shape: 'cross', tone: 'rejected' },
  reopened: { shape: 'again', tone: 'reopened' },
};

/** Each status, category and reason once, though the administrator wrote it twice: of statuses the first counts, as the domain has it. */
export function withoutRepeats(workflow: Workflow): Workflow {
  const once = <T extends { key: string }>(all: T[]) => all.filter(({ key }, at) => all.findIndex((one) => one.key === key) === at);
  const statuses = once(workflow.statuses).map((status) => ({ ...status, reasons: [...new Set(status.reasons)] }));
  return { ...workflow, statuses, categories: once(workflow.categories) };
}

/** Statuses that some move leads to, in the workflow's order: each has a button and a key. */
export function reachable(workflow: Workflow): Status[] {
  const reached = new Set(workflow.statuses.flatMap((status) => status.next));
  return workflow.statuses.filter((status) => reached.has(status.key));
}

/** The letter of each status: the usual one, else the first letter of its label that is free. */
export function statusLetters(workflow: Workflow, taken: ReadonlySet<string>): Map<string, string> {
  const letters = new Map<string, string>();
  const used = new Set(taken);
  const give = (key: string, letter: string | undefined) => {
    if (letter === undefined || used.has(letter) || letters.has(key)) return;
    used.add(letter);
    letters.set(key, letter);
  };
  const statuses = reachable(workflow);
  for (const { key } of statuses) give(key, LETTERS[key]);
  for (const { key, label } of statuses) {
    give(key, [...label.toLowerCase(), ...'abcdefghijklmnopqrstuvwxyz'].find((letter) => /^[a-z]$/.test(letter) && !used.has(letter)));
  }
  return letters;
}

const LETTERS: Record<string, string> = {
  acknowledged: 'a', inProgress: 'p', resolved: 'r', duplicate: 'd', notOurs: 'x', rejected: 't', reopened: 'o',
};
