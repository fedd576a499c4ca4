import { ask, commands, sentenceOf } from './door';
import type { Detail, Place, Staged } from './bindings';

/** The longest text a report may have, in characters, as the domain has it. */
export const LONGEST = 4000;

const FROM_PHOTO = 'from the photo';

export type ReportProblems = Partial<Record<'description' | 'address' | 'position' | 'photo' | 'whole', string>>;

/** The new report an officer is writing. It stays until it is filed or thrown away on purpose. */
export class ReportDraft {
  description = $state('');
  address = $state('');
  lat = $state('');
  lng = $state('');
  /** Where the position came from, in words. */
  source = $state<string | null>(null);
  photo = $state.raw<Staged | null>(null);
  /** What went wrong with the whole report, or with looking for the position. */
  trouble = $state.raw<ReportProblems>({});
  /** From the first try to file it, what is missing is said, and no longer once it is there. */
  asked = $state(false);
  problems = $derived<ReportProblems>({ ...this.trouble, ...(this.asked ? this.missing() : {}) });
  busy = $state(false);
  locating = $state(false);
  /** How often the place was given or asked for: an answer that comes too late is not used. */
  #places = 0;

  get empty(): boolean {
    return !this.description && !this.address && !this.lat && !this.lng && this.photo === null;
  }

  usePhoto(photo: Staged) {
    this.photo = photo;
    if (photo.position && (!this.lat || !this.lng)) this.usePhotoPosition();
  }

  /** The place of a photo goes with it. */
  noPhoto() {
    this.photo = null;
    if (this.source === FROM_PHOTO) this.#noPlace();
  }

  usePhotoPosition() {
    if (this.photo?.position) this.#place(this.photo.position, FROM_PHOTO);
  }

  typed() {
    this.#places += 1;
    this.source = 'typed';
  }

  async useDevicePosition() {
    this.locating = true;
    const asked = ++this.#places;
    try {
      const found = await ask(commands.devicePosition());
      // The officer has given another place meanwhile, or is done.
      if (asked !== this.#places) return;
      if (found === null) {
        this.trouble = { position: 'This laptop does not know where it is. Type the position, or choose a photo that has one.' };
        return;
      }
      const within = found.accuracy === null ? '' : `, within ${Math.round(found.accuracy)} m`;
      this.#place(found, `${found.source}${within}`);
    } catch (thrown) {
      if (asked === this.#places) this.trouble = { position: sentenceOf(thrown) };
    } finally {
      this.locating = false;
    }
  }

  /** Files the report, and leaves the form as it is; null when something is missing, and then `problems` says what. */
  async file(): Promise<Detail | null> {
    this.asked = true;
    this.trouble = {};
    const position = parsePosition(this.lat, this.lng);
    if (Object.keys(this.missing()).length > 0 || position === null || this.photo === null || this.busy) return null;
    this.busy = true;
    try {
      return await ask(
        commands.fileReport({
          description: this.description.trim(), address: this.address.trim(), ...position, staged: this.photo.token,
        }),
      );
    } catch (thrown) {
      this.trouble = { whole: sentenceOf(thrown) };
      return null;
    } finally {
      this.busy = false;
    }
  }

  missing(): ReportProblems {
    const problems: ReportProblems = {};
    if (!this.description.trim()) problems.description = 'Say what is wrong, in a sentence or two.';
    else if ([...this.description.trim()].length > LONGEST) problems.description = `At most ${LONGEST} characters.`;
    if (!this.address.trim()) problems.address = 'Say where it is, so that a crew finds it.';
    else if ([...this.address.trim()].length > LONGEST) problems.address = `At most ${LONGEST} characters.`;
    if (this.photo === null) problems.photo = 'Add a photo. Citizens’ phones show no report without one.';
    if (!this.lat.trim() && !this.lng.trim()) problems.position = 'Give a position: from the photo, from this laptop, or typed.';
    else if (parsePosition(this.lat, this.lng) === null) {
      problems.position = 'Latitude is a number from −90 to 90, longitude from −180 to 180.';
    }
    return problems;
  }

  clear() {
    this.description = this.address = '';
    this.photo = null;
    this.#noPlace();
    this.trouble = {};
    this.asked = false;
  }

  #noPlace() {
    this.#places += 1;
    this.lat = this.lng = '';
    this.source = null;
  }

  #place(place: Place, source: string) {
    this.#places += 1;
    this.lat = place.lat.toFixed(7);
    this.lng = place.lng.toFixed(7);
    this.source = source;
    this.trouble = {};
  }
}

/** Degrees as typed, with a point or a comma; null when they are not a place. */
export function parsePosition(lat: string, lng: string): Place | null {
  const number = (text: string) => (/^[-+−]?\d+([.,]\d+)?°?$/.test(text.trim()) ? Number(text.trim().replace('−', '-').replace(',', '.').replace('°', '')) : NaN);
  const place = { lng: number(lng), lat: number(lat) };
  return Math.abs(place.lng) <= 180 && Math.abs(place.lat) <= 90 ? place : null;
}
