// The one door to Rust: nothing else imports the commands.
//
// A command answers a value or a Problem with a sentence for the officer; `ask` gives the value or
// throws the Problem as a Refusal, so that callers read like what they do.
import { convertFileSrc, invoke } from '@tauri-apps/api/core';
import { getCurrentWindow } from '@tauri-apps/api/window';
import { commands, events, type Problem, type ProblemCode, type Staged } from './bindings';

export { commands, events };

export class Refusal extends Error {
  readonly code: ProblemCode;

  constructor(problem: Problem) {
    super(problem.sentence);
    this.code = problem.code;
  }
}

type Result<T> = { status: 'ok'; data: T } | { status: 'error'; error: Problem };

export async function ask<T>(answer: Promise<Result<T>>): Promise<T> {
  const result = await answer;
  if (result.status === 'ok') return result.data;
  throw new Refusal(result.error);
}

/** What to tell the officer about anything thrown. */
export function sentenceOf(thrown: unknown): string {
  if (thrown instanceof Refusal) return thrown.message;
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return `MyWard Officer could not do this. Nothing you wrote is lost. (${reason})`;
}

/** A pasted picture crosses as the raw body of the request, which no generated binding can say. */
export async function pastePhoto(picture: Uint8Array): Promise<Staged> {
  try {
    return await invoke<Staged>('paste_photo', picture);
  } catch (thrown) {
    throw isProblem(thrown) ? new Refusal(thrown) : thrown;
  }
}

/** Where the window gets a picture: by object key, or by the token of a staged photo. */
export function photoAddress(photoToken: string, name: string): string {
  return `${convertFileSrc('', 'photo')}${photoToken}/${encodeURIComponent(name)}`;
}

/** The window stays open when the officer or her desktop wants it closed, and `asked` is called instead; until the returned function is called. */
export function holdWindowOpen(asked: () => void): () => void {
  let holding = true;
  const held = getCurrentWindow().onCloseRequested((event) => {
    if (!holding) return;
    event.preventDefault();
    asked();
  });
  return () => {
    holding = false;
    void held.then((release) => release());
  };
}

export function closeWindow(): Promise<void> {
  return getCurrentWindow().destroy();
}

function isProblem(thrown: unknown): thrown is Problem {
  return typeof thrown === 'object' && thrown !== null && 'sentence' in thrown && 'code' in thrown;
}

/** Collects the `unlisten`s of event subscriptions, so that a closed desk hears nothing more. */
export class Ears {
  #stops: Promise<() => void>[] = [];

  hear<T>(event: { listen(heard: (event: { payload: T }) => void): Promise<() => void> }, heard: (payload: T) => void) {
    this.#stops.push(event.listen((message) => heard(message.payload)));
  }

  async close() {
    for (const stop of await Promise.all(this.#stops)) stop();
    this.#stops = [];
  }
}
