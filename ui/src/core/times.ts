/** Times in the ward's zone, whatever zone the laptop is set to. */
export class WardClock {
  readonly zone: string;
  #day: Intl.DateTimeFormat;
  #dayOfYear: Intl.DateTimeFormat;
  #time: Intl.DateTimeFormat;
  #dayKey: Intl.DateTimeFormat;
  #year: Intl.DateTimeFormat;

  constructor(zone: string) {
    this.zone = zone;
    this.#day = new Intl.DateTimeFormat('en-GB', { timeZone: zone, day: 'numeric', month: 'short', year: 'numeric' });
    this.#dayOfYear = new Intl.DateTimeFormat('en-GB', { timeZone: zone, day: 'numeric', month: 'short' });
    this.#time = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' });
    this.#dayKey = new Intl.DateTimeFormat('en-GB', { timeZone: zone });
    this.#year = new Intl.DateTimeFormat('en-GB', { timeZone: zone, year: 'numeric' });
  }

  /** "25 Nov 2017, 15:26", or "Today 10:41". */
  full(at: Date, now: Date): string {
    const day = this.#name(at, now);
    return day ? `${day} ${this.#time.format(at)}` : `${this.#date(at, now)}, ${this.#time.format(at)}`;
  }

  /** The same inside a sentence: "today 10:41". */
  inSentence(at: Date, now: Date): string {
    return this.full(at, now).replace(/^[TY]/, (letter) => letter.toLowerCase());
  }

  /** "10:41" today, else the day: for narrow places. */
  short(at: Date, now: Date): string {
    const day = this.#name(at, now);
    if (day === 'Today') return this.#time.format(at);
    return day ?? this.#date(at, now);
  }

  /** Of this year without the year. */
  #date(at: Date, now: Date): string {
    const sameYear = this.#year.format(at) === this.#year.format(now);
    return (sameYear ? this.#dayOfYear : this.#day).format(at);
  }

  #name(at: Date, now: Date): 'Today' | 'Yesterday' | null {
    const key = this.#dayKey.format(at);
    if (key === this.#dayKey.format(now)) return 'Today';
    return key === this.#dayKey.format(new Date(now.getTime() - 86_400_000)) ? 'Yesterday' : null;
  }
}

/** A clock for the zone the workflow names; an unknown zone falls back to the ward's default. */
export function wardClock(zone: string): WardClock {
  try {
    return new WardClock(zone);
  } catch {
    return new WardClock('Asia/Kolkata');
  }
}

/** Of unix seconds or RFC 3339 text; null when there is no such time. */
export function instant(at: number | string | null): Date | null {
  if (at === null) return null;
  const date = new Date(typeof at === 'number' ? at * 1000 : at);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** How a time allowed stands: "due in 5 h", "2 d late". Hours up to two days, then days. */
export function allowedWords(until: Date, now: Date): { words: string; late: boolean } {
  const hours = (until.getTime() - now.getTime()) / 3_600_000;
  const far = Math.abs(hours);
  const span = far < 1 ? 'less than 1 h' : far < 48 ? `${Math.floor(far)} h` : `${Math.floor(far / 24)} d`;
  return hours < 0 ? { words: `${span} late`, late: true } : { words: `due in ${span}`, late: false };
}

/** A day as the case keeps it, `2026-12-01`, of one as people write it, `1/12/2026`; anything else as it is. */
export function dayOf(text: string): string {
  const [, day, month, year] = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/.exec(text.trim()) ?? [];
  return day && month && year ? `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}` : text.trim();
}
