import './look/fonts.css';
import './look/theme.css';
import './look/base.css';
import { mount } from 'svelte';
import App from './App.svelte';

const target = document.getElementById('window');
if (target === null) throw new Error('index.html has no element for the window');
mount(App, { target });
