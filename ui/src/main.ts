import './look/fonts.css';
import './look/theme.css';
import './look/base.css';
import { mount } from 'svelte';
import App from './App.svelte';

// Without a shell around it there is only the invented ward, and only while developing.
if (import.meta.env.DEV && !('__TAURI_INTERNALS__' in window)) {
  const { inventWard } = await import('./dev/invented_ward');
  inventWard();
}

const target = document.getElementById('window');
if (target === null) throw new Error('index.html has no element for the window');
mount(App, { target });
