export type Theme = 'system' | 'light' | 'dark';

const KEPT = 'theme';

/** Light, dark, or as the desktop has it. */
export class ThemeSwitch {
  theme = $state<Theme>('system');

  constructor() {
    const kept = localStorage.getItem(KEPT);
    if (kept === 'light' || kept === 'dark') this.set(kept);
  }

  set(theme: Theme) {
    this.theme = theme;
    if (theme === 'system') {
      delete document.documentElement.dataset.theme;
      localStorage.removeItem(KEPT);
    } else {
      document.documentElement.dataset.theme = theme;
      localStorage.setItem(KEPT, theme);
    }
  }

  next() {
    this.set(this.theme === 'system' ? 'dark' : this.theme === 'dark' ? 'light' : 'system');
  }
}
