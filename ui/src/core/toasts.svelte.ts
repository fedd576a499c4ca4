/** How long a toast stays; one that offers to take a change back stays longer. */
const STAYS_MS = 6_000;
const STAYS_WITH_ACTION_MS = 12_000;

export type Toast = {
  id: number;
  text: string;
  tone: 'done' | 'hint' | 'trouble';
  action: { label: string; key: string | null; run: () => void } | null;
};

/** Short sentences about what just happened, read out by screen readers. */
export class Toasts {
  shown = $state.raw<Toast[]>([]);
  #last = 0;
  #timers = new Map<number, ReturnType<typeof setTimeout>>();

  say(text: string, action: Toast['action'] = null, tone: Toast['tone'] = 'done') {
    const toast: Toast = { id: ++this.#last, text, tone, action };
    // One offer to take back at a time: the key means the newest.
    const kept = action ? this.shown.filter((other) => other.action === null) : this.shown;
    this.shown = [...kept.slice(-1), toast];
    this.resume(toast);
  }

  hint(text: string) {
    this.say(text, null, 'hint');
  }

  trouble(text: string) {
    this.say(text, null, 'trouble');
  }

  /** The change has left: it cannot be taken back any more. */
  departed() {
    if (this.shown.some((toast) => toast.action)) this.shown = this.shown.map((toast) => ({ ...toast, action: null }));
  }

  /** The offer to take a change back no longer holds. */
  withdraw() {
    for (const toast of this.shown) if (toast.action) this.drop(toast.id);
  }

  drop(id: number) {
    this.shown = this.shown.filter((toast) => toast.id !== id);
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  /** A toast under the pointer or with the focus does not leave. */
  pause(toast: Toast) {
    clearTimeout(this.#timers.get(toast.id));
  }

  resume(toast: Toast) {
    clearTimeout(this.#timers.get(toast.id));
    const stays = toast.action || toast.tone === 'trouble' ? STAYS_WITH_ACTION_MS : STAYS_MS;
    this.#timers.set(toast.id, setTimeout(() => this.drop(toast.id), stays));
  }
}
