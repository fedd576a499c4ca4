import type { Altered, EditState, FieldValue, Photo, UnsentEdit, WhatHappened, Workflow } from './bindings';
import { readable, visible } from './escapes';
import { statusLook } from './statuses';

/** What a field is called. */
export function fieldName(value: FieldValue): string {
  switch (value.field) {
    case 'status': return 'Status';
    case 'category': return 'Category';
    case 'reply': return 'Public reply';
    case 'photo': return 'Photo';
    case 'report': return 'New report';
    case 'words': return 'Citizen’s words';
    case 'assignee': return 'Assigned to';
    case 'priority': return 'Priority';
    case 'due': return 'Due';
    case 'tags': return 'Tags';
    case 'ward': return 'Ward';
    case 'note': return value.visit ? 'Visit' : 'Note';
    case 'branch': return 'Other version';
  }
}

/** The same in a sentence: "this report", "this note". */
export function fieldNoun(value: FieldValue): string {
  return value.field === 'report' ? 'report' : fieldName(value).toLowerCase();
}

/** Whether the words are the officer's own: those of a citizen whose report is filed again are not changed. */
export function hasOwnWords({ wanted, by }: UnsentEdit): boolean {
  return wanted.field === 'note' || (wanted.field === 'report' && wanted.reportedBy === by);
}

/** As `crates/domain/src/case.rs` orders them; null is an ordinary one. */
export const PRIORITIES: (string | null)[] = ['urgent', 'high', null, 'low'];

export function priorityLabel(priority: string | null): string {
  switch (priority) {
    case null: return 'Ordinary';
    case 'urgent': return 'Urgent';
    case 'high': return 'High';
    case 'low': return 'Low';
    default: return visible(priority);
  }
}

/** The content of a field in words; the officer's own words stay as they are. */
export function fieldWords(value: FieldValue | null, workflow: Workflow): string {
  if (value === null) return 'Nothing';
  switch (value.field) {
    case 'status': {
      const label = statusLook(value.status, workflow).label;
      return value.reason ? `${label}: “${readable(value.reason)}”` : label;
    }
    case 'category': return categoryLabel(value.category, workflow);
    case 'reply': return value.reply ? `“${readable(value.reply)}”` : 'No reply';
    case 'photo': return value.thumbnail ? 'Added' : 'None';
    case 'report': return 'Written here';
    case 'assignee': return value.assignee === null ? 'Nobody' : visible(value.assignee);
    case 'priority': return priorityLabel(value.priority);
    case 'due': return value.due === null ? 'No day' : dayWords(value.due);
    case 'tags': return value.tags.length === 0 ? 'No tags' : readable(value.tags.join(', '));
    case 'ward': return value.ward === null ? 'No ward' : visible(value.ward);
    case 'note': return `“${readable(value.text)}”`;
    case 'branch': return value.holds.length === 0 ? 'Set aside' : value.holds.map((held) => `${fieldName(held).toLowerCase()} ${fieldWords(held, workflow)}`).join(', ');
    case 'words': return [value.description, value.address].filter((text) => text !== null).map((text) => `“${readable(text)}”`).join(', ') || 'Nothing';
  }
}

/** "1 Dec 2026"; a day belongs to no time zone. */
function dayWords(due: string): string {
  const day = new Date(`${due}T00:00:00Z`);
  if (Number.isNaN(day.getTime())) return visible(due);
  return day.toLocaleDateString('en-IN', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
}

export function categoryLabel(key: string | null, workflow: Workflow): string {
  if (key === null) return 'No category';
  return workflow.categories.find((category) => category.key === key)?.label ?? visible(key);
}

/** A change as a clause that follows a name: "moved it to In progress". */
export function changeClause(value: FieldValue, workflow: Workflow): string {
  switch (value.field) {
    case 'status': return `moved it to ${fieldWords(value, workflow)}`;
    case 'category': return value.category === null ? 'took the category away' : `put it under ${categoryLabel(value.category, workflow)}`;
    case 'reply': return value.reply ? `replied: “${readable(value.reply)}”` : 'took the public reply away';
    case 'photo': return value.thumbnail ? 'added a photo' : 'took a photo away';
    case 'report': return 'filed this report';
    case 'assignee': return value.assignee === null ? 'assigned it to nobody' : `assigned it to ${visible(value.assignee)}`;
    case 'priority': return `set the priority to ${priorityLabel(value.priority)}`;
    case 'due': return value.due === null ? 'took the due day away' : `set it due on ${dayWords(value.due)}`;
    case 'tags': return value.tags.length === 0 ? 'took the tags away' : `tagged it ${readable(value.tags.join(', '))}`;
    case 'ward': return value.ward === null ? 'took the ward away' : `gave it to ward ${visible(value.ward)}`;
    case 'note': return noteClause(value.visit, value.text);
    case 'branch': return 'set another version aside';
    case 'words': return `brought the citizen’s words back: ${fieldWords(value, workflow)}`;
  }
}

function noteClause(visit: boolean, text: string): string {
  return `${visit ? 'was there' : 'noted'}: “${readable(text)}”`;
}

/** Where an edit stands. None of them is on the server. */
export function editStateWords(state: EditState): string {
  switch (state.kind) {
    case 'saved': return 'Saved on this laptop';
    case 'leaving': return 'On its way, not confirmed';
    case 'waitsForPhoto': return 'Saved on this laptop, its photo goes first';
    case 'clash': return 'Needs your decision';
    case 'refused': return 'Refused by the server';
  }
}

/** What a line of the history tells, as a clause that follows a name. */
export function happenedClause(what: WhatHappened, workflow: Workflow): string {
  switch (what.kind) {
    case 'delivered':
    case 'changed': return changedClause(what.before, what.after, workflow);
    case 'reportAltered': return `altered the report: ${what.members.map(alteredWords).join('; ')}`;
    case 'alterationAccepted': return 'said that the altered report is right';
    case 'note': return noteClause(what.visit, what.text);
    case 'gone': return 'deleted it on the server; what is shown is the last that was seen';
    case 'returned': return 'brought it back';
  }
}

/** Of what was set aside, what it held is worth telling. */
function changedClause(before: FieldValue, after: FieldValue, workflow: Workflow): string {
  const clause = changeClause(after, workflow);
  return before.field === 'branch' && before.holds.length > 0 ? `${clause}: ${fieldWords(before, workflow)}` : clause;
}

/** "Description was “Lamp is dark”, now “Nothing”". */
export function alteredWords({ member, before, after }: Altered): string {
  // What a picture or a place is made of tells an officer nothing.
  if (member === 'picture') return 'Picture is another one';
  const said = (text: string | null, none: string) => (text === null ? none : member === 'geoLocation' ? degrees(text) : `“${readable(text)}”`);
  return `${memberName(member)} was ${said(before, 'missing')}, now ${said(after, 'missing')}`;
}

/** A GeoJSON point as latitude and longitude. */
function degrees(json: string): string {
  const point = /"coordinates":\[(-?[\d.]+),(-?[\d.]+)\]/.exec(json);
  return point ? `${Number(point[2]).toFixed(6)}, ${Number(point[1]).toFixed(6)}` : `“${readable(json)}”`;
}

/** What an officer calls a member of a citizen's report. */
function memberName(member: string): string {
  switch (member) {
    case 'problemDescription': return 'Description';
    case 'address': return 'Address';
    case 'geoLocation': return 'Position';
    case 'reportedBy': return 'Reporter';
    case 'reportedDateTime': return 'Time of the report';
    case 'picture': return 'Picture';
    default: return visible(member);
  }
}

export function photoKindWords(photo: Photo): string {
  switch (photo.kind) {
    case 'report': return 'Reporter';
    case 'before': return 'Before';
    case 'after': return 'After';
  }
}

/** Why a picture waits: what was wrong with it in a few words, or a sentence about the store. */
export function pictureWaits(problem: string): string {
  return problem.endsWith('.') ? readable(problem) : `Its picture waits: ${readable(problem)}`;
}

/** May the officer still take this back without asking the server? */
export function canTakeBack(edit: UnsentEdit): boolean {
  return edit.state.kind === 'saved' || edit.state.kind === 'waitsForPhoto';
}
