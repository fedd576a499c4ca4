import { on } from 'svelte/events';

/** Attached to a form: Ctrl+Enter submits it from any of its fields; Esc, where given, leaves it. */
export function formKeys(leave?: () => void) {
  return (form: HTMLFormElement) =>
    on(form, 'keydown', (event) => {
      if (event.key === 'Enter' && event.ctrlKey) {
        event.preventDefault();
        form.requestSubmit();
      } else if (event.key === 'Escape' && leave) {
        event.preventDefault();
        leave();
      }
    });
}
