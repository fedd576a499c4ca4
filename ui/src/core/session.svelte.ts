import { ask, commands, Refusal, sentenceOf } from './door';
import type { SignedIn } from './bindings';

/** Who is signed in on this laptop, and the sign-in form that leads there. */
export class Session {
  signedIn = $state<SignedIn | null>(null);
  loading = $state(true);
  busy = $state(false);
  /** A sentence that says what went wrong; null when nothing did. */
  problem = $state<string | null>(null);
  /** The server took the password, but this laptop's copy was sealed with an earlier one. */
  previousNeeded = $state(false);
  /** Which field a problem belongs to, so that it gets the focus. */
  faultyField = $state<'site' | 'password' | 'previousPassword' | null>(null);

  site = $state('');
  user = $state('');
  password = $state('');
  previousPassword = $state('');

  async load() {
    try {
      const session = await ask(commands.session());
      this.signedIn = session.signedIn;
      this.site = session.site;
    } catch (thrown) {
      this.problem = sentenceOf(thrown);
    } finally {
      this.loading = false;
    }
  }

  async signIn() {
    if (this.busy) return;
    this.problem = missing(this.site, this.user, this.password);
    this.faultyField = null;
    if (this.problem) return;
    this.busy = true;
    try {
      const previousPassword = this.previousNeeded ? this.previousPassword : null;
      const session = await ask(
        commands.signIn({ site: this.site.trim(), user: this.user.trim(), password: this.password, previousPassword }),
      );
      this.signedIn = session.signedIn;
      this.forgetPasswords();
    } catch (thrown) {
      this.problem = sentenceOf(thrown);
      if (thrown instanceof Refusal && thrown.code === 'previousPasswordNeeded') this.previousNeeded = true;
      if (thrown instanceof Refusal && thrown.code === 'wrongPassword') {
        this.faultyField = this.previousNeeded ? 'previousPassword' : 'password';
      }
    } finally {
      this.busy = false;
    }
  }

  async signOut() {
    await ask(commands.signOut());
    this.end();
  }

  /** Throws a Refusal with code `unsentWork` when something is unsent and not exported. */
  async removeAccount(exportUnsent: boolean) {
    await ask(commands.removeAccount(exportUnsent));
    this.end();
  }

  end() {
    this.signedIn = null;
    this.problem = null;
    this.forgetPasswords();
  }

  private forgetPasswords() {
    this.password = '';
    this.previousPassword = '';
    this.previousNeeded = false;
  }
}

function missing(site: string, user: string, password: string): string | null {
  if (!site.trim()) return 'Enter the address of your city’s server.';
  if (!user.trim()) return 'Enter your user name.';
  if (!password) return 'Enter your password.';
  return null;
}
