// The far end of the wire for tests: what Rust would answer to a command, as the window asks it.
import { clearMocks, mockConvertFileSrc, mockIPC, mockWindows } from '@tauri-apps/api/mocks';
import { afterEach } from 'vitest';
import type { Detail, Problem, Row, UnsentEdit, Workflow } from '../src/core/bindings';

type Answers = Record<string, (args: Record<string, unknown>) => unknown>;
export type Asked = { command: string; args: Record<string, unknown> };

/** Answers the commands; whatever is thrown arrives as the command's Problem. Returns what was asked. */
export function wire(answers: Answers): Asked[] {
  const asked: Asked[] = [];
  mockConvertFileSrc('linux');
  mockWindows('officer');
  mockIPC(
    (command, args) => {
      asked.push({ command, args: args as Record<string, unknown> });
      const answer = answers[command];
      if (!answer) throw problem(`nobody answers ${command} here`);
      return answer(args as Record<string, unknown>);
    },
    { shouldMockEvents: true },
  );
  afterEach(clearMocks);
  return asked;
}

export function problem(sentence: string, code: Problem['code'] = 'other'): Problem {
  return { code, sentence };
}

export const WORKFLOW: Workflow = {
  zone: 'Asia/Kolkata',
  statuses: [
    { key: 'new', label: 'New', next: ['acknowledged', 'resolved', 'rejected'], needs: [], reasons: [], open: true },
    { key: 'acknowledged', label: 'Acknowledged', next: ['resolved', 'rejected'], needs: [], reasons: [], open: true },
    { key: 'resolved', label: 'Resolved', next: ['reopened'], needs: ['afterPhoto'], reasons: [], open: false },
    { key: 'rejected', label: 'Rejected', next: ['reopened'], needs: ['reason'], reasons: ['Outside the ward'], open: false },
    { key: 'reopened', label: 'Reopened', next: ['resolved', 'rejected'], needs: [], reasons: [], open: true },
  ],
  categories: [{ key: 'lights', label: 'Street lights' }],
  replies: [],
};

export function row(id: string): Row {
  return {
    id, description: `Lamp ${id} is out`, address: 'Market Road', reportedAt: 1_511_603_787, status: 'new', category: null, allowedUntil: null,
    thumbnail: null, mark: null, gone: false, unsentPhotos: 0, photoMissing: false, altered: false,
  };
}

export function detail(id: string, edits: UnsentEdit[] = []): Detail {
  return {
    id, rev: '1-a', gone: false, reportedBy: 'citizen@example.org', reportedAt: 1_511_603_787, allowedUntil: null, reportedDateTime: '20171125_152627',
    description: `Lamp ${id} is out`, address: 'Market Road', position: null, picture: null,
    triage: { status: 'new', reason: null, duplicateOf: null, category: null, reply: null, photos: [], by: null, at: null },
    moves: ['acknowledged', 'resolved', 'rejected'], edits, happened: [], case: null, twins: [], inQuestion: false, altered: [],
  };
}

export function statusEdit(grievance: string, status: string, state: UnsentEdit['state'] = { kind: 'saved' }): UnsentEdit {
  const value = (status: string) => ({ field: 'status', status, reason: null, duplicateOf: null }) as const;
  return { id: `edit-${grievance}-${status}`, grievance, seen: value('new'), wanted: value(status), state, by: 'asha', at: '2026-11-24T10:00:00+05:30' };
}
