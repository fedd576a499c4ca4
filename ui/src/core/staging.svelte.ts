import { ask, commands, events, pastePhoto, sentenceOf, type Ears } from './door';
import type { Staged, Staging } from './bindings';

/** Photos made ready on this laptop that belong to no grievance yet. */
export class Tray {
  photos = $state.raw<Staged[]>([]);
  /** How many are being made ready. */
  preparing = $state(0);
  #say: (sentence: string) => void;

  constructor(ears: Ears, say: (sentence: string) => void) {
    this.#say = say;
    ears.hear(events.photosStaged, (staging) => this.#take(staging));
  }

  choose() {
    return this.#prepare(() => ask(commands.choosePhotos()));
  }

  paste(picture: Blob) {
    return this.#prepare(async () => {
      const bytes = new Uint8Array(await picture.arrayBuffer());
      return { staged: [await pastePhoto(bytes)], refused: [] };
    });
  }

  /** The photo went to a grievance or into a report. */
  used(token: string) {
    this.photos = this.photos.filter((photo) => photo.token !== token);
  }

  async discard(token: string) {
    await ask(commands.unstage(token));
    this.used(token);
  }

  async #prepare(get: () => Promise<Staging>) {
    this.preparing += 1;
    try {
      this.#take(await get());
    } catch (thrown) {
      this.#say(sentenceOf(thrown));
    } finally {
      this.preparing -= 1;
    }
  }

  #take(staging: Staging) {
    this.photos = [...this.photos, ...staging.staged];
    for (const sentence of staging.refused) this.#say(sentence);
  }
}
