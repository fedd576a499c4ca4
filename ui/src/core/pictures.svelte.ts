import { SvelteMap } from 'svelte/reactivity';
import { events, photoAddress, type Ears } from './door';

/** Where pictures are, and which of them have to be loaded again. */
export class Pictures {
  #token: string;
  #versions = new SvelteMap<string, number>();

  constructor(ears: Ears, token: string) {
    this.#token = token;
    ears.hear(events.photoChanged, ({ key }) => this.#versions.set(key, this.version(key) + 1));
  }

  /** The version makes it another address: a page that still waits for an address does not ask for it again. */
  address(name: string): string {
    return `${photoAddress(this.#token, name)}?${this.version(name)}`;
  }

  /** Rises when the picture arrived or left. */
  version(key: string): number {
    return this.#versions.get(key) ?? 0;
  }
}
