import type { Branch, Branched } from './bindings';

/** Whether a version can be chosen: its content is on this laptop. */
export function canTake(branch: Branch): boolean {
  return branch.content === 'here';
}

/** Whether anything can be decided yet. */
export function canDecide(branched: Branched): boolean {
  return branched.branches.every((branch) => branch.content !== 'toFetch');
}

/** The only version beside the shown one that can be taken; of several, none is meant by a key. */
export function soleOther(branched: Branched): string | undefined {
  const [only, ...others] = branched.branches;
  return only && others.length === 0 && canTake(only) ? only.rev : undefined;
}

export function askedWords(branched: Branched): string {
  const what = branched.isCase ? 'this case' : 'this grievance';
  const count = branched.branches.length + 1;
  return count === 2 ? `Two servers hold different versions of ${what}. Which one holds?` : `Servers hold ${count} versions of ${what}. Which one holds?`;
}
